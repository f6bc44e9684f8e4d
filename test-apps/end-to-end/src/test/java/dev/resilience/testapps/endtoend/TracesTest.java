package dev.resilience.testapps.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.testapps.harness.CalComStandIn;
import dev.resilience.testapps.harness.CalComStandIn.Health;
import dev.resilience.testapps.harness.SpanCollector;
import dev.resilience.testapps.harness.SpanCollector.Received;
import java.nio.file.Files;
import java.nio.file.Path;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Spans as a collector on loopback receives them, decoded by OpenTelemetry's own classes. */
class TracesTest {

    @ParameterizedTest
    @ValueSource(strings = {"http/protobuf", "grpc"})
    void each_protected_call_arrives_as_a_client_span(String protocol, @TempDir Path directory) throws Exception {
        try (SpanCollector collector = new SpanCollector();
                CalComStandIn calCom = new CalComStandIn()) {
            Path config = Configs.calCom(directory, calCom, "", "timeout: 60s");
            Files.writeString(
                    config,
                    Files.readString(config)
                            + """
                    telemetry: {traces: {otlp: "%s", protocol: %s}}
                    """.formatted(protocol.equals("grpc") ? collector.grpcUrl() : collector.url(), protocol));
            try (Booking booking = Booking.start(Booking.command(directory, config), calCom.url())) {
                booking.admin();
                booking.availability();
                calCom.become(Health.ERRORS);
                for (int i = 0; i < 6; i++) {
                    booking.availability();
                }

                Awaitility.await()
                        .untilAsserted(() -> assertThat(collector.spans())
                                .as(() -> booking.jvm().err().toString())
                                .extracting(span -> span.attribute("resilience.outcome"))
                                .contains("success", "failure", "rejected"));
            }

            Received success = only(collector, "success");
            assertThat(success.service()).isEqualTo("booking");
            assertThat(success.isClient()).isTrue();
            assertThat(success.attribute("resilience.service")).isEqualTo("calcom");
            assertThat(success.attribute("resilience.endpoint")).isEqualTo("fetch_availability");
            assertThat(success.attribute("resilience.state")).isEqualTo("CLOSED");
            assertThat(success.attribute("http.request.method")).isEqualTo("GET");
            assertThat(success.attribute("http.response.status_code")).isEqualTo("200");
            assertThat(success.attribute("server.address")).isEqualTo("127.0.0.1");
            assertThat(success.attribute("server.port")).isEqualTo(Integer.toString(calCom.port()));
            assertThat(only(collector, "rejected").attribute("resilience.state"))
                    .isEqualTo("OPEN");
        }
    }

    private static Received only(SpanCollector collector, String outcome) {
        return collector.spans().stream()
                .filter(span -> outcome.equals(span.attribute("resilience.outcome")))
                .findFirst()
                .orElseThrow();
    }
}
