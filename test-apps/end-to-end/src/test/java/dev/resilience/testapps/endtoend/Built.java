package dev.resilience.testapps.endtoend;

import java.nio.file.Files;
import java.nio.file.Path;

/** Where the build put what these tests run. */
final class Built {

    private static final Path ROOT = Path.of(System.getProperty("reactor.root", "../.."));

    private Built() {}

    /** The product. */
    static Path agent() {
        return there(Path.of(System.getProperty(
                "agent.jar", ROOT.resolve("agent/target/resilience.jar").toString())));
    }

    static Path booking() {
        return there(ROOT.resolve("test-apps/booking/target/booking.jar"));
    }

    static Path crowded() {
        return there(ROOT.resolve("test-apps/crowded/target/crowded.jar"));
    }

    static Path shop() {
        return there(ROOT.resolve("test-apps/spring-boot/target/spring-boot-app.jar"));
    }

    /** Class path of the applications in {@code com.example.tiny}: nothing but the JDK. */
    static String tinyApplications() {
        return ROOT.resolve("test-apps/end-to-end/target/test-classes").toString();
    }

    /** Another agent, by the name that this module's pom copies it under. */
    static Path otherAgent(String name) {
        return library(name);
    }

    /** A library that is on nobody's class path, by the name that this module's pom copies it under. */
    static Path library(String name) {
        return there(ROOT.resolve("test-apps/end-to-end/target/beside").resolve(name));
    }

    private static Path there(Path path) {
        if (!Files.isRegularFile(path)) {
            throw new IllegalStateException(path + " is missing; build it first: mvn package");
        }
        return path.toAbsolutePath().normalize();
    }
}
