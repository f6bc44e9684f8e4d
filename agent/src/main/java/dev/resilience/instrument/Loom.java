package dev.resilience.instrument;

import static net.bytebuddy.matcher.ElementMatchers.hasDescriptor;
import static net.bytebuddy.matcher.ElementMatchers.isAbstract;
import static net.bytebuddy.matcher.ElementMatchers.isBridge;
import static net.bytebuddy.matcher.ElementMatchers.isNative;
import static net.bytebuddy.matcher.ElementMatchers.isStatic;
import static net.bytebuddy.matcher.ElementMatchers.named;
import static net.bytebuddy.matcher.ElementMatchers.none;
import static net.bytebuddy.matcher.ElementMatchers.not;

import dev.resilience.bootstrap.Bridge;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import net.bytebuddy.ByteBuddy;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.asm.AsmVisitorWrapper;
import net.bytebuddy.description.method.MethodDescription;
import net.bytebuddy.description.type.TypeDefinition;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.dynamic.ClassFileLocator;
import net.bytebuddy.dynamic.DynamicType;
import net.bytebuddy.dynamic.scaffold.TypeValidation;
import net.bytebuddy.implementation.Implementation;
import net.bytebuddy.implementation.bytecode.member.MethodInvocation;
import net.bytebuddy.matcher.ElementMatcher;
import net.bytebuddy.pool.TypePool;
import org.jspecify.annotations.Nullable;

/**
 * The part of weaving that needs Byte Buddy. Works on class files alone: loads no class of the application, adds no member,
 * and injects nothing, so that it prints none of the warnings that injection does. Thread-safe.
 */
final class Loom {

    private static final ByteBuddy BYTE_BUDDY = new ByteBuddy()
            .with(TypeValidation.DISABLED)
            .with(DeclaredMethods.INSTANCE)
            .with(Implementation.Context.Disabled.Factory.INSTANCE)
            .ignore(none());

    /** What woven code does with a failure of its own: the application's call goes on, and the failure is counted. */
    private static final Advice.ExceptionHandler COUNTING = countingHandler();

    /** An advice's own class file is read once for a site and not for every class. */
    private static final Map<Numbered, Advice> ADVICE = new ConcurrentHashMap<>();

    private static final BridgeReach REACH = new BridgeReach();

    private Loom() {}

    /** Whether woven classes of this loader would find what they call. */
    static boolean bridgeIsFoundBy(ClassLoader loader) {
        return REACH.has(loader);
    }

    /** @return the class file with those of {@code sites} that it declares woven in, null when there is none */
    static byte @Nullable [] weave(
            List<WeavePoint> points, int[] sites, String name, @Nullable ClassLoader loader, byte[] classFile) {
        String binaryName = name.replace('/', '.');
        ClassFileLocator locator = new ClassFileLocator.Compound(
                ClassFileLocator.Simple.of(binaryName, classFile), ClassFileLocator.ForClassLoader.of(loader));
        TypePool pool =
                new TypePool.Default(new TypePool.CacheProvider.Simple(), locator, TypePool.Default.ReaderMode.FAST);
        TypeDescription type = pool.describe(binaryName).resolve();
        if (type.isInterface()) {
            return null;
        }
        Map<String, MethodDescription> declared = new HashMap<>();
        for (MethodDescription method : type.getDeclaredMethods()) {
            declared.put(method.getInternalName(), method);
            declared.put(method.getInternalName() + method.getDescriptor(), method);
        }
        Map<String, Boolean> ancestors = new HashMap<>();
        AsmVisitorWrapper.ForDeclaredMethods woven = null;
        for (int site : sites) {
            WeavePoint point = points.get(site);
            String wanted = point.descriptor() == null ? point.method() : point.method() + point.descriptor();
            MethodDescription method = declared.get(wanted);
            if (method != null && (concerns(point.target(), type, ancestors) || lends(point.target(), type, method))) {
                AsmVisitorWrapper.ForDeclaredMethods before =
                        woven == null ? new AsmVisitorWrapper.ForDeclaredMethods() : woven;
                woven = before.invokable(methodOf(point), advice(point, site));
            }
        }
        if (woven == null) {
            return null;
        }
        try (DynamicType.Unloaded<?> made =
                BYTE_BUDDY.decorate(type, locator).visit(woven).make(pool)) {
            return made.getBytes();
        }
    }

    private static ElementMatcher.Junction<MethodDescription> methodOf(WeavePoint point) {
        ElementMatcher.Junction<MethodDescription> method = named(point.method());
        // A bridge method calls the one that is woven already; but where a class narrows its result, the one with the
        // interface's own descriptor is a bridge, and the only one that may answer with another class.
        method = point.descriptor() != null
                ? method.and(hasDescriptor(point.descriptor()))
                : method.and(not(isBridge()));
        // What an interface declares belongs to an object; a helper of the same name does not.
        if (point.target() instanceof WeavePoint.Implementing) {
            method = method.and(not(isStatic()));
        }
        return method.and(not(isAbstract())).and(not(isNative()));
    }

    /** @param known what was found before, by interface */
    private static boolean concerns(WeavePoint.Target target, TypeDescription type, Map<String, Boolean> known) {
        if (!(target instanceof WeavePoint.Implementing wanted)) {
            return true;
        }
        return known.computeIfAbsent(wanted.type(), name -> isSubtype(type, name.replace('/', '.'), new HashMap<>()));
    }

    /**
     * Whether an abstract class that does not implement the interface declares the method for subclasses that do (SQLite's
     * driver is built so), told by an exception of the interface's package.
     */
    private static boolean lends(WeavePoint.Target target, TypeDescription type, MethodDescription method) {
        if (!(target instanceof WeavePoint.Implementing wanted)
                || wanted.mention().isEmpty()
                || !type.isAbstract()) {
            return false;
        }
        String thrown = wanted.mention().replace('/', '.');
        return method.getExceptionTypes().asErasures().stream()
                .anyMatch(exception -> exception.getName().startsWith(thrown));
    }

    /** Walks the ancestors by their class files. One that cannot be found ends its branch: the JVM would not link it. */
    private static boolean isSubtype(@Nullable TypeDefinition type, String wanted, Map<String, Boolean> seen) {
        if (type == null || seen.put(type.getTypeName(), true) != null) {
            return false;
        }
        if (type.asErasure().getName().equals(wanted)) {
            return true;
        }
        try {
            for (TypeDescription.Generic implemented : type.asErasure().getInterfaces()) {
                if (isSubtype(implemented, wanted, seen)) {
                    return true;
                }
            }
            return isSubtype(type.asErasure().getSuperClass(), wanted, seen);
        } catch (TypePool.Resolution.NoSuchTypeException missing) {
            return false;
        }
    }

    private static Advice advice(WeavePoint point, int site) {
        return ADVICE.computeIfAbsent(
                new Numbered(point, site),
                numbered -> Advice.withCustomMapping()
                        .bind(Site.class, site)
                        .to(point.advice())
                        .withExceptionHandler(COUNTING));
    }

    private record Numbered(WeavePoint point, int site) {}

    private static Advice.ExceptionHandler countingHandler() {
        try {
            return new Advice.ExceptionHandler.Simple(MethodInvocation.invoke(
                    new MethodDescription.ForLoadedMethod(Bridge.class.getMethod("failed", Throwable.class))));
        } catch (NoSuchMethodException broken) {
            throw new IllegalStateException(broken);
        }
    }
}
