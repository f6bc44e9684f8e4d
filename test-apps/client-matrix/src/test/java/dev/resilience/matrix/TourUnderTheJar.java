package dev.resilience.matrix;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Starts the {@link Tour} in a JVM of its own under the packaged jar. */
final class TourUnderTheJar {

    private TourUnderTheJar() {}

    /**
     * Waits for its end.
     *
     * @param beside a further argument of the JVM, or null
     * @param besideFirst whether it comes before our agent
     * @return all that it printed
     */
    static String run(
            Path directory, TestServer server, String beside, boolean besideFirst, Map<String, String> environment)
            throws IOException, InterruptedException {
        Path jdk = Path.of(System.getProperty("java.home"));
        return run(directory, server, jdk, Tour.class, beside, besideFirst, environment);
    }

    /** The same clients on virtual threads, by a JDK that has them. */
    static String runVirtual(Path directory, TestServer server, Path jdk) throws IOException, InterruptedException {
        return run(directory, server, jdk, VirtualTour.class, null, false, Map.of());
    }

    /** Bodies larger than the memory that is left. */
    static String runHuge(Path directory, TestServer server) throws IOException, InterruptedException {
        Path jdk = Path.of(System.getProperty("java.home"));
        return run(directory, server, jdk, HugeTour.class, HugeTour.HEAP, false, Map.of());
    }

    private static String run(
            Path directory,
            TestServer server,
            Path jdk,
            Class<?> application,
            String beside,
            boolean besideFirst,
            Map<String, String> environment)
            throws IOException, InterruptedException {
        Path config = directory.resolve("resilience.yaml");
        Files.writeString(config, yaml());
        Path log = directory.resolve("log");
        List<String> command = new ArrayList<>();
        command.add(jdk.resolve("bin").resolve("java").toString());
        command.add("-javaagent:" + System.getProperty("agent.jar") + "=" + config);
        if (beside != null) {
            command.add(besideFirst ? 1 : 2, beside);
        }
        command.addAll(List.of(
                "-cp", classPath(), application.getName(), server.uri("").toString()));
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        boolean ended = process.waitFor(3, TimeUnit.MINUTES);
        process.destroyForcibly();
        String output = Files.readString(log, StandardCharsets.UTF_8);
        assertThat(ended).as("ended in time:\n" + output).isTrue();
        return output;
    }

    /** That of this JVM without the agent. */
    static String classPath() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !entry.matches(
                        ".*[/\\\\]agent(-bootstrap)?[/\\\\]target.*|.*byte-buddy.*|.*opentelemetry-(context|common).*"))
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static String yaml() {
        StringBuilder yaml = new StringBuilder("application: tour\nadmin: {enabled: false}\n"
                + "defaults:\n  breaker: {failure_threshold: 3, timeout: 300s}\nservices:\n");
        Set<String> clients = Tour.clients().keySet();
        for (String client : Stream.concat(clients.stream(), clients.stream().map(name -> name + VirtualTour.SECOND))
                .toList()) {
            yaml.append("  ").append(client.replace('.', '-')).append(":\n    endpoints:\n");
            yaml.append("      - name: good\n        http: {path: /guarded/hello/")
                    .append(client)
                    .append("}\n");
            yaml.append("        fallback: [stale_cache]\n");
            yaml.append("      - name: huge\n        http: {path: /guarded/huge/")
                    .append(client)
                    .append("}\n        fallback: [stale_cache]\n");
            yaml.append("      - name: bad\n        http: {path: /guarded/status/503/")
                    .append(client)
                    .append("}\n");
        }
        return yaml.toString();
    }
}
