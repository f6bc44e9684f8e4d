package dev.resilience.agent;

import dev.resilience.log.AgentLog;
import java.io.IOException;
import java.io.InputStream;
import java.lang.instrument.Instrumentation;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.ProtectionDomain;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;

/**
 * Defines the bridge straight into the boot loader, where every woven class can see it.
 *
 * <p>Appending a jar to the boot class path would do it too, but switches off class data sharing for application classes and
 * makes the JVM print a warning; it is only the fallback. {@code java.base/jdk.internal.misc} is exported to the agent's own
 * unnamed module for it, never to the application's.
 */
final class BootClasses {

    /** In an order in which each finds the ones before it. */
    private static final List<String> NAMES = List.of(
            "dev.resilience.CircuitBreakerOpenException",
            "dev.resilience.bootstrap.Passage",
            "dev.resilience.bootstrap.Gate",
            "dev.resilience.bootstrap.Bridge");

    private static final int FIRST_WITH_AOT_CACHES = 24;

    private BootClasses() {}

    /** @throws IOException when neither way works, or must not; nothing may be woven then */
    static void define(Instrumentation instrumentation) throws IOException {
        if (areToBeArchived(instrumentation)) {
            throw new IOException(
                    "it stays out of a JVM that trains an AOT cache, for one with the agent in it would end"
                            + " the JVMs that use it; those are protected");
        }
        try {
            defineDirectly(instrumentation);
        } catch (ReflectiveOperationException | RuntimeException | LinkageError refused) {
            AgentLog.warn(
                    "boot-classes",
                    "This JVM does not let the agent define its bridge directly, it is appended to the boot class path"
                            + " instead (application class data sharing is off)",
                    refused);
            append(instrumentation);
        }
    }

    /** Whether the bridge is there: this JVM is protected, by whichever agent. */
    static boolean there() {
        try {
            Class.forName(NAMES.get(NAMES.size() - 1), false, null);
            return true;
        } catch (ClassNotFoundException none) {
            return false;
        }
    }

    /**
     * Whether this JVM trains an AOT cache (JEP 483). It holds what is defined into the boot loader, and kills each JVM that
     * uses it beside any agent that transforms classes; one that was made without the agent is used by JVMs with it.
     */
    private static boolean areToBeArchived(Instrumentation instrumentation) {
        if (Runtime.version().feature() < FIRST_WITH_AOT_CACHES) {
            return false;
        }
        try {
            openInternals(instrumentation);
            return (boolean) Class.forName("jdk.internal.misc.CDS")
                    .getMethod("isDumpingStaticArchive")
                    .invoke(null);
        } catch (ReflectiveOperationException | RuntimeException | LinkageError untold) {
            return false;
        }
    }

    private static void openInternals(Instrumentation instrumentation) {
        instrumentation.redefineModule(
                Object.class.getModule(),
                Set.of(),
                Map.of("jdk.internal.misc", Set.of(BootClasses.class.getModule())),
                Map.of(),
                Set.of(),
                Map.of());
    }

    private static void defineDirectly(Instrumentation instrumentation)
            throws ReflectiveOperationException, IOException {
        openInternals(instrumentation);
        Class<?> type = Class.forName("jdk.internal.misc.Unsafe");
        Object unsafe = type.getMethod("getUnsafe").invoke(null);
        Method defineClass = type.getMethod(
                "defineClass",
                String.class,
                byte[].class,
                int.class,
                int.class,
                ClassLoader.class,
                ProtectionDomain.class);
        for (String name : NAMES) {
            byte[] bytes = bytes(name);
            defineClass.invoke(unsafe, name, bytes, 0, bytes.length, null, null);
        }
    }

    private static void append(Instrumentation instrumentation) throws IOException {
        Path jar = Files.createTempFile("resilience-bridge", ".jar");
        jar.toFile().deleteOnExit();
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
            for (String name : NAMES) {
                out.putNextEntry(new JarEntry(name.replace('.', '/') + ".class"));
                out.write(bytes(name));
                out.closeEntry();
            }
        }
        instrumentation.appendToBootstrapClassLoaderSearch(new JarFile(jar.toFile(), false));
    }

    private static byte[] bytes(String name) throws IOException {
        String resource = name.replace('.', '/') + ".class";
        try (InputStream in = BootClasses.class.getClassLoader().getResourceAsStream(resource)) {
            if (in == null) {
                throw new IOException("no " + resource + " in the agent's jar");
            }
            return in.readAllBytes();
        }
    }
}
