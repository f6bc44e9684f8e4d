package dev.resilience.testapps.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.resilience.testapps.harness.CalComStandIn;
import dev.resilience.testapps.harness.CalComStandIn.Health;
import dev.resilience.testapps.harness.Jmx;
import dev.resilience.testapps.harness.JvmUnderTest;
import dev.resilience.testapps.harness.RedisProcess;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Parts of the agent that throw, each in a JVM of its own and broken by another agent: at the start, in weaving, in a gate,
 * in a thread. The application goes on as if there were no agent, and standard error names the cause once.
 */
class SabotageTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    static Path shared;

    private static RedisProcess redis;
    private static Path saboteur;

    @TempDir
    Path directory;

    @BeforeAll
    static void prepare() throws IOException {
        redis = new RedisProcess(Files.createDirectories(shared.resolve("redis")));
        saboteur = pack(shared.resolve("saboteur.jar"));
    }

    @AfterAll
    static void stop() {
        redis.close();
    }

    /** Nothing is protected, and the application starts as if there were no agent. */
    @ParameterizedTest
    @CsvSource({
        "dev.resilience.agent.Agent#start, OutOfMemoryError",
        "dev.resilience.config.ConfigReader#read, Error",
        "dev.resilience.agent.BootClasses#define, StackOverflowError",
        "dev.resilience.agent.Protection#<init>, LinkageError",
        "dev.resilience.store.Stores#of, Exception",
        "dev.resilience.agent.Protection#begin, StackOverflowError",
        "dev.resilience.instrument.Weaver#weave, Exception",
        "threads, none",
    })
    void at_the_start(String what, String fault) throws Exception {
        try (CalComStandIn calCom = new CalComStandIn();
                JvmUnderTest jvm = start(calCom, what, fault)) {
            goesOn(jvm);
            calCom.become(Health.ERRORS);
            for (int i = 0; i < 7; i++) {
                assertThat(ask(jvm)).startsWith("answer: 503");
            }
            ends(jvm);
            assertThat(jvm.err())
                    .singleElement()
                    .asString()
                    .contains("could not start, the application runs unprotected", "sabotage");
        }
    }

    @Test
    void the_doctor_tells_why_an_agent_did_not_start() throws Exception {
        try (CalComStandIn calCom = new CalComStandIn();
                JvmUnderTest jvm = start(calCom, "dev.resilience.agent.Protection#begin", "OutOfMemoryError")) {
            goesOn(jvm);
            try (Jmx jmx = jvm.jmx()) {
                await().until(() -> jmx.names("dev.resilience"), beans -> !beans.isEmpty());
                assertThat(jmx.agent("Mode")).isEqualTo("inert");
            }
            assertThat(doctor(jvm))
                    .anyMatch(line -> line.contains(
                            "nothing is protected: it could not start: " + "java.lang.OutOfMemoryError: sabotage"));
        }
    }

    @Test
    void a_program_that_is_done_does_not_wait_for_a_start_that_hangs() throws Exception {
        try (CalComStandIn calCom = new CalComStandIn();
                JvmUnderTest jvm = start(calCom, "dev.resilience.breaker.CircuitRegistry#start", "hang")) {
            goesOn(jvm);
            jvm.awaitErr("sabotage hangs");
            ends(jvm);
        }
    }

    /** The rest works: the circuit opens, and the admin server shows it unless it is what fails. */
    @ParameterizedTest
    @CsvSource({
        "dev.resilience.agent.Surroundings#<init>, LinkageError",
        "dev.resilience.breaker.CircuitRegistry#start, Exception",
        "dev.resilience.agent.Observatory#start, OutOfMemoryError",
        "dev.resilience.admin.AdminServer#start, Exception",
        "dev.resilience.health.Probes#apply, StackOverflowError",
        "dev.resilience.health.roster.Roster#start, LinkageError",
        "dev.resilience.agent.ConfigWatch#start, Exception",
        "dev.resilience.telemetry.OtlpTracer#start, OutOfMemoryError",
        "dev.resilience.guard.Resender#apply, LinkageError",
    })
    void in_one_part_of_the_agent(String what, String fault) throws Exception {
        try (CalComStandIn calCom = new CalComStandIn();
                JvmUnderTest jvm = start(calCom, what, fault)) {
            goesOn(jvm);
            calCom.become(Health.ERRORS);
            await().atMost(PATIENCE).until(() -> ask(jvm), answer -> answer.contains("CircuitBreakerOpenException"));
            assertThat(calCom.arrivals())
                    .filteredOn(
                            call -> call.met() == Health.ERRORS && !call.path().contains("traces"))
                    .hasSizeLessThanOrEqualTo(5);
            jvm.awaitErr("could not start, the agent goes on without");
            if (!what.contains("Surroundings") && !what.contains("AdminServer")) {
                assertThat(Admin.of(jvm).state("calcom")).isEqualTo("OPEN");
            }
            ends(jvm);
            // A part that is asked again says it from there too.
            assertThat(jvm.err())
                    .filteredOn(line -> line.contains("sabotage"))
                    .hasSizeBetween(1, 2)
                    .doesNotHaveDuplicates();
            assertThat(jvm.err()).allMatch(line -> line.startsWith("[resilience] "));
        }
    }

    /** Whoever asks for the platform's MBean server has it all the same. */
    @Test
    void in_the_agents_beans() throws Exception {
        try (CalComStandIn calCom = new CalComStandIn();
                JvmUnderTest jvm = start(calCom, "dev.resilience.admin.JmxBeans#register", "Error")) {
            goesOn(jvm);
            try (Jmx jmx = jvm.jmx()) {
                assertThat(jmx.names("dev.resilience")).isEmpty();
                assertThat(jmx.names("java.lang")).isNotEmpty();
            }
            jvm.awaitErr("JMX could not start, the agent goes on without");
            calCom.become(Health.ERRORS);
            await().atMost(PATIENCE).until(() -> ask(jvm), answer -> answer.contains("CircuitBreakerOpenException"));
            ends(jvm);
            assertThat(jvm.err()).filteredOn(line -> line.contains("sabotage")).hasSize(1);
        }
    }

    /** Each call passes as if it were not woven; the cause is said once, and counted. */
    @ParameterizedTest
    @CsvSource({
        "dev.resilience.instrument.Gates#enter, StackOverflowError",
        "dev.resilience.instrument.Gates#make, LinkageError",
        "dev.resilience.guard.CallGuard#matchHttp, OutOfMemoryError",
        "dev.resilience.guard.CallGuard#begin, Exception",
        "dev.resilience.breaker.ServiceCircuit#tryAcquire, Error",
        "dev.resilience.breaker.ServiceCircuit#settle, OutOfMemoryError",
    })
    void in_a_gate(String what, String fault) throws Exception {
        try (CalComStandIn calCom = new CalComStandIn();
                JvmUnderTest jvm = start(calCom, what, fault)) {
            goesOn(jvm);
            calCom.become(Health.ERRORS);
            for (int i = 0; i < 7; i++) {
                assertThat(ask(jvm)).startsWith("answer: 503");
            }
            jvm.awaitErr("a call passed unguarded, because the agent failed");
            Admin admin = Admin.of(jvm);
            assertThat(admin.json("/api/resilience/doctor")
                            .path("gate_failures")
                            .asInt())
                    .isPositive();
            assertThat(doctor(jvm))
                    .anyMatch(line -> line.startsWith("wrong gate") && line.contains(" calls passed unguarded"))
                    .anyMatch(line -> line.startsWith("-     said") && line.contains("sabotage"));
            ends(jvm);
            assertThat(jvm.err()).filteredOn(line -> line.contains("sabotage")).hasSize(1);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "dev.resilience.instrument.Loom#weave, OutOfMemoryError",
        "dev.resilience.instrument.MethodScan#declaresAny, Exception",
    })
    void in_weaving(String what, String fault) throws Exception {
        try (CalComStandIn calCom = new CalComStandIn();
                JvmUnderTest jvm = start(calCom, what, fault)) {
            goesOn(jvm);
            Admin.of(jvm);
            ends(jvm);
            assertThat(jvm.err()).filteredOn(line -> line.contains("sabotage")).hasSizeLessThan(20);
            assertThat(jvm.err()).anyMatch(line -> line.contains("could not weave") && line.contains("sabotage"));
        }
    }

    /** Whoever counts the failures fails: there is nobody left to tell, and calls pass. */
    @Test
    void in_what_notes_the_failures() throws Exception {
        try (CalComStandIn calCom = new CalComStandIn();
                JvmUnderTest jvm = start(calCom, "dev.resilience.instrument.Gates#failed", "Error")) {
            goesOn(jvm);
            ends(jvm);
        }
    }

    private JvmUnderTest start(CalComStandIn calCom, String what, String fault) throws IOException {
        Path config = Configs.calCom(directory, calCom, redis.url().toString(), "timeout: 60s");
        Files.writeString(
                config,
                // A circuit that no other of these tests has opened.
                Files.readString(config).replace("redis: {", "redis: {key_prefix: \"" + UUID.randomUUID() + "\", ")
                        + "  database: {endpoints: [{name: all, jdbc: {url: \"jdbc:*\"}, fallback: [stale_cache]}]}\n"
                        + "telemetry: {traces: {otlp: \"" + calCom.url() + "\"}}\n");
        return JvmUnderTest.command()
                .in(directory)
                .jvm("-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
                .jvm("-Dsabotage=" + fault, "-javaagent:" + saboteur + "=" + what)
                .agent(Built.agent(), config)
                .main(
                        Built.tinyApplications(),
                        "com.example.tiny.Asker",
                        calCom.url().resolve("/v1/availability/today").toString());
    }

    private static void goesOn(JvmUnderTest jvm) throws IOException {
        jvm.awaitOut("ready: 200 ");
        assertThat(ask(jvm)).startsWith("answer: 200 ");
    }

    private static String ask(JvmUnderTest jvm) throws IOException {
        int before = jvm.out().size();
        jvm.type("again");
        await().atMost(PATIENCE).until(() -> jvm.out().size() > before);
        return jvm.out().get(before);
    }

    private static void ends(JvmUnderTest jvm) throws Exception {
        jvm.endInput();
        assertThat(jvm.awaitExit()).isZero();
    }

    private List<String> doctor(JvmUnderTest jvm) throws InterruptedException {
        try (JvmUnderTest tool = JvmUnderTest.command()
                .in(directory)
                .jvm("-XX:TieredStopAtLevel=1")
                .jar(Built.agent(), "doctor", "--pid", Long.toString(jvm.pid()))) {
            tool.awaitExit();
            return tool.out();
        }
    }

    private static Path pack(Path jar) throws IOException {
        Manifest manifest = new Manifest();
        Attributes attributes = manifest.getMainAttributes();
        attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        attributes.putValue("Premain-Class", "com.example.sabotage.Saboteur");
        attributes.putValue("Can-Retransform-Classes", "true");
        attributes.put(
                Attributes.Name.CLASS_PATH,
                Built.library("byte-buddy.jar").toUri().toString());
        try (OutputStream out = Files.newOutputStream(jar);
                JarOutputStream archive = new JarOutputStream(out, manifest)) {
            for (String type : List.of("Saboteur", "Saboteur$Throwing", "Saboteur$NoThreads")) {
                String name = "com/example/sabotage/" + type + ".class";
                archive.putNextEntry(new JarEntry(name));
                archive.write(Files.readAllBytes(Path.of(Built.tinyApplications(), name)));
                archive.closeEntry();
            }
        }
        return jar;
    }
}
