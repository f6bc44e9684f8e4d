package dev.resilience.matrix;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
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
            assertThat(output).contains("failures inside the gate: 0");
        }
    }
}
