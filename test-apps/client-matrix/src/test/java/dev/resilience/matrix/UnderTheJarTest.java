package dev.resilience.matrix;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every client in a JVM of its own under the packaged jar, whose classes the application does not see. */
class UnderTheJarTest {

    @TempDir
    Path directory;

    @Test
    void every_client_is_protected_from_the_first_call_to_the_last() throws Exception {
        try (TestServer server = new TestServer()) {
            Path config = directory.resolve("resilience.yaml");
            Files.writeString(config, yaml());
            Path log = directory.resolve("log");
            Process application = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-javaagent:" + System.getProperty("agent.jar") + "=" + config,
                            "-cp",
                            classPath(),
                            Tour.class.getName(),
                            server.uri("").toString())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            boolean ended = application.waitFor(3, TimeUnit.MINUTES);
            application.destroyForcibly();
            String output = Files.readString(log, StandardCharsets.UTF_8);
            assertThat(ended).as("ended in time:\n" + output).isTrue();
            for (String client : Tour.clients().keySet()) {
                assertThat(output).contains(client + ": as promised");
            }
            assertThat(output).contains("failures inside the gate: 0");
        }
    }

    /** That of this JVM without the agent. */
    private static String classPath() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !entry.matches(".*[/\\\\]agent(-bootstrap)?[/\\\\]target.*|.*byte-buddy.*"))
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static String yaml() {
        StringBuilder yaml = new StringBuilder("application: tour\nadmin: {enabled: false}\n"
                + "defaults:\n  breaker: {failure_threshold: 3, timeout: 300s}\nservices:\n");
        for (String client : Tour.clients().keySet()) {
            yaml.append("  ").append(client.replace('.', '-')).append(":\n    endpoints:\n");
            yaml.append("      - name: good\n        http: {path: /guarded/hello/")
                    .append(client)
                    .append("}\n");
            yaml.append("        fallback: [stale_cache]\n");
            yaml.append("      - name: bad\n        http: {path: /guarded/status/503/")
                    .append(client)
                    .append("}\n");
        }
        return yaml.toString();
    }
}
