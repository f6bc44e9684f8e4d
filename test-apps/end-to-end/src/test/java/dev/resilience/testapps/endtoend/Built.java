package dev.resilience.testapps.endtoend;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** Where the build put what these tests run. */
final class Built {

    private static final Path ROOT = Path.of(System.getProperty("reactor.root", "../.."));

    private Built() {}

    /** Folder of the whole project. */
    static Path root() {
        return ROOT;
    }

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

    /** A folder that this module's pom makes, or the one inside it whose name, with a version behind it, begins so. */
    static Path folder(String name, String prefix) {
        Path folder = ROOT.resolve("test-apps/end-to-end/target")
                .resolve(name)
                .toAbsolutePath()
                .normalize();
        if (prefix.isEmpty()) {
            return folder;
        }
        try (Stream<Path> inside = Files.list(folder)) {
            return inside.filter(path -> path.getFileName().toString().startsWith(prefix))
                    .max(Comparator.naturalOrder())
                    .orElseThrow(() -> new IllegalStateException(folder + " has no " + prefix));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static Path there(Path path) {
        if (!Files.isRegularFile(path)) {
            throw new IllegalStateException(path + " is missing; build it first: mvn package");
        }
        return path.toAbsolutePath().normalize();
    }
}
