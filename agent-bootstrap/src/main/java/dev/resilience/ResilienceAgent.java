package dev.resilience;

import java.io.File;
import java.io.IOException;
import java.lang.instrument.Instrumentation;
import java.lang.reflect.InvocationTargetException;
import java.util.jar.JarFile;
import java.util.jar.Manifest;

/**
 * Where the JVM enters: agent at start-up, agent by attach, command line. Compiled for Java 8 and free of newer API, so
 * that an older JVM can be told in one line why nothing is protected.
 */
public final class ResilienceAgent {

    private static final int OLDEST_JAVA = 17;

    private ResilienceAgent() {}

    public static void premain(String arguments, Instrumentation instrumentation) throws Throwable {
        start(arguments, instrumentation, false);
    }

    public static void agentmain(String arguments, Instrumentation instrumentation) throws Throwable {
        start(arguments, instrumentation, true);
    }

    public static void main(String[] arguments) throws Throwable {
        if (tooOld()) {
            System.exit(2);
        }
        Class.forName("dev.resilience.launch.Launcher")
                .getMethod("command", String[].class)
                .invoke(null, (Object) arguments);
    }

    private static void start(String arguments, Instrumentation instrumentation, boolean attached) {
        try {
            // A security manager may refuse even these questions: an exception from here would end the JVM.
            if (tooOld() || !attached && isNoApplication()) {
                return;
            }
            Class.forName("dev.resilience.launch.Launcher")
                    .getMethod("start", String.class, Instrumentation.class, boolean.class)
                    .invoke(null, arguments, instrumentation, attached);
        } catch (InvocationTargetException failure) {
            complain(failure.getCause());
        } catch (Throwable failure) {
            complain(failure);
        }
    }

    /**
     * Whether this JVM runs this jar's own command line or one of the JDK's tools, to which {@code JAVA_TOOL_OPTIONS} brings the
     * agent too: each would be one more instance of the application for as long as it runs. What cannot be told is an
     * application.
     */
    private static boolean isNoApplication() {
        String module = System.getProperty("jdk.module.main", "");
        if (isTool(module, System.getProperty("sun.java.command", ""))) {
            System.err.println("[resilience] WARN resilience.jar leaves the JDK's own tools alone (" + module + ")");
            return true;
        }
        return isOurs(System.getProperty("java.class.path", ""));
    }

    /** @param module whose main class is run, empty for one of the class path */
    static boolean isTool(String module, String command) {
        // An application's source file is run by the compiler's module, and who serves pages is one.
        return (module.startsWith("jdk.") || module.startsWith("java."))
                && !module.equals("jdk.httpserver")
                && !command.contains("com.sun.tools.javac.launcher.");
    }

    /** @param classPath of {@code java -jar}, that jar alone */
    static boolean isOurs(String classPath) {
        File jar = new File(classPath);
        // Others are not opened for this: an application's jar may be large.
        if (!jar.getName().contains("resilience") || !jar.isFile()) {
            return false;
        }
        try (JarFile file = new JarFile(jar, false)) {
            Manifest manifest = file.getManifest();
            return manifest != null
                    && ResilienceAgent.class
                            .getName()
                            .equals(manifest.getMainAttributes().getValue("Main-Class"));
        } catch (IOException unreadable) {
            return false;
        }
    }

    private static void complain(Throwable failure) {
        System.err.println(
                "[resilience] ERROR the agent could not start, the application runs unprotected: " + failure);
    }

    private static boolean tooOld() {
        String version = System.getProperty("java.specification.version", "0");
        int feature = version.startsWith("1.") ? 8 : Integer.parseInt(version.split("\\.")[0]);
        if (feature >= OLDEST_JAVA) {
            return false;
        }
        System.err.println("[resilience] WARN this is Java " + version + ", resilience.jar needs Java " + OLDEST_JAVA
                + " or later; nothing is protected");
        return true;
    }
}
