package dev.resilience.matrix;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every client in a JVM of its own under the packaged jar, whose classes the application does not see. */
class UnderTheJarTest {

    @TempDir
    Path directory;

    @Test
    void every_client_is_protected_from_the_first_call_to_the_last() throws Exception {
        try (TestServer server = new TestServer()) {
            String output = TourUnderTheJar.run(directory, server, null, false, Map.of());
            for (String client : Tour.clients().keySet()) {
                assertThat(output).contains(client + ": as promised");
            }
            assertThat(output)
                    .contains("failures inside the gate: 0")
                    .doesNotContain("version that the agent does not know");
        }
    }

    @Test
    void bodies_of_fifty_megabytes_pass_through_little_memory() throws Exception {
        try (TestServer server = new TestServer()) {
            String output = TourUnderTheJar.runHuge(directory, server);
            for (String client : Tour.clients().keySet()) {
                if (!HugeTour.HOLDING.contains(client)) {
                    assertThat(output).contains(client + ": as promised");
                }
            }
        }
    }

    @Test
    void calls_on_virtual_threads_pin_none_of_their_carriers() throws Exception {
        Path jdk = newerJdk();
        Assumptions.assumeTrue(jdk != null, "no JDK 25 or later is installed beside the one that runs this");
        try (TestServer server = new TestServer()) {
            String output = TourUnderTheJar.runVirtual(directory, server, jdk);
            for (String client : Tour.clients().keySet()) {
                assertThat(output).contains(client + ": as promised", client + VirtualTour.SECOND + ": as promised");
            }
            assertThat(output).contains("pinned at all: true, by the agent: 0");
        }
    }

    private static Path newerJdk() throws IOException {
        try (Stream<Path> homes =
                Files.list(Path.of(System.getProperty("java.home")).getParent())) {
            for (Path home : homes.sorted().toList()) {
                Path release = home.resolve("release");
                if (Files.isRegularFile(release) && VirtualTour.suits(Files.readAllLines(release))) {
                    return home;
                }
            }
            return null;
        }
    }
}
