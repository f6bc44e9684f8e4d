package dev.resilience.agent;

import dev.resilience.guard.AgentThreads;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/**
 * Loads the classes of a start on a second processor, while the first one runs what it has: most of the time before {@code main} is
 * the loading and verifying of some three hundred classes. Initialises none of them, so that nothing happens in another order than
 * without it, and no two threads wait for each other.
 */
final class ClassesAhead implements Runnable {

    /** Names of the classes that every start loads before {@code main}, in that order; written when the jar is made. */
    private static final String LIST = "classes.first";

    private final boolean configuration;

    private ClassesAhead(boolean configuration) {
        this.configuration = configuration;
    }

    /** Begins with what reads the configuration. Does not wait. */
    static void ofConfiguration() {
        begin(true);
    }

    /** Begins with the rest, once the bridge is defined: what links to it would find the agent's own copy before. Does not wait. */
    static void ofProtection() {
        begin(false);
    }

    private static void begin(boolean configuration) {
        if (Runtime.getRuntime().availableProcessors() > 1) {
            try {
                new AgentThreads("classes")
                        .newThread(new ClassesAhead(configuration))
                        .start();
            } catch (OutOfMemoryError noThread) {
                // Classes are loaded when they are needed, then.
            }
        }
    }

    @Override
    public void run() {
        ClassLoader loader = ClassesAhead.class.getClassLoader();
        try (InputStream in = loader.getResourceAsStream(LIST)) {
            if (in == null) {
                return;
            }
            BufferedReader names = new BufferedReader(new InputStreamReader(in, StandardCharsets.US_ASCII));
            for (String name = names.readLine(); name != null; name = names.readLine()) {
                if (configuration == (name.startsWith("dev.resilience.config.") || name.startsWith("org.yaml."))) {
                    // Reflection asks for a class that is verified, which loading alone does not bring about.
                    var unused = Class.forName(name, false, loader).getConstructors();
                }
            }
        } catch (IOException | ReflectiveOperationException | LinkageError without) {
            // Whoever needs the class loads it, or says why that cannot be.
        }
    }
}
