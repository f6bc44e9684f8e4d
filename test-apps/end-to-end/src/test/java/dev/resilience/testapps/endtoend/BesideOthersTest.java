package dev.resilience.testapps.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.resilience.testapps.harness.CalComStandIn;
import dev.resilience.testapps.harness.CalComStandIn.Health;
import dev.resilience.testapps.harness.JvmUnderTest;
import java.io.File;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Other agents and tools on the same command line, before us and after us. */
class BesideOthersTest {

    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource({
        "opentelemetry-javaagent.jar, false",
        "opentelemetry-javaagent.jar, true",
        "jacoco-agent.jar, false",
        "jacoco-agent.jar, true",
    })
    void beside_another_agent_the_circuit_works_and_the_application_too(String other, boolean first) throws Exception {
        try (CalComStandIn calCom = new CalComStandIn()) {
            Path config = Configs.calCom(directory, calCom, "", "timeout: 60s");
            JvmUnderTest.Command command = JvmUnderTest.command()
                    .in(directory)
                    .environment("OTEL_TRACES_EXPORTER", "none")
                    .environment("OTEL_METRICS_EXPORTER", "none")
                    .environment("OTEL_LOGS_EXPORTER", "none");
            String options = other.startsWith("jacoco") ? "=destfile=" + directory.resolve("jacoco.exec") : "";
            String another = "-javaagent:" + Built.otherAgent(other) + options;
            if (first) {
                command.jvm(another).agent(Built.agent(), config);
            } else {
                command.agent(Built.agent(), config).jvm(another);
            }
            protects(Booking.start(command, calCom.url()), calCom);
        }
    }

    @Test
    void while_flight_recorder_runs() throws Exception {
        try (CalComStandIn calCom = new CalComStandIn()) {
            Path config = Configs.calCom(directory, calCom, "", "timeout: 60s");
            protects(
                    Booking.start(
                            Booking.command(directory, config)
                                    .jvm("-XX:StartFlightRecording=filename=" + directory.resolve("r.jfr")),
                            calCom.url()),
                    calCom);
        }
    }

    @Test
    void in_a_spring_boot_jar() throws Exception {
        try (CalComStandIn calCom = new CalComStandIn()) {
            Path config = Configs.write(directory, """
                    admin: {port: 0}
                    services:
                      database:
                        endpoints: [{name: all, jdbc: {url: "jdbc:h2:*"}, fallback: [stale_cache]}]
                    """);
            try (JvmUnderTest jvm = JvmUnderTest.command()
                    .in(directory)
                    .environment("PORT", "0")
                    .agent(Built.agent(), config)
                    .jar(Built.shop())) {
                jvm.awaitOut("Started ShopApplication");
                Admin admin = Admin.of(jvm);
                await().untilAsserted(() -> assertThat(admin.get("/metrics").body())
                        .containsPattern("resilience_calls_total\\{.*outcome=\"success\".*} [1-9]"));
                assertThat(jvm.err()).noneMatch(line -> line.contains(" ERROR "));
            }
        }
    }

    @Test
    void in_a_jar_of_spring_boot_3() throws Exception {
        Path jar = directory.resolve("console.jar");
        WebArchive.packExecutable(jar);
        try (CalComStandIn calCom = new CalComStandIn()) {
            Path config = Configs.calCom(directory, calCom, "", "timeout: 60s");
            try (JvmUnderTest jvm = Booking.command(directory, config)
                    .jar(jar, calCom.url().resolve("/v1/availability/today").toString())) {
                jvm.awaitOut("ready");
                jvm.awaitErr("protects 1 service");
                calCom.become(Health.ERRORS);
                for (int i = 0; i < 3; i++) {
                    jvm.type("ask");
                }
                jvm.awaitOut("jdk: dev.resilience.CircuitBreakerOpenException");
                // Five calls; the client's own retry of a 503 belongs to its call.
                assertThat(calCom.arrivals()).hasSize(2 * 3 + 2);
                assertThat(jvm.err()).noneMatch(OwnLines::warns);
            }
        }
    }

    /** Its inline mocks live in the same classes as our gates, and answer null where a client never would. */
    @Test
    void beside_inline_mocks() throws Exception {
        try (CalComStandIn calCom = new CalComStandIn()) {
            String address = calCom.url().resolve("/v1/availability/today").toString();
            List<String> without = mocked(JvmUnderTest.command(), address);
            Path config = Configs.write(directory, """
                    admin: {port: 0}
                    services:
                      calcom: {endpoints: [{name: all, http: {host: 127.0.0.1}, fallback: [stale_cache, queue]}]}
                      database: {endpoints: [{name: all, jdbc: {url: "jdbc:*"}, fallback: [stale_cache, queue]}]}
                    """);

            List<String> with = mocked(JvmUnderTest.command().agent(Built.agent(), config), address);

            assertThat(without).endsWith("done").hasSize(13);
            assertThat(with).isEqualTo(without);
        }
    }

    private List<String> mocked(JvmUnderTest.Command command, String address) throws InterruptedException {
        String classPath = System.getProperty("java.class.path") + File.pathSeparator + Built.library("h2.jar");
        try (JvmUnderTest jvm =
                command.in(directory).main(classPath, "com.example.mocked.MockedApplication", address)) {
            assertThat(jvm.awaitExit()).as("%s %s", jvm.out(), jvm.err()).isZero();
            assertThat(jvm.err())
                    .noneMatch(line -> line.contains("passed unguarded") || line.contains("could not weave"));
            return jvm.out();
        }
    }

    @Test
    void while_a_debugger_may_come() throws Exception {
        try (CalComStandIn calCom = new CalComStandIn()) {
            Path config = Configs.calCom(directory, calCom, "", "timeout: 60s");
            protects(
                    Booking.start(
                            Booking.command(directory, config)
                                    .jvm("-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=127.0.0.1:0"),
                            calCom.url()),
                    calCom);
        }
    }

    private static void protects(Booking started, CalComStandIn calCom) throws Exception {
        try (Booking booking = started) {
            Admin admin = booking.admin();
            assertThat(booking.availability().status()).isEqualTo(200);
            calCom.become(Health.ERRORS);
            for (int i = 0; i < 5; i++) {
                booking.availability();
            }
            await().atMost(Duration.ofSeconds(30)).until(() -> admin.state("calcom"), "OPEN"::equals);
            int reached = calCom.arrivals().size();
            assertThat(booking.availability().status()).isEqualTo(502);
            assertThat(calCom.arrivals()).hasSize(reached);
            assertThat(booking.jvm().err())
                    .noneMatch(line -> line.contains("could not weave") || line.contains("unguarded"));
        }
    }
}
