package dev.resilience.testapps.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.tools.attach.VirtualMachine;
import dev.resilience.testapps.harness.CalComStandIn;
import dev.resilience.testapps.harness.CalComStandIn.Health;
import dev.resilience.testapps.harness.JvmUnderTest;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An application that runs, and has used its client, before the agent comes. */
class AttachTest {

    @TempDir
    Path directory;

    @Test
    void classes_that_are_loaded_already_are_protected_from_then_on() throws Exception {
        try (CalComStandIn calCom = new CalComStandIn();
                JvmUnderTest jvm = asker(calCom)) {
            jvm.awaitOut("ready: 200 ");
            Path config = Configs.calCom(directory, calCom, "", "timeout: 60s");

            VirtualMachine machine = VirtualMachine.attach(Long.toString(jvm.pid()));
            machine.loadAgent(Built.agent().toString(), config.toString());
            machine.detach();

            opensAfterFiveFailures(jvm, calCom);
        }
    }

    @Test
    void the_command_line_attaches_too() throws Exception {
        try (CalComStandIn calCom = new CalComStandIn();
                JvmUnderTest jvm = asker(calCom)) {
            jvm.awaitOut("ready: 200 ");
            Path config = Configs.calCom(directory, calCom, "", "timeout: 60s");

            try (JvmUnderTest attach = JvmUnderTest.command()
                    .in(directory)
                    .jar(Built.agent(), "attach", Long.toString(jvm.pid()), "--config", "resilience.yaml")) {
                assertThat(attach.awaitExit())
                        .as("%s %s", attach.out(), attach.err())
                        .isZero();
            }

            opensAfterFiveFailures(jvm, calCom);
            assertThat(config).exists();
        }
    }

    @Test
    void an_agent_that_found_no_configuration_at_the_start_can_be_given_one() throws Exception {
        try (CalComStandIn calCom = new CalComStandIn();
                JvmUnderTest jvm = JvmUnderTest.command()
                        .in(directory)
                        .jvm("-javaagent:" + Built.agent())
                        .main(
                                Built.tinyApplications(),
                                "com.example.tiny.Asker",
                                calCom.url().resolve("/v1/availability/today").toString())) {
            jvm.awaitOut("ready: 200 ");
            jvm.awaitErr("no configuration found");
            Path config = Configs.calCom(directory, calCom, "", "timeout: 60s");

            VirtualMachine machine = VirtualMachine.attach(Long.toString(jvm.pid()));
            machine.loadAgent(Built.agent().toString(), config.toString());
            machine.detach();

            opensAfterFiveFailures(jvm, calCom);
            assertThat(Admin.of(jvm).state("calcom")).isEqualTo("OPEN");
            try (var jmx = jvm.jmx()) {
                assertThat(jmx.agent("Mode")).isEqualTo("local");
            }
        }
    }

    private JvmUnderTest asker(CalComStandIn calCom) {
        return JvmUnderTest.command()
                .in(directory)
                .main(
                        Built.tinyApplications(),
                        "com.example.tiny.Asker",
                        calCom.url().resolve("/v1/availability/today").toString());
    }

    private static void opensAfterFiveFailures(JvmUnderTest jvm, CalComStandIn calCom) {
        jvm.awaitErr("protects 1 service");
        calCom.become(Health.ERRORS);
        Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> {
            jvm.type("ask");
            jvm.awaitOut("answer: ");
            return jvm.out().stream()
                    .anyMatch(line -> line.startsWith("answer: dev.resilience.CircuitBreakerOpenException: "));
        });
        assertThat(calCom.arrivals())
                .filteredOn(call -> call.met() == Health.ERRORS)
                .hasSize(5);
    }
}
