package dev.resilience.instrument;

import dev.resilience.bootstrap.Bridge;
import dev.resilience.log.AgentLog;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.lang.instrument.UnmodifiableClassException;
import java.security.AccessController;
import java.security.PrivilegedAction;
import java.security.ProtectionDomain;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Weaves the methods of a list of {@link WeavePoint}s into classes as they are loaded, and into those that are loaded
 * already. Every class of the JVM passes through here before {@code main}, so a class that is none of ours costs one
 * look-up of its name, or one scan of its constants where interfaces are woven, and Byte Buddy (a third of a second) is
 * touched only when a class of the list is there. A class that cannot be woven stays as it is, said once. Thread-safe.
 */
public final class Weaver implements ClassFileTransformer {

    private static final int MOST_OUTCOMES = 1_000;

    /** The class by which OpenTelemetry's agent starts, in the boot loader from then on. */
    private static final String TRACING_AGENT = "io.opentelemetry.javaagent.bootstrap.AgentInitializer";

    /** What a class mentions that has been woven. */
    private static final MethodScan BRIDGE =
            new MethodScan(List.of("enter"), Bridge.class.getName().replace('.', '/'));

    private final Instrumentation instrumentation;
    private final List<WeavePoint> points;
    private final Set<RuleKind> kinds = EnumSet.noneOf(RuleKind.class);
    private final Map<String, String> outcomes = new ConcurrentHashMap<>();
    private @Nullable Inner inner;
    private volatile Index index = Index.EMPTY;
    private volatile boolean innermost;
    private boolean installed;

    /** @param points what may be woven; their order numbers the sites, see {@link Gates} */
    public Weaver(Instrumentation instrumentation, List<WeavePoint> points) {
        this.instrumentation = instrumentation;
        this.points = points;
    }

    /**
     * Weaves what rules of these kinds need, from now on and in classes loaded before. What was woven for earlier kinds
     * stays woven: without a rule its calls pass.
     */
    public synchronized void weave(Set<RuleKind> needed) {
        if (!kinds.addAll(needed)) {
            return;
        }
        index = new Index(points, kinds);
        if (!installed) {
            if (tracedAlready()) {
                inner = new Inner();
                instrumentation.addTransformer(inner, false);
                innermost = true;
            }
            instrumentation.addTransformer(this, true);
            installed = true;
        }
        retransformLoaded();
    }

    /** What became of each class that is woven into: empty for success, else why not. */
    public Map<String, String> outcomes() {
        return new TreeMap<>(outcomes);
    }

    /** Takes the weaving out of every class. */
    public synchronized void unweave() {
        if (inner != null) {
            instrumentation.removeTransformer(inner);
        }
        instrumentation.removeTransformer(this);
        installed = false;
        retransformLoaded();
        kinds.clear();
        index = Index.EMPTY;
    }

    @Override
    public byte @Nullable [] transform(
            @Nullable Module module,
            @Nullable ClassLoader loader,
            @Nullable String name,
            @Nullable Class<?> redefined,
            @Nullable ProtectionDomain domain,
            byte[] classFile) {
        return innermost && BRIDGE.declaresAny(classFile) ? null : weave(module, loader, name, classFile);
    }

    /** A class is loaded by code of any rights; where they are asked for, those of the agent decide. */
    @SuppressWarnings("removal")
    private byte @Nullable [] weave(
            @Nullable Module module, @Nullable ClassLoader loader, @Nullable String name, byte[] classFile) {
        if (name == null) {
            return null;
        }
        return System.getSecurityManager() == null
                ? woven(module, loader, name, classFile)
                : AccessController.doPrivileged(
                        (PrivilegedAction<byte @Nullable []>) () -> woven(module, loader, name, classFile));
    }

    private byte @Nullable [] woven(
            @Nullable Module module, @Nullable ClassLoader loader, String name, byte[] classFile) {
        Index current = index;
        try {
            int[] sites = current.named.get(name);
            if (!current.scans.isEmpty() && !foreign(loader, name)) {
                sites = Index.concatenated(sites, current.implemented(classFile));
            }
            if (sites != null && anotherAgents(loader)) {
                sites = current.told(sites);
            }
            if (sites == null) {
                return null;
            }
            byte[] woven = Loom.weave(points, sites, name, loader, classFile);
            if (woven != null && loader != null && !Loom.bridgeIsFoundBy(loader)) {
                AgentLog.warn(
                        "reach:" + loader.getClass().getName(),
                        "calls of " + name.replace('/', '.') + " are not protected, because its class loader ("
                                + loader.getClass().getName() + ") does not ask the boot loader for "
                                + Bridge.class.getPackageName() + "; let it");
                note(name, "its class loader does not find the agent's bridge");
                return null;
            }
            if (woven == null) {
                sayIfUnknown(sites, name);
                return null;
            }
            note(name, "");
            if (module != null) {
                letReadBridge(module);
            }
            return woven;
        } catch (Throwable failure) {
            AgentLog.warn("weave:" + name, "could not weave " + name + ", its calls are not protected", failure);
            note(name, failure.toString());
            return null;
        }
    }

    /** A library's class that has none of the methods woven in its other versions is of a version before or after them. */
    private void sayIfUnknown(int[] sites, String name) {
        for (int site : sites) {
            WeavePoint point = points.get(site);
            if (point.target() instanceof WeavePoint.Library) {
                LibraryClients.sayUnknown(point.client(), name.replace('/', '.') + "." + point.method());
                note(name, "it is of a version that the agent does not know");
                return;
            }
        }
    }

    /**
     * Weaves classes as they are loaded, before any transformer that can retransform: so what a tracing agent weaves, even
     * one that came first, lies around ours, and its spans are open while our calls are decided and ended.
     */
    private final class Inner implements ClassFileTransformer {

        @Override
        public byte @Nullable [] transform(
                @Nullable Module module,
                @Nullable ClassLoader loader,
                @Nullable String name,
                @Nullable Class<?> redefined,
                @Nullable ProtectionDomain domain,
                byte[] classFile) {
            return redefined != null ? null : weave(module, loader, name, classFile);
        }
    }

    private static boolean tracedAlready() {
        try {
            Class.forName(TRACING_AGENT, false, null);
            return true;
        } catch (ClassNotFoundException none) {
            return false;
        }
    }

    /** What a URL connection was set up with, for one that makes its call again. */
    private static final Map<String, Set<Module>> OF_URL_CONNECTIONS = Map.of(
            "java.net", Set.of(Weaver.class.getModule()),
            "sun.net.www.protocol.http", Set.of(Weaver.class.getModule()),
            "sun.net.www.protocol.https", Set.of(Weaver.class.getModule()));

    /** Bounded: an application that makes classes as it goes must not fill the heap by it. */
    private void note(String name, String outcome) {
        if (outcomes.size() < MOST_OUTCOMES || outcomes.containsKey(name)) {
            outcomes.put(name.replace('/', '.'), outcome);
        }
    }

    /** Of what is made for an interface: its tests count what it is asked. */
    private static final String MOCK = "$MockitoMock$";

    /** Whether classes of interfaces are not looked for here: the JDK's, generated ones, mocks, and the agent's own. */
    private static boolean foreign(@Nullable ClassLoader loader, String name) {
        return loader == null
                || loader == ClassLoader.getPlatformClassLoader()
                || (loader == Weaver.class.getClassLoader() && loader != ClassLoader.getSystemClassLoader())
                || name.startsWith("jdk/")
                || name.startsWith("java/")
                || name.contains(MOCK);
    }

    /**
     * Whether a loader's classes are another agent's own, by the place where agents put the class of such a loader. What that
     * agent sends, as the spans of these very calls, is not the application's.
     */
    private static boolean anotherAgents(@Nullable ClassLoader loader) {
        return loader != null
                && loader.getClass().getClassLoader() == null
                && !loader.getClass().getModule().isNamed();
    }

    /** Classes in named modules of the JDK do not read the boot loader's unnamed module, where the bridge lives. */
    private void letReadBridge(Module module) {
        Module bridge = Bridge.class.getModule();
        if (module.isNamed() && !module.canRead(bridge)) {
            instrumentation.redefineModule(
                    module,
                    Collections.singleton(bridge),
                    Collections.emptyMap(),
                    module == Object.class.getModule() ? OF_URL_CONNECTIONS : Collections.emptyMap(),
                    Collections.emptySet(),
                    Collections.emptyMap());
        }
    }

    private void retransformLoaded() {
        Class<?>[] loaded = instrumentation.getAllLoadedClasses();
        List<Class<?>> interfaces = new ArrayList<>();
        for (Class<?> type : loaded) {
            if (type.isInterface() && index.interfaces.contains(type.getName())) {
                interfaces.add(type);
            }
        }
        List<Class<?>> wanted = new ArrayList<>(withParents(loaded, interfaces));
        wanted.removeIf(type -> !instrumentation.isModifiableClass(type));
        retransform(wanted);
    }

    /** All at once, for each time stops the application's threads; one by one where that fails, to leave alone only what must be. */
    private void retransform(List<Class<?>> wanted) {
        if (wanted.isEmpty()) {
            return;
        }
        try {
            instrumentation.retransformClasses(wanted.toArray(Class<?>[]::new));
        } catch (UnmodifiableClassException | RuntimeException | LinkageError failure) {
            if (wanted.size() > 1) {
                wanted.forEach(type -> retransform(List.of(type)));
                return;
            }
            String name = wanted.get(0).getName();
            note(name, failure.toString());
            AgentLog.warn("weave:" + name, "could not weave " + name + ", its calls are not protected", failure);
        }
    }

    /** Those that concern us, with the classes that may declare their methods for them. */
    private Set<Class<?>> withParents(Class<?>[] loaded, List<Class<?>> interfaces) {
        Set<Class<?>> wanted = new LinkedHashSet<>();
        for (Class<?> type : loaded) {
            if (concerns(type, interfaces)) {
                Class<?> at = type;
                while (at != null && !foreign(at.getClassLoader(), at.getName().replace('.', '/')) && wanted.add(at)) {
                    at = at.getSuperclass();
                }
                wanted.add(type);
            }
        }
        return wanted;
    }

    private boolean concerns(Class<?> type, List<Class<?>> interfaces) {
        if (type.isArray() || type.isPrimitive()) {
            return false;
        }
        String name = type.getName().replace('.', '/');
        if (index.named.containsKey(name)) {
            return true;
        }
        if (foreign(type.getClassLoader(), name)) {
            return false;
        }
        for (Class<?> candidate : interfaces) {
            if (candidate.isAssignableFrom(type)) {
                return true;
            }
        }
        return false;
    }

    /** What is woven at present, arranged for the question asked of every class. Immutable. */
    private static final class Index {

        static final Index EMPTY = new Index(Collections.emptyList(), Collections.emptySet());

        final Map<String, int[]> named = new HashMap<>();
        final Set<String> interfaces = new HashSet<>();
        final List<Scan> scans = new ArrayList<>();

        private final List<WeavePoint> points;

        Index(List<WeavePoint> points, Set<RuleKind> kinds) {
            this.points = points;
            Map<String, List<Integer>> byMention = new LinkedHashMap<>();
            for (int site = 0; site < points.size(); site++) {
                WeavePoint point = points.get(site);
                if (!kinds.contains(point.kind())) {
                    continue;
                }
                if (point.target() instanceof WeavePoint.Named target) {
                    name(target.classes(), site);
                } else if (point.target() instanceof WeavePoint.Library target) {
                    name(target.classes(), site);
                } else if (point.target() instanceof WeavePoint.Implementing target) {
                    interfaces.add(target.type().replace('/', '.'));
                    byMention
                            .computeIfAbsent(target.mention(), mention -> new ArrayList<>())
                            .add(site);
                }
            }
            byMention.forEach((mention, sites) -> scans.add(new Scan(points, sites, mention)));
        }

        /** The sites of interfaces that the class may implement, null when there are none. */
        int @Nullable [] implemented(byte[] classFile) {
            int[] found = null;
            for (int i = 0; i < scans.size(); i++) {
                Scan scan = scans.get(i);
                if (scan.methods.declaresAny(classFile)) {
                    found = concatenated(found, scan.sites);
                }
            }
            return found;
        }

        /** Those of the sites that guard no calls, null when there are none. */
        int @Nullable [] told(int[] sites) {
            int[] left = null;
            for (int site : sites) {
                RuleKind kind = points.get(site).kind();
                left = kind == RuleKind.HTTP || kind == RuleKind.JDBC ? left : append(left, site);
            }
            return left;
        }

        static int @Nullable [] concatenated(int @Nullable [] some, int @Nullable [] more) {
            if (some == null || more == null) {
                return some == null ? more : some;
            }
            int[] all = Arrays.copyOf(some, some.length + more.length);
            System.arraycopy(more, 0, all, some.length, more.length);
            return all;
        }

        private void name(Set<String> classes, int site) {
            for (String type : classes) {
                named.put(type, append(named.get(type), site));
            }
        }

        private static int[] append(int @Nullable [] sites, int site) {
            if (sites == null) {
                return new int[] {site};
            }
            int[] longer = Arrays.copyOf(sites, sites.length + 1);
            longer[sites.length] = site;
            return longer;
        }
    }

    /** The sites of interfaces whose implementations mention the same package. Immutable. */
    private static final class Scan {

        final MethodScan methods;
        final int[] sites;

        Scan(List<WeavePoint> points, List<Integer> sites, String mention) {
            List<String> names = new ArrayList<>();
            this.sites = new int[sites.size()];
            for (int i = 0; i < this.sites.length; i++) {
                this.sites[i] = sites.get(i);
                names.add(points.get(sites.get(i)).method());
            }
            this.methods = new MethodScan(names, mention);
        }
    }
}
