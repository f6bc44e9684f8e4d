package dev.resilience.testapps.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.resilience.testapps.harness.CalComStandIn;
import dev.resilience.testapps.harness.CalComStandIn.Health;
import dev.resilience.testapps.harness.Jmx;
import dev.resilience.testapps.harness.JvmUnderTest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** One open circuit and one that is well, looked at from every side. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SurfacesTest {

    private CalComStandIn calCom;
    private Booking booking;
    private Admin admin;
    private Booking.Answered rejected;

    @BeforeAll
    void open_one_circuit(@TempDir Path directory) throws IOException {
        calCom = new CalComStandIn();
        Path config = Configs.write(directory, """
                application: booking
                instance: booking-7
                admin: {port: 0}
                defaults:
                  breaker: {failure_threshold: 5, open_when: either, timeout: 1h}
                services:
                  calcom:
                    endpoints:
                      - name: fetch_availability
                        http: {method: GET, host: 127.0.0.1, port: %d, path: /v1/availability/**}
                  database:
                    probe: {http: "http://127.0.0.1:9/", interval: 1h}
                    endpoints:
                      - name: all
                        jdbc: {url: "jdbc:mysql:*"}
                  appointments: {depends_on: [calcom, database]}
                """.formatted(calCom.port()));
        booking = Booking.start(Booking.command(directory, config), calCom.url());
        admin = booking.admin();
        for (int i = 0; i < 10; i++) {
            assertThat(booking.availability().status()).isEqualTo(200);
        }
        calCom.become(Health.ERRORS);
        for (int i = 0; i < 5; i++) {
            booking.availability();
        }
        Awaitility.await().until(() -> admin.state("calcom"), "OPEN"::equals);
        rejected = booking.availability();
    }

    @AfterAll
    void end() {
        booking.close();
        calCom.close();
    }

    @Test
    void health_status_tells_what_is_open_and_whom_it_hits() throws IOException {
        JsonNode health = admin.json("/api/health/status");

        assertThat(health.path("status").asText()).isEqualTo("degraded");
        assertThat(health.path("open_circuits"))
                .singleElement()
                .satisfies(name -> assertThat(name.asText()).isEqualTo("calcom"));
        assertThat(health.path("half_open_circuits")).isEmpty();
        JsonNode appointments = health.path("services").path("appointments");
        assertThat(appointments.path("healthy").asBoolean()).isFalse();
        assertThat(appointments.path("reasons").get(0).asText()).isEqualTo("Dependency 'calcom' circuit is OPEN");
        assertThat(health.path("services").path("database").path("healthy").asBoolean())
                .isTrue();
    }

    @Test
    void states_give_each_circuits_figures() throws IOException {
        JsonNode states = admin.json("/api/resilience/states");
        JsonNode open = states.path("calcom");

        assertThat(states.fieldNames()).toIterable().containsExactlyInAnyOrder("calcom", "database", "appointments");
        assertThat(open.path("state").asText()).isEqualTo("OPEN");
        assertThat(open.path("failures").asLong()).isEqualTo(5);
        assertThat(open.path("successes").isIntegralNumber()).isTrue();
        assertThat(open.path("half_open_quota").isIntegralNumber()).isTrue();
        assertThat(open.path("last_failure").asLong())
                .isBetween(System.currentTimeMillis() / 1_000 - 600, System.currentTimeMillis() / 1_000 + 1);
        assertThat(open.path("epoch").asLong()).isPositive();
        assertThat(states.path("database").path("state").asText()).isEqualTo("CLOSED");
    }

    @Test
    void prometheus_reads_the_calls_as_they_were_made() throws IOException {
        List<String> lines = admin.get("/metrics").body().lines().toList();

        assertThat(lines)
                .contains(
                        "resilience_calls_total{endpoint=\"fetch_availability\",outcome=\"success\",service=\"calcom\"} 10.0",
                        "resilience_calls_total{endpoint=\"fetch_availability\",outcome=\"failure\",service=\"calcom\"} 5.0",
                        "resilience_calls_total{endpoint=\"fetch_availability\",outcome=\"rejected\",service=\"calcom\"} 1.0")
                .anyMatch(line -> line.matches("resilience_circuit_state\\{.*calcom.*OPEN.*} 1(\\.0)?"))
                .anyMatch(line -> line.startsWith("resilience_circuit_transitions_total{"))
                .anyMatch(line -> line.startsWith("resilience_call_duration_seconds_bucket{"));
    }

    @Test
    void any_jmx_client_reads_the_beans_without_classes_of_the_agent() throws IOException {
        try (Jmx jmx = booking.jvm().jmx()) {
            assertThat(jmx.names("dev.resilience"))
                    .contains(
                            "dev.resilience:type=Agent",
                            "dev.resilience:name=calcom,type=CircuitBreaker",
                            "dev.resilience:name=database,type=CircuitBreaker",
                            "dev.resilience:name=appointments,type=CircuitBreaker",
                            "dev.resilience:name=fetch_availability,service=calcom,type=Endpoint",
                            "dev.resilience:type=RetryQueue",
                            "dev.resilience:name=database,type=Probe");
            assertThat(jmx.agent("Mode")).isEqualTo("local");
            assertThat(jmx.agent("Application")).isEqualTo("booking");
            assertThat(jmx.agent("Instance")).isEqualTo("booking-7");
            assertThat(jmx.agent("AdminUrl").toString() + "/")
                    .startsWith(admin.address().toString());
            assertThat(jmx.agent("SystemHealth")).isEqualTo("degraded");
            assertThat((String[]) jmx.agent("OpenCircuits")).containsExactly("calcom");
            assertThat((String[]) jmx.agent("HalfOpenCircuits")).isEmpty();
            assertThat(jmx.agent("ConfigFile").toString()).endsWith("resilience.yaml");
            assertThat(jmx.circuit("calcom", "State")).isEqualTo("OPEN");
            assertThat(((Number) jmx.circuit("calcom", "Failures")).longValue()).isEqualTo(5);
            assertThat(((Number) jmx.circuit("calcom", "RetryAfterMillis")).longValue())
                    .isBetween(3_000_000L, 3_600_000L);
            assertThat(jmx.circuit("calcom", "Healthy")).isEqualTo(false);
            assertThat((String[]) jmx.circuit("appointments", "HealthReasons"))
                    .containsExactly("Dependency 'calcom' circuit is OPEN");
        }
    }

    @Test
    void the_rejection_reaches_the_application_as_an_exception_it_can_name() {
        // The booking application answers 502 to any IOException of its calendar: at once, now that the circuit is
        // open.
        assertThat(rejected.status()).isEqualTo(502);
        assertThat(calCom.arrivals()).hasSize(15);
    }

    @Test
    void the_command_line_tells_it_in_a_table_and_as_json() throws Exception {
        try (JvmUnderTest status = JvmUnderTest.command()
                .jar(
                        Built.agent(),
                        "status",
                        "--pid",
                        Long.toString(booking.jvm().pid()))) {
            int exit = status.awaitExit();
            assertThat(status.err()).isEmpty();
            assertThat(status.out()).anySatisfy(line -> assertThat(line).contains("calcom", "OPEN"));
            assertThat(exit).isZero();
        }
        try (JvmUnderTest states = JvmUnderTest.command()
                .jar(Built.agent(), "states", "--json", "--url", admin.address().toString())) {
            assertThat(states.awaitExit()).isZero();
            assertThat(String.join("", states.out())).contains("\"calcom\"", "\"OPEN\"");
        }
        try (JvmUnderTest health = JvmUnderTest.command()
                .jar(Built.agent(), "health", "--url", admin.address().toString())) {
            assertThat(health.awaitExit()).as("not healthy").isEqualTo(1);
        }
    }

    @Test
    void few_threads_are_the_agents() throws IOException {
        try (Jmx jmx = booking.jvm().jmx()) {
            List<String> own = jmx.threads().stream()
                    .filter(name -> name.startsWith("resilience"))
                    .toList();
            assertThat(own).isNotEmpty().hasSizeLessThanOrEqualTo(8);
        }
    }
}
