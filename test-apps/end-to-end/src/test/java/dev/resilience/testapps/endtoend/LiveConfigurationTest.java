package dev.resilience.testapps.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.testapps.harness.CalComStandIn;
import dev.resilience.testapps.harness.CalComStandIn.Health;
import dev.resilience.testapps.harness.Jmx;
import dev.resilience.testapps.harness.JvmUnderTest;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A configuration that Kubernetes mounts from a ConfigMap: the file is a link through {@code ..data}, and a change swaps that
 * link for another folder's. The running application is told of by nobody.
 */
class LiveConfigurationTest {

    private static final String REJECTED_SQL = "sql SQLTransientConnectionException 08000";

    @TempDir
    Path mount;

    private int version;

    @Test
    void a_swapped_file_is_in_force_without_losing_state_and_a_broken_one_is_told_everywhere() throws Exception {
        try (CalComStandIn calCom = new CalComStandIn()) {
            String calcom = """
                    application: caller
                    admin: {port: 0}
                    services:
                      calcom:
                        breaker: {failure_threshold: 5, open_when: either, timeout: %s}
                        endpoints: [{name: today, http: {host: 127.0.0.1, port: %d}}]
                    """;
            String database = """
                      database:
                        mode: forced_open
                        endpoints: [{name: all, jdbc: {url: "jdbc:h2:*"}}]
                    """;
            Path file = mounted(calcom.formatted("300s", calCom.port()));
            try (JvmUnderTest jvm = JvmUnderTest.command()
                    .in(mount)
                    .agent(Built.agent(), file)
                    .main(
                            Built.tinyApplications() + File.pathSeparator + Built.library("h2.jar"),
                            "com.example.tiny.Caller",
                            calCom.url().resolve("/v1/availability/today").toString())) {
                jvm.awaitOut("ready: http 200 sql 42");
                Admin admin = Admin.of(jvm);
                calCom.become(Health.ERRORS);
                until(jvm, "http CircuitBreakerOpenException sql 42");
                long epoch =
                        admin.json("/api/resilience/states").at("/calcom/epoch").asLong();

                // A database had no rule, so nothing of JDBC was woven; what is open stays open.
                mounted(calcom.formatted("200s", calCom.port()) + database);
                until(jvm, "http CircuitBreakerOpenException " + REJECTED_SQL);
                assertThat(admin.state("calcom")).isEqualTo("OPEN");
                assertThat(admin.json("/api/resilience/states")
                                .at("/calcom/epoch")
                                .asLong())
                        .isEqualTo(epoch);

                // Broken: nothing changes, and everybody says so.
                mounted(calcom.formatted("soon", calCom.port()));
                jvm.awaitErr("the changed configuration has errors");
                until(jvm, "http CircuitBreakerOpenException " + REJECTED_SQL);
                assertThat(admin.json("/api/health/status").path("config_error").asText())
                        .contains("resilience.yaml:5:", "`soon`");
                assertThat(admin.json("/api/resilience/instances")
                                .at("/instances/0/config_error")
                                .asText())
                        .contains("`soon`");
                assertThat(admin.json("/api/resilience/events")
                                .at("/events/0/kind")
                                .asText())
                        .isEqualTo("reload_refused");
                try (Jmx jmx = jvm.jmx()) {
                    assertThat(String.valueOf(jmx.agent("ConfigError"))).contains("`soon`");
                    assertThat(jmx.names("dev.resilience"))
                            .contains("dev.resilience:name=database,type=CircuitBreaker");
                }
                assertThat(command(admin, "status")).anyMatch(line -> line.contains("not in force"));
                assertThat(command(admin, "doctor")).anyMatch(line -> line.contains("wrong file"));

                // What is named no longer is left alone from then on, though it was open.
                mounted("application: caller\nadmin: {port: 0}\nservices:\n" + database);
                until(jvm, "http 503 " + REJECTED_SQL);
                assertThat(admin.json("/api/health/status").path("config_error").isNull())
                        .isTrue();
                assertThat(admin.json("/api/resilience/states").has("calcom")).isFalse();
                try (Jmx jmx = jvm.jmx()) {
                    assertThat(jmx.agent("ConfigError")).isNull();
                    assertThat(jmx.names("dev.resilience"))
                            .doesNotContain("dev.resilience:name=calcom,type=CircuitBreaker");
                    assertThat(((Number) jmx.agent("GateFailures")).longValue()).isZero();
                }
            }
        }
    }

    /** As a kubelet writes it: a folder of its own for each version, and one link that is moved over in one step. */
    private Path mounted(String yaml) throws IOException {
        Path folder = Files.createDirectory(mount.resolve("..2026_" + ++version));
        Files.writeString(folder.resolve("resilience.yaml"), yaml);
        Path next = mount.resolve("..data_tmp");
        Files.createSymbolicLink(next, folder.getFileName());
        Files.move(next, mount.resolve("..data"), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        Path file = mount.resolve("resilience.yaml");
        if (version == 1) {
            Files.createSymbolicLink(file, Path.of("..data", "resilience.yaml"));
        }
        return file;
    }

    private static void until(JvmUnderTest jvm, String answer) {
        Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> {
            int before = jvm.out().size();
            jvm.type("ask");
            Awaitility.await().until(() -> jvm.out().size() > before);
            return jvm.out().get(jvm.out().size() - 1).equals("answer: " + answer);
        });
    }

    private static List<String> command(Admin admin, String name) throws InterruptedException {
        try (JvmUnderTest command = JvmUnderTest.command()
                .jar(Built.agent(), name, "--url", admin.address().toString())) {
            command.awaitExit();
            return command.out();
        }
    }
}
