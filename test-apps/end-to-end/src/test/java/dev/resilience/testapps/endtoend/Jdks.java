package dev.resilience.testapps.endtoend;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The JDKs on this machine: the one that runs the tests, and those installed beside it. */
final class Jdks {

    private Jdks() {}

    /** One JDK of each feature version from 17 on, oldest first. */
    static List<Path> all() {
        Path own = Path.of(System.getProperty("java.home"));
        Map<Integer, Path> byVersion = new TreeMap<>();
        for (Path home : beside(own)) {
            int version = version(home);
            if (version >= 17) {
                byVersion.putIfAbsent(version, home);
            }
        }
        byVersion.put(Runtime.version().feature(), own);
        return new ArrayList<>(byVersion.values());
    }

    /** Feature version of the JDK at {@code home}, 0 when it is none. */
    static int version(Path home) {
        try {
            if (!Files.isExecutable(home.resolve("bin/java")) || !Files.isRegularFile(home.resolve("release"))) {
                return 0;
            }
            for (String line : Files.readAllLines(home.resolve("release"))) {
                if (line.startsWith("JAVA_VERSION=\"")) {
                    String version = line.substring("JAVA_VERSION=\"".length());
                    return Integer.parseInt(version.split("\\D")[0]);
                }
            }
            return 0;
        } catch (IOException unreadable) {
            return 0;
        }
    }

    private static List<Path> beside(Path own) {
        Path parent = own.getParent();
        if (parent == null) {
            return List.of();
        }
        try (Stream<Path> homes = Files.list(parent)) {
            return homes.filter(Files::isDirectory).sorted().toList();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
