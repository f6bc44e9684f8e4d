package dev.resilience.testapps.endtoend;

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.tools.attach.VirtualMachine;
import dev.resilience.testapps.harness.CalComStandIn;
import dev.resilience.testapps.harness.CalComStandIn.Health;
import dev.resilience.testapps.harness.JvmUnderTest;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

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

    static Stream<Path> jdks() {
        return Jdks.all().stream();
    }

    @ParameterizedTest
    @MethodSource("jdks")
    void http_and_jdbc_that_were_used_before_are_protected_by_one_command_and_not_by_two(Path jdk) throws Exception {
        try (CalComStandIn calCom = new CalComStandIn();
                JvmUnderTest jvm = caller(JvmUnderTest.command(jdk), calCom)) {
            jvm.awaitOut("ready: http 200 sql 42");
            forcedOpen(calCom);

            Ended attach = command("attach", pid(jvm), "--config", "resilience.yaml");
            assertThat(attach.status()).as(attach::toString).isZero();
            assertThat(attach.out()).singleElement().asString().contains("2 services", "local");

            jvm.type("ask");
            jvm.awaitOut("answer: http CircuitBreakerOpenException sql SQLTransientConnectionException 08000");
            Ended again = command("attach", pid(jvm), "--config", "resilience.yaml");
            assertThat(again.status()).isEqualTo(2);
            assertThat(again.err()).containsExactly("process " + jvm.pid() + " runs the agent already");
            assertThat(jvm.err()).filteredOn(line -> line.contains("protects")).hasSize(1);
        }
    }

    @Test
    void the_command_line_gives_a_configuration_to_an_agent_that_found_none() throws Exception {
        Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
        try (CalComStandIn calCom = new CalComStandIn();
                JvmUnderTest jvm = caller(
                        JvmUnderTest.command()
                                .jvm("-javaagent:" + Built.agent())
                                .in(elsewhere),
                        calCom)) {
            jvm.awaitErr("no configuration found");
            jvm.awaitOut("ready: http 200 sql 42");
            forcedOpen(calCom);

            Ended attach = command("attach", pid(jvm), "--config", "resilience.yaml");

            assertThat(attach.status()).as(attach::toString).isZero();
            jvm.type("ask");
            jvm.awaitOut("answer: http CircuitBreakerOpenException sql SQLTransientConnectionException 08000");
        }
    }

    @Test
    void what_cannot_be_attached_to_is_told_in_one_line() throws Exception {
        Files.writeString(directory.resolve("resilience.yaml"), "services: {a: {}}");
        Ended nobody = command("attach", "4194303", "--config", "resilience.yaml");
        assertThat(nobody.status()).isEqualTo(2);
        assertThat(nobody.err()).singleElement().asString().contains("4194303");
        Ended noFile = command("attach", "4194303", "--config", "none.yaml");
        assertThat(noFile.status()).isEqualTo(2);
        assertThat(noFile.err()).singleElement().asString().contains("none.yaml");

        Ended small = command(JvmUnderTest.command().jvm("--limit-modules=java.se"), "attach", "1");
        assertThat(small.status()).isEqualTo(2);
        assertThat(small.err()).singleElement().asString().contains("no attach API", "--url");

        try (CalComStandIn calCom = new CalComStandIn();
                JvmUnderTest closed = caller(JvmUnderTest.command().jvm("-XX:+DisableAttachMechanism"), calCom)) {
            closed.awaitOut("ready: ");
            Ended refused = command("attach", pid(closed), "--config", "resilience.yaml");
            assertThat(refused.status()).isEqualTo(2);
            assertThat(refused.err()).singleElement().asString().contains(pid(closed));
            closed.type("ask");
            closed.awaitOut("answer: http 200 sql 42");
        }
    }

    @Test
    void another_users_jvm_is_left_alone() throws Exception {
        Path setpriv = Path.of("/usr/bin/setpriv");
        Assumptions.assumeTrue(
                "root".equals(System.getProperty("user.name")) && Files.isExecutable(setpriv),
                "needs root to be another");
        try (CalComStandIn calCom = new CalComStandIn();
                JvmUnderTest jvm = caller(JvmUnderTest.command(), calCom)) {
            jvm.awaitOut("ready: ");
            // A copy that another user may read, wherever this was checked out to.
            Path jar = Files.copy(Built.agent(), Files.createTempFile("resilience", ".jar"), REPLACE_EXISTING);
            try {
                jar.toFile().setReadable(true, false);
                Process attach = new ProcessBuilder(
                                setpriv.toString(),
                                "--reuid=65534",
                                "--regid=65534",
                                "--clear-groups",
                                Path.of(System.getProperty("java.home"), "bin", "java")
                                        .toString(),
                                "-jar",
                                jar.toString(),
                                "attach",
                                pid(jvm))
                        .directory(jar.getParent().toFile())
                        .redirectErrorStream(true)
                        .start();
                String said = new String(attach.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                assertThat(attach.waitFor()).as(said).isEqualTo(2);
                assertThat(said.lines()).singleElement().asString().contains(pid(jvm));
            } finally {
                Files.delete(jar);
            }
            jvm.type("ask");
            jvm.awaitOut("answer: http 200 sql 42");
            assertThat(jvm.alive()).isTrue();
        }
    }

    private void forcedOpen(CalComStandIn calCom) {
        Configs.write(directory, """
                admin: {enabled: false}
                defaults: {mode: forced_open}
                services:
                  calcom: {endpoints: [{name: today, http: {host: 127.0.0.1, port: %d}}]}
                  database: {endpoints: [{name: all, jdbc: {url: "jdbc:h2:*"}}]}
                """.formatted(calCom.port()));
    }

    private JvmUnderTest caller(JvmUnderTest.Command command, CalComStandIn calCom) {
        return command.main(
                Built.tinyApplications() + File.pathSeparator + Built.library("h2.jar"),
                "com.example.tiny.Caller",
                calCom.url().resolve("/v1/availability/today").toString());
    }

    private static String pid(JvmUnderTest jvm) {
        return Long.toString(jvm.pid());
    }

    private Ended command(String... arguments) throws InterruptedException {
        return command(JvmUnderTest.command(), arguments);
    }

    private Ended command(JvmUnderTest.Command command, String... arguments) throws InterruptedException {
        try (JvmUnderTest jvm = command.in(directory).jar(Built.agent(), arguments)) {
            return new Ended(jvm.awaitExit(), jvm.out(), jvm.err());
        }
    }

    private record Ended(int status, List<String> out, List<String> err) {}

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
