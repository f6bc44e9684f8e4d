package dev.resilience.testapps.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.resilience.testapps.harness.JvmUnderTest;
import dev.resilience.testapps.harness.SpanCollector;
import dev.resilience.testapps.harness.SpanCollector.Received;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An application with OpenTelemetry's API and SDK of its own: our calls are in its traces, by its own exporter. */
class ApplicationTracesTest {

    private final Map<String, List<String>> sent = new ConcurrentHashMap<>();

    @TempDir
    Path directory;

    @Test
    void calls_are_told_in_the_applications_own_traces_and_never_twice() throws Exception {
        HttpServer dependency = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        dependency.createContext("/", this::answer);
        dependency.start();
        try (SpanCollector collector = new SpanCollector()) {
            int port = dependency.getAddress().getPort();
            Path config = Configs.write(directory, """
                    admin: {enabled: false}
                    services:
                      calcom:
                        breaker: {failure_threshold: 1, open_when: either}
                        endpoints: [{name: availability, http: {host: 127.0.0.1, port: %d}}]
                    """.formatted(port));
            try (JvmUnderTest jvm = JvmUnderTest.command()
                    .in(directory)
                    .agent(Built.agent(), config)
                    .main(
                            classPath(),
                            "com.example.traced.TracedApplication",
                            "http://127.0.0.1:" + port,
                            collector.url())) {
                assertThat(jvm.awaitExit()).as(() -> jvm.err().toString()).isZero();
                assertThat(jvm.out()).containsExactly("200", "200", "200", "200", "503", "done");
                assertThat(jvm.err()).noneMatch(line -> line.contains("unguarded"));
            }

            Received made = only(collector, "untraced", Span.SpanKind.SPAN_KIND_CLIENT);
            Received server = only(collector, "untraced", Span.SpanKind.SPAN_KIND_SERVER);
            assertThat(made.service()).isEqualTo("traced");
            assertThat(made.parentId()).isEqualTo(server.spanId());
            assertThat(made.traceId()).isEqualTo(server.traceId());
            assertThat(made.attribute("resilience.outcome")).isEqualTo("success");
            assertThat(made.attribute("http.response.status_code")).isEqualTo("200");
            assertThat(sent.get("untraced")).containsExactly("00-" + made.traceId() + "-" + made.spanId() + "-01");

            Received enriched = only(collector, "/traced", Span.SpanKind.SPAN_KIND_CLIENT);
            assertThat(enriched.attribute("resilience.service")).isEqualTo("calcom");
            assertThat(enriched.attribute("resilience.endpoint")).isEqualTo("availability");
            assertThat(enriched.attribute("resilience.state")).isEqualTo("CLOSED");
            assertThat(enriched.attribute("resilience.outcome")).isEqualTo("success");
            assertThat(sent.get("traced"))
                    .singleElement()
                    .asString()
                    .startsWith("00-" + enriched.traceId() + "-" + enriched.spanId() + "-");

            assertThat(all(collector, "unsampled")).isEmpty();
            assertThat(sent.get("unsampled"))
                    .singleElement()
                    .asString()
                    .startsWith("00-0af7651916cd43dd8448eb211c80319c-")
                    .endsWith("-00");

            Received alone = only(collector, "alone", Span.SpanKind.SPAN_KIND_CLIENT);
            assertThat(alone.parentId()).isEmpty();
            assertThat(sent.get("alone")).hasSize(1);

            Received opening = only(collector, "503", Span.SpanKind.SPAN_KIND_CLIENT);
            assertThat(opening.attribute("resilience.outcome")).isEqualTo("failure");
            assertThat(opening.span().getEventsList())
                    .extracting(Span.Event::getName)
                    .containsExactly("resilience.state_change");
            assertThat(collector.spans()).filteredOn(Received::isClient).hasSize(4);
            assertThat(collector.spans()).as("with the two that serve").hasSize(6);
        } finally {
            dependency.stop(0);
        }
    }

    private static Received only(SpanCollector collector, String path, Span.SpanKind kind) {
        List<Received> found = all(collector, path).stream()
                .filter(span -> span.span().getKind() == kind)
                .toList();
        assertThat(found).as(path + " among " + collector.spans()).hasSize(1);
        return found.get(0);
    }

    private static List<Received> all(SpanCollector collector, String path) {
        return collector.spans().stream()
                .filter(span -> span.attribute("url.full").endsWith(path)
                        || span.span().getName().endsWith(path))
                .toList();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            String last = path.substring(path.lastIndexOf('/') + 1);
            sent.put(last, exchange.getRequestHeaders().getOrDefault("traceparent", List.of()));
            exchange.sendResponseHeaders(last.equals("503") ? 503 : 200, -1);
        }
    }

    /** The application and its OpenTelemetry, and nothing of these tests. */
    private static String classPath() {
        return Stream.concat(
                        Stream.of(Built.tinyApplications()),
                        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                                .filter(entry -> entry.contains("opentelemetry-") && !entry.contains("-proto-")))
                .collect(Collectors.joining(File.pathSeparator));
    }
}
