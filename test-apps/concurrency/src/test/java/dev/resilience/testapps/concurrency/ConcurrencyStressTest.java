package dev.resilience.testapps.concurrency;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Runs all stress tests in JVMs of their own, as {@code stress.args} say. */
class ConcurrencyStressTest {

    private static final Path REPORT = Path.of(System.getProperty("stress.report"));

    @Test
    void whatever_meets_leaves_one_of_the_expected_outcomes() throws IOException, InterruptedException {
        Files.createDirectories(REPORT);
        Path said = REPORT.resolve("said.txt");
        Process stress = new ProcessBuilder(command())
                .directory(REPORT.toFile())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        try {
            assertThat(stress.waitFor(6, TimeUnit.HOURS)).isTrue();
        } finally {
            stress.destroy();
        }
        assertThat(Files.readString(said)).contains("Failed tests: No matches.", "Error tests: No matches.");
        assertThat(stress.exitValue()).isZero();
    }

    private static List<String> command() {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "org.openjdk.jcstress.Main",
                "-r",
                REPORT.toString()));
        command.addAll(List.of(System.getProperty("stress.args").trim().split("\\s+")));
        return command;
    }
}
