package dev.resilience;

import java.lang.instrument.Instrumentation;
import java.lang.reflect.InvocationTargetException;

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
        if (tooOld()) {
            return;
        }
        try {
            Class.forName("dev.resilience.launch.Launcher")
                    .getMethod("start", String.class, Instrumentation.class, boolean.class)
                    .invoke(null, arguments, instrumentation, attached);
        } catch (InvocationTargetException failure) {
            complain(failure.getCause());
        } catch (Throwable failure) {
            complain(failure);
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
