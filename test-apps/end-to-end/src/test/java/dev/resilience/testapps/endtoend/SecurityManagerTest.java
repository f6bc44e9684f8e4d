package dev.resilience.testapps.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.testapps.harness.CalComStandIn;
import dev.resilience.testapps.harness.CalComStandIn.Health;
import dev.resilience.testapps.harness.FreePort;
import dev.resilience.testapps.harness.JvmUnderTest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;

/** A JVM whose policy gives the agent's jar every right, and the application no more than it needs itself. */
@DisabledForJreRange(min = JRE.JAVA_24, disabledReason = "has no security manager any more")
class SecurityManagerTest {

    private static final String ANSWERED = ", fallback: [{respond: {status: 203}}]";

    @TempDir
    Path directory;

    private Path policy;

    @BeforeEach
    void confine() throws Exception {
        policy = Files.writeString(directory.resolve("java.policy"), """
                grant codeBase "%s" {
                  permission java.security.AllPermission;
                };
                grant codeBase "%s-" {
                  permission java.net.SocketPermission "127.0.0.1:*", "connect,resolve";
                  permission java.net.URLPermission "http://127.0.0.1:*/-", "*:*";
                };
                """.formatted(
                        Built.agent().toUri(), Path.of(Built.tinyApplications()).toUri()));
    }

    @Test
    void the_circuit_opens_on_failures_heard_by_workers_that_have_no_right_at_all() throws Exception {
        List<String> ends = calls(FreePort.next(), "");
        assertThat(ends.subList(0, 3)).containsOnly("ConnectException");
        assertThat(ends.subList(3, 6)).containsOnly("CircuitBreakerOpenException");
    }

    @Test
    void callers_get_their_fallbacks() throws Exception {
        assertThat(calls(FreePort.next(), ANSWERED)).containsOnly("203").hasSize(6);
        try (CalComStandIn calCom = new CalComStandIn()) {
            calCom.become(Health.ERRORS);
            assertThat(calls(calCom.port(), ANSWERED)).containsOnly("203").hasSize(6);
        }
    }

    @Test
    void what_goes_well_goes_its_way() throws Exception {
        try (CalComStandIn calCom = new CalComStandIn()) {
            assertThat(calls(calCom.port(), ANSWERED)).containsOnly("200").hasSize(6);
        }
    }

    private List<String> calls(int port, String fallback) throws Exception {
        Path config = Configs.write(directory, """
                admin: {enabled: false}
                services:
                  calcom:
                    breaker: {failure_threshold: 3}
                    endpoints: [{name: all, http: {host: 127.0.0.1, port: %d}%s}]
                """.formatted(port, fallback));
        try (JvmUnderTest jvm = JvmUnderTest.command()
                .in(directory)
                .jvm("-Djava.security.manager", "-Djava.security.policy==" + policy)
                .agent(Built.agent(), config)
                .main(
                        Built.tinyApplications(),
                        "com.example.tiny.Confined",
                        "http://127.0.0.1:" + port + "/v1/availability/today")) {
            assertThat(jvm.awaitExit()).as("%s %s", jvm.out(), jvm.err()).isZero();
            assertThat(jvm.err()).noneMatch(OwnLines::warns);
            return jvm.out();
        }
    }
}
