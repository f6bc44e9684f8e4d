package dev.resilience.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.admin.AdminFixture;
import dev.resilience.breaker.StoreMode;
import dev.resilience.config.AgentConfig;
import dev.resilience.health.Samples;
import dev.resilience.log.AgentLog;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import redis.embedded.RedisServer;

/** Set-ups that are broken in the ways that set-ups are: each is named, with what to do. */
class DoctorTest {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                ":wr0ng@         | does not answer: WRONGPASS | it refuses user or password",
                "''              | does not answer: NOAUTH    | it wants a password",
                "limited:pw@     | not allowed: EVAL with TIME, SUBSCRIBE, PUBLISH | give the user +@all",
                "stranger:pw@    | answers, but takes nothing: NOPERM | give the user +@all ~circuit_breaker:*",
            })
    void a_redis_that_does_not_let_us_in_is_told_from_one_that_is_away(String user, String what, String advice)
            throws Exception {
        int port = freePort();
        RedisServer redis = RedisServer.newRedisServer()
                .port(port)
                .setting("requirepass s3cret")
                .setting("user limited on >pw ~* &* +@all -eval -evalsha -publish -subscribe")
                .setting("user stranger on >pw ~other:* &* +@all")
                .build();
        redis.start();
        try {
            assertThat(doctor("redis: {url: 'redis://%s127.0.0.1:%d'}".formatted(user.strip(), port)))
                    .isEqualTo(1);
        } finally {
            redis.stop();
        }
        assertThat(output()).contains("wrong redis", what, advice).doesNotContain("wr0ng", "s3cret");
    }

    /** Some ask for more than it has, and do without. */
    @Test
    void the_rights_that_the_readme_names_are_enough() throws Exception {
        int port = freePort();
        RedisServer redis = RedisServer.newRedisServer()
                .port(port)
                .setting(
                        "user fleet on >pw ~circuit_breaker:* resetchannels &circuit_breaker:* -@all +@string +@hash +@set +@sortedset"
                                + " +@keyspace +@scripting +@pubsub +@connection +time -@dangerous")
                .build();
        redis.start();
        try {
            doctor("redis: {url: 'redis://fleet:pw@127.0.0.1:%d'}".formatted(port));
        } finally {
            redis.stop();
        }
        assertThat(output())
                .contains("its version is not told", "maxmemory-policy is not told", "can be written, scripts run")
                .doesNotContain("wrong redis");
    }

    @Test
    void a_redis_older_than_ours_is_told_as_such() throws Exception {
        try (ServerSocket old = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread server = new Thread(() -> refuseHello(old), "old-redis");
            server.setDaemon(true);
            server.start();
            assertThat(doctor("redis: {url: 'redis://127.0.0.1:%d'}".formatted(old.getLocalPort())))
                    .isEqualTo(1);
        }
        assertThat(output()).contains("wrong redis", "Redis 6.0 is the oldest that is supported");
    }

    @Test
    void a_redis_that_takes_connections_and_says_nothing_is_told_too() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            assertThat(doctor("redis: {url: 'redis://127.0.0.1:%d'}".formatted(silent.getLocalPort())))
                    .isEqualTo(1);
        }
        assertThat(output()).contains("wrong redis", "does not answer", "check address, network and TLS");
    }

    @Test
    void a_clock_that_is_off_is_told() throws Exception {
        // The fixture lives in 2025.
        try (AdminFixture agent = new AdminFixture()) {
            Path file = Files.writeString(folder.resolve("resilience.yaml"), "services: {a: {}}\n");
            run("doctor", "--config", file.toString(), "--url", agent.serve());
        }
        assertThat(output()).contains("wrong clock", "set the clock");
    }

    @Test
    void a_jvm_that_is_named_and_does_not_answer_is_the_answer() throws Exception {
        Path file = Files.writeString(folder.resolve("resilience.yaml"), "services: {a: {}}\n");
        assertThat(run("doctor", "--config", file.toString(), "--url", "http://127.0.0.1:" + freePort()))
                .isEqualTo(2);
        assertThat(output())
                .contains("wrong jvm", "nothing answers at", "1 wrong")
                .doesNotContain("nothing is wrong");
    }

    @Test
    void a_broken_file_is_told_line_by_line() throws Exception {
        assertThat(doctor("defaults: {braker: {}}\nadmin: {port: high}")).isEqualTo(1);
        assertThat(output())
                .contains("wrong config", "did you mean `breaker`?", ":2:", "nothing of a broken file is used");
    }

    /** It may have variables, a trust store and rights that this command does not have. */
    @Test
    void of_what_a_jvm_has_in_force_the_jvm_is_the_judge() throws Exception {
        Path file = Files.writeString(
                folder.resolve("resilience.yaml"), "instance: \"${NOT_IN_THIS_ENVIRONMENT}\"\nservices: {a: {}}\n");
        try (AdminFixture agent = new AdminFixture(in(file))) {
            run("doctor", "--url", agent.serve());
            assertThat(output())
                    .contains("-     config", "with this command's environment", "NOT_IN_THIS_ENVIRONMENT")
                    .doesNotContain("wrong config", "mend it");
        }
        out.reset();
        Files.writeString(file, "redis: {url: 'redis://127.0.0.1:1'}\nservices: {a: {}}\n");
        try (AdminFixture agent = new AdminFixture(in(file))) {
            agent.circuits.mode = StoreMode.SHARED;
            String url = agent.serve();
            run("doctor", "--url", url);
            assertThat(output()).contains("-     redis", "that JVM shares it", "does not answer");
            assertThat(output()).doesNotContain("wrong redis");
            out.reset();

            agent.circuits.mode = StoreMode.DEGRADED;
            AgentLog.warn(
                    "redis doctor", "Redis at rediss://r:1 does not answer (NOPERM No permissions): circuits go on");
            assertThat(run("doctor", "--url", url)).isEqualTo(1);
            assertThat(output())
                    .contains("wrong redis   Redis at rediss://r:1 does not answer (NOPERM No permissions)")
                    .contains("give the user +@all ~circuit_breaker:*")
                    .contains("-     redis   for this command redis://127.0.0.1:1 does not answer");
        }
    }

    private static AgentConfig in(Path file) {
        AgentConfig chain = Samples.chain();
        return new AgentConfig(
                chain.application(),
                chain.instance(),
                chain.stateDir(),
                chain.redis(),
                chain.services(),
                chain.alerts(),
                chain.admin(),
                chain.telemetry(),
                file);
    }

    private int doctor(String yaml) throws IOException {
        Path file = Files.writeString(folder.resolve("resilience.yaml"), yaml + "\nservices: {a: {}}\n");
        return run("doctor", "--config", file.toString(), "--url", "http://127.0.0.1:1");
    }

    private int run(String... arguments) {
        return Main.run(arguments, new Screen(new PrintStream(out, true), false), System.err);
    }

    private String output() {
        return out.toString(StandardCharsets.UTF_8);
    }

    /** As Redis 5 answers the first word of a client of today. */
    private static void refuseHello(ServerSocket server) {
        while (!server.isClosed()) {
            try (Socket client = server.accept()) {
                client.getInputStream().read(new byte[4_096]);
                client.getOutputStream()
                        .write("-ERR unknown command `HELLO`, with args beginning with: `3`, \r\n"
                                .getBytes(StandardCharsets.US_ASCII));
                client.getInputStream().read(new byte[4_096]);
            } catch (IOException ended) {
                // The next one, or the end.
            }
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0)) {
            return free.getLocalPort();
        }
    }
}
