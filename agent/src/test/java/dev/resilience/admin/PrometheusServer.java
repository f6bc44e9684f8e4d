package dev.resilience.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A real Prometheus that scrapes an agent every second, with the rules that we ship. */
final class PrometheusServer implements AutoCloseable {

    private final Process process;
    private final String url;
    private final HttpClient client = HttpClient.newHttpClient();

    /**
     * @param folder empty, for all that it writes
     * @param agent host and port of the admin server
     */
    PrometheusServer(Path folder, String agent, Path rules) throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        url = "http://127.0.0.1:" + port;
        Path config = folder.resolve("prometheus.yml");
        Files.writeString(config, """
                global: {scrape_interval: 1s, evaluation_interval: 1s}
                rule_files: ["%s"]
                scrape_configs:
                  - job_name: resilience
                    static_configs: [{targets: ["%s"]}]
                """.formatted(rules.toAbsolutePath(), agent));
        process = new ProcessBuilder(
                        tool("prometheus").toString(),
                        "--config.file=" + config,
                        "--storage.tsdb.path=" + folder.resolve("data"),
                        "--web.listen-address=127.0.0.1:" + port,
                        "--enable-feature=exemplar-storage")
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile())
                .start();
    }

    /** Null when it is not installed. */
    static Path tool(String name) {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .findFirst()
                .orElse(null);
    }

    /** What {@code promtool} says to some input; fails when it does not like it. */
    static String promtool(Path input, String... arguments) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(
                        Stream.concat(Stream.of(tool("promtool").toString()), List.of(arguments).stream())
                                .toList())
                .redirectErrorStream(true);
        if (input != null) {
            builder.redirectInput(input.toFile());
        }
        Process promtool = builder.start();
        String said = new String(promtool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!promtool.waitFor(1, TimeUnit.MINUTES) || promtool.exitValue() != 0) {
            throw new AssertionError("promtool " + String.join(" ", arguments) + ": " + said);
        }
        return said;
    }

    /** The series that an expression has at present. */
    JsonNode query(String expression) throws IOException, InterruptedException {
        return data("/api/v1/query?query=" + encoded(expression)).get("result");
    }

    /** Examples of the last ten minutes, by series. */
    JsonNode exemplars(String selector) throws IOException, InterruptedException {
        long now = System.currentTimeMillis() / 1000;
        return data(
                "/api/v1/query_exemplars?query=" + encoded(selector) + "&start=" + (now - 600) + "&end=" + (now + 600));
    }

    /** Every rule, with what became of its last evaluation. */
    JsonNode rules() throws IOException, InterruptedException {
        return data("/api/v1/rules").get("groups");
    }

    @Override
    public void close() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    private JsonNode data(String path) throws IOException, InterruptedException {
        HttpResponse<String> response = client.send(
                HttpRequest.newBuilder(URI.create(url + path))
                        .timeout(Duration.ofSeconds(20))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() != 200) {
            throw new IOException(path + ": " + response.body());
        }
        return JsonMapper.builder().build().readTree(response.body()).get("data");
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
