package dev.resilience.testapps.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.testapps.harness.CalComStandIn;
import dev.resilience.testapps.harness.JvmUnderTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The agent's beans are in the platform's MBean server whenever that is there, and it is not made for them. */
class PlatformServerTest {

    @TempDir
    Path directory;

    @Test
    void it_is_not_made_for_the_agents_beans_nor_is_the_log_manager() throws Exception {
        Path log = directory.resolve("loaded.txt");
        try (CalComStandIn calCom = new CalComStandIn();
                JvmUnderTest jvm = start(calCom, "-Xlog:class+load:file=" + log)) {
            jvm.awaitErr("protects 1 service");
            jvm.endInput();
            assertThat(jvm.awaitExit()).isZero();
        }
        assertThat(Files.readAllLines(log))
                .noneMatch(line -> line.contains(" java.lang.management.ManagementFactory ")
                        || line.contains(" java.util.logging.LogManager "));
    }

    /** By the options, the JVM's own server is there before main, or nobody but the application makes it. */
    @ParameterizedTest
    @ValueSource(strings = {"-Dcom.sun.management.jmxremote", "-Dcom.example.nothing"})
    void who_asks_for_it_is_given_it_with_the_beans(String option) throws IOException {
        try (CalComStandIn calCom = new CalComStandIn();
                JvmUnderTest jvm = start(calCom, option)) {
            jvm.awaitErr("protects 1 service");
            jvm.type("now");
            assertThat(jvm.awaitOut("beans: "))
                    .contains(
                            "dev.resilience:type=Agent",
                            "dev.resilience:type=CircuitBreaker,name=calcom",
                            "dev.resilience:type=RetryQueue");
        }
    }

    @Test
    void an_agent_that_made_it_first_does_not_keep_the_beans_out() throws IOException {
        try (CalComStandIn calCom = new CalComStandIn();
                JvmUnderTest jvm = start(
                        calCom,
                        "-javaagent:" + Built.otherAgent("jacoco-agent.jar") + "=jmx=true,destfile="
                                + directory.resolve("jacoco.exec"))) {
            jvm.awaitErr("protects 1 service");
            jvm.type("now");
            assertThat(jvm.awaitOut("beans: ")).contains("dev.resilience:type=Agent");
        }
    }

    private JvmUnderTest start(CalComStandIn calCom, String option) throws IOException {
        return JvmUnderTest.command()
                .in(directory)
                .jvm(option)
                .agent(Built.agent(), Configs.calCom(directory, calCom, "", "timeout: 60s"))
                .main(Built.tinyApplications(), "com.example.tiny.Beans", "dev.resilience:*");
    }
}
