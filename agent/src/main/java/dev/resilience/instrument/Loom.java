package dev.resilience.instrument;

import static net.bytebuddy.matcher.ElementMatchers.none;

import dev.resilience.bootstrap.Bridge;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import net.bytebuddy.ByteBuddy;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.description.method.MethodDescription;
import net.bytebuddy.description.type.TypeDefinition;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.dynamic.ClassFileLocator;
import net.bytebuddy.dynamic.DynamicType;
import net.bytebuddy.dynamic.scaffold.MethodGraph;
import net.bytebuddy.dynamic.scaffold.TypeValidation;
import net.bytebuddy.implementation.Implementation;
import net.bytebuddy.implementation.bytecode.member.MethodInvocation;
import net.bytebuddy.pool.TypePool;
import org.jspecify.annotations.Nullable;

/**
 * The part of weaving that needs Byte Buddy. Works on class files alone: loads no class of the application, adds no member,
 * and injects nothing, so that it prints none of the warnings that injection does. Thread-safe.
 */
final class Loom {

    private static final ByteBuddy BYTE_BUDDY = new ByteBuddy()
            .with(TypeValidation.DISABLED)
            // Which methods are woven is known already: nothing is asked of the class and its ancestors again.
            .with(MethodGraph.Empty.INSTANCE)
            .with(Implementation.Context.Disabled.Factory.INSTANCE)
            .ignore(none());

    /** What woven code does with a failure of its own: the application's call goes on, and the failure is counted. */
    private static final Advice.ExceptionHandler COUNTING = countingHandler();

    /** An advice's own class file is read once and not for every site or class. */
    private static final Map<Class<?>, Advice> ADVICE = new ConcurrentHashMap<>();

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
        // Looks up no type that a method only mentions: to find and read its file takes longer than to weave it in.
        TypePool pool = new TypePool.Default.WithLazyResolution(
                new TypePool.CacheProvider.Simple(), locator, TypePool.Default.ReaderMode.FAST);
        TypeDescription type = pool.describe(binaryName).resolve();
        if (type.isInterface()) {
            return null;
        }
        Map<String, List<Integer>> wanted = new HashMap<>();
        for (int site : sites) {
            wanted.computeIfAbsent(points.get(site).method(), method -> new ArrayList<>(2))
                    .add(site);
        }
        Map<String, Boolean> ancestors = new HashMap<>();
        WovenMethods woven = new WovenMethods();
        boolean declared = false;
        for (MethodDescription.InDefinedShape method : type.getDeclaredMethods()) {
            for (int site : wanted.getOrDefault(method.getInternalName(), List.of())) {
                WeavePoint point = points.get(site);
                if ((point.descriptor() == null || point.descriptor().equals(method.getDescriptor()))
                        && (concerns(point.target(), type, ancestors) || lends(point.target(), type, method))) {
                    declared = true;
                    if (isWovenBy(point, method)) {
                        woven.add(new SiteMethod(method, site), advice(point));
                    }
                }
            }
        }
        if (!declared) {
            return null;
        }
        try (DynamicType.Unloaded<?> made =
                BYTE_BUDDY.decorate(type, locator).visit(woven).make(pool)) {
            return made.getBytes();
        }
    }

    private static boolean isWovenBy(WeavePoint point, MethodDescription method) {
        if (method.isAbstract() || method.isNative()) {
            return false;
        }
        // A bridge method calls the one that is woven already; but where a class narrows its result, the one with the
        // interface's own descriptor is a bridge, and the only one that may answer with another class.
        if (point.descriptor() == null && method.isBridge()) {
            return false;
        }
        // What an interface declares belongs to an object; a helper of the same name does not.
        return !(point.target() instanceof WeavePoint.Implementing && method.isStatic());
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

    private static Advice advice(WeavePoint point) {
        return ADVICE.computeIfAbsent(
                point.advice(),
                advice -> Advice.withCustomMapping()
                        .bind(Site.class, SiteMethod.NUMBER)
                        .to(advice)
                        .withExceptionHandler(COUNTING));
    }

    private static Advice.ExceptionHandler countingHandler() {
        try {
            return new Advice.ExceptionHandler.Simple(MethodInvocation.invoke(
                    new MethodDescription.ForLoadedMethod(Bridge.class.getMethod("failed", Throwable.class))));
        } catch (NoSuchMethodException broken) {
            throw new IllegalStateException(broken);
        }
    }
}
