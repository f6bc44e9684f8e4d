package dev.resilience.launch;

import java.io.File;
import java.lang.instrument.Instrumentation;
import java.lang.reflect.InvocationTargetException;
import java.net.URI;
import java.net.URL;
import java.security.CodeSource;

/**
 * Opens the agent's own class loader and steps inside. Runs on the main thread before the application does, so it does as
 * little as possible and never fails the start.
 */
public final class Launcher {

    private static final String BRIDGE = "dev.resilience.bootstrap.Bridge";

    /** Whether the command line named an agent already, one that may have found nothing to do and left no bridge. */
    private static boolean named;

    private Launcher() {}

    /** Starts the agent; {@code attached} when the application runs already. */
    public static void start(String arguments, Instrumentation instrumentation, boolean attached) {
        if (startedBefore() || (named && !attached)) {
            complain("is on this JVM already, the second one stays out");
            return;
        }
        named |= !attached;
        try {
            AgentClassLoader loader = new AgentClassLoader(ownJar());
            enter(loader, "dev.resilience.agent.Agent")
                    .getMethod("start", String.class, Instrumentation.class, boolean.class)
                    .invoke(null, arguments, instrumentation, attached);
        } catch (ClassNotFoundException unpacked) {
            complain("was unpacked into another jar, where the agent cannot find itself; use the original file."
                    + " Nothing is protected");
        } catch (InvocationTargetException failure) {
            complain("could not start, the application runs unprotected: " + failure.getCause());
        } catch (Throwable failure) {
            complain("could not start, the application runs unprotected: " + failure);
        }
    }

    /** Runs one command of the command line and ends the JVM with its exit status. */
    public static void command(String[] arguments) throws Exception {
        AgentClassLoader loader = new AgentClassLoader(ownJar());
        Thread.currentThread().setContextClassLoader(loader);
        int status = (int) enter(loader, "dev.resilience.cli.Main")
                .getMethod("run", String[].class)
                .invoke(null, (Object) arguments);
        System.exit(status);
    }

    private static Class<?> enter(AgentClassLoader loader, String className) throws ClassNotFoundException {
        return Class.forName(className, true, loader);
    }

    private static boolean startedBefore() {
        try {
            Class.forName(BRIDGE, false, null);
            return true;
        } catch (ClassNotFoundException first) {
            return false;
        }
    }

    private static File ownJar() throws Exception {
        CodeSource source = Launcher.class.getProtectionDomain().getCodeSource();
        URL location = source.getLocation();
        return new File(new URI(location.toString()));
    }

    private static void complain(String what) {
        System.err.println("[resilience] WARN resilience.jar " + what);
    }
}
