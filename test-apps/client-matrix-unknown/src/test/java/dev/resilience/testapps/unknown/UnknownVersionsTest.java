package dev.resilience.testapps.unknown;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the agent does not know it leaves alone, and says so: here a rule that would reject every call. */
class UnknownVersionsTest {

    private static final String UNKNOWN = "of a version that the agent does not know";

    private static final String CONFIG = """
            application: old-clients
            admin: {enabled: false}
            defaults: {mode: forced_open}
            services:
              everything:
                endpoints:
                  - name: all
                    http: {host: "*"}
            """;

    @TempDir
    Path directory;

    @Test
    void calls_of_unknown_versions_pass_and_that_is_said_once_for_each_library() throws Exception {
        Path config = Files.writeString(directory.resolve("resilience.yaml"), CONFIG);
        Path log = directory.resolve("log");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-javaagent:" + System.getProperty("agent.jar") + "=" + config,
                        "-cp",
                        classPath(),
                        OldClients.class.getName())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        boolean ended = process.waitFor(3, TimeUnit.MINUTES);
        process.destroyForcibly();
        String output = Files.readString(log, StandardCharsets.UTF_8);
        assertThat(ended).as("ended in time:\n" + output).isTrue();
        assertThat(lines(output, ": 200 Hello"))
                .as(output)
                .containsExactly(
                        Stream.of("OkHttp 2", "OkHttp 3", "Jetty", "Ning", "AsyncHttpClient", "Reactor Netty", "Vert.x")
                                .flatMap(client -> Stream.of(client + ": 200 Hello", client + ": 200 Hello"))
                                .toArray(String[]::new));
        // Those of packages that no adapter is for are not even seen.
        List<String> told = lines(output, UNKNOWN);
        assertThat(told).as(output).hasSize(5);
        for (String library : List.of(
                "okhttp3.", "org.eclipse.jetty.", "org.asynchttpclient.", "reactor.", "io.vertx.core.http.impl.")) {
            assertThat(told).as(library).anyMatch(line -> line.contains("(no " + library));
        }
    }

    private static List<String> lines(String output, String of) {
        return output.lines().filter(line -> line.contains(of)).toList();
    }

    /** The application's alone. */
    private static String classPath() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !entry.matches(".*(junit|assertj|surefire|test-classes).*"))
                .collect(Collectors.joining(File.pathSeparator));
    }
}
