package dev.resilience.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.resilience.breaker.BreakerSettings;
import dev.resilience.breaker.State;
import dev.resilience.breaker.StoreMode;
import dev.resilience.config.AgentConfig.RedisConfig;
import dev.resilience.log.AgentLog;
import dev.resilience.store.Fleet.Instance;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** TLS, with an ACL user that may do no more than the documentation says. */
@EnabledIf("dev.resilience.store.RedisProcess#isOfTheDistribution")
class RedisOverTlsTest {

    private static final char[] SECRET = "changeit".toCharArray();

    @TempDir
    Path directory;

    @Test
    void a_fleet_shares_its_circuit_over_tls_as_a_user_of_few_rights() throws Exception {
        makeCertificate();
        int port = RedisProcess.freePort();
        try (RedisProcess redis = RedisProcess.distributions(
                        "--tls-port",
                        "" + port,
                        "--tls-cert-file",
                        directory.resolve("cert.pem").toString(),
                        "--tls-key-file",
                        directory.resolve("key.pem").toString(),
                        "--tls-ca-cert-file",
                        directory.resolve("cert.pem").toString(),
                        "--tls-auth-clients",
                        "no",
                        "--requirepass",
                        "s3cret");
                Fleet fleet = new Fleet()) {
            List<String> user = List.of(
                    "ACL SETUSER agent on >pa55 ~cb:* resetchannels &cb:* -@all +@string +@hash +@set +@sortedset +@scripting +@pubsub +@connection +@keyspace -@dangerous +time +info"
                            .split(" "));
            assertThat(redis.command("s3cret", user)).isEqualTo("OK");
            String url = "rediss://agent:pa55@127.0.0.1:" + port + "?verifyPeer=NONE";
            Instance a = fleet.join(new RedisConfig(url, List.of(), "cb", 0), BreakerSettings.DEFAULTS);
            Instance b = fleet.join(new RedisConfig(url, List.of(), "cb", 0), BreakerSettings.DEFAULTS);
            a.awaitMode(StoreMode.SHARED);
            b.awaitMode(StoreMode.SHARED);
            a.fail(5);
            fleet.awaitState(State.OPEN);
            b.circuit.reset("test").toCompletableFuture().join();
            fleet.awaitState(State.CLOSED);
        }
    }

    @Test
    void a_certificate_that_nobody_vouches_for_is_refused() throws Exception {
        makeCertificate();
        int port = RedisProcess.freePort();
        try (RedisProcess redis = RedisProcess.distributions(
                        "--tls-port",
                        "" + port,
                        "--tls-cert-file",
                        directory.resolve("cert.pem").toString(),
                        "--tls-key-file",
                        directory.resolve("key.pem").toString(),
                        "--tls-ca-cert-file",
                        directory.resolve("cert.pem").toString(),
                        "--tls-auth-clients",
                        "no");
                Fleet fleet = new Fleet()) {
            assertThat(redis.isAlive()).isTrue();
            RedisConfig config = new RedisConfig("rediss://127.0.0.1:" + port, List.of(), "cb", 0);
            Instance a = fleet.join(config, BreakerSettings.DEFAULTS);
            await().pollDelay(Duration.ofSeconds(1)).until(() -> true);
            assertThat(a.mode()).isEqualTo(StoreMode.DEGRADED);
            assertThat(a.ask().granted()).isTrue();
        }
    }

    /** No restart, and nothing in the file: the JVM's trust store is read for each connection. */
    @Test
    void a_certificate_that_is_renewed_or_of_another_authority_is_met_by_the_trust_store_of_the_moment()
            throws Exception {
        makeAuthority();
        keytool("-genkeypair", "redis", "-keyalg", "EC", "-dname", "CN=127.0.0.1");
        signed("first.pem", "1");
        signed("renewed.pem", "2");
        keytool("-genkeypair", "other", "-keyalg", "EC", "-dname", "CN=127.0.0.1", "-ext", "san=ip:127.0.0.1");
        writeKey("redis");
        writeKey("other");
        KeyStore made = made();
        write("other.pem", "CERTIFICATE", made.getCertificate("other").getEncoded());
        Map<String, String> before = trust(made.getCertificate("authority"));
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        PrintStream out = AgentLog.redirect(new PrintStream(said, true, StandardCharsets.UTF_8));
        int port = RedisProcess.freePort();
        try (RedisProcess redis = RedisProcess.distributions(
                        "--tls-port",
                        "" + port,
                        "--tls-cert-file",
                        directory.resolve("first.pem").toString(),
                        "--tls-key-file",
                        directory.resolve("redis.key").toString(),
                        "--tls-ca-cert-file",
                        directory.resolve("first.pem").toString(),
                        "--tls-auth-clients",
                        "no");
                Fleet fleet = new Fleet()) {
            RedisConfig config = new RedisConfig("rediss://127.0.0.1:" + port, List.of(), "cb", 0);
            Instance a = fleet.join(config, BreakerSettings.DEFAULTS).awaitMode(StoreMode.SHARED);
            a.fail(5);
            fleet.awaitState(State.OPEN);

            serves(redis, "renewed.pem", "redis.key");
            await().atMost(Fleet.PATIENCE)
                    .until(() -> said.toString(StandardCharsets.UTF_8).contains("answers again"));
            a.awaitMode(StoreMode.SHARED);

            serves(redis, "other.pem", "other.key");
            a.awaitMode(StoreMode.DEGRADED);
            await().atMost(Fleet.PATIENCE)
                    .until(() -> said.toString(StandardCharsets.UTF_8).contains("(TLS: "));
            assertThat(a.ask().granted()).isFalse();

            trust(made.getCertificate("authority"), made.getCertificate("other"));
            a.awaitMode(StoreMode.SHARED);
            assertThat(a.ask().granted()).isFalse();
        } finally {
            AgentLog.redirect(out);
            before.forEach((name, value) -> {
                if (value.isEmpty()) {
                    System.clearProperty(name);
                } else {
                    System.setProperty(name, value);
                }
            });
        }
    }

    /** From the next connection on, of which there is one at once. */
    private void serves(RedisProcess redis, String certificate, String key) {
        String done = redis.command(
                "CONFIG",
                "SET",
                "tls-cert-file",
                directory.resolve(certificate).toString(),
                "tls-key-file",
                directory.resolve(key).toString());
        assertThat(done).isEqualTo("OK");
        redis.command("CLIENT", "KILL", "TYPE", "normal");
        redis.command("CLIENT", "KILL", "TYPE", "pubsub");
    }

    /** @return what the properties said before */
    private Map<String, String> trust(Certificate... trusted) throws Exception {
        KeyStore trust = KeyStore.getInstance("PKCS12");
        trust.load(null, null);
        for (int i = 0; i < trusted.length; i++) {
            trust.setCertificateEntry("trusted" + i, trusted[i]);
        }
        Path file = directory.resolve("trust.p12");
        try (OutputStream written = Files.newOutputStream(file)) {
            trust.store(written, SECRET);
        }
        Map<String, String> before = new HashMap<>();
        Map<String, String> wanted = Map.of(
                "javax.net.ssl.trustStore",
                file.toString(),
                "javax.net.ssl.trustStorePassword",
                new String(SECRET),
                "javax.net.ssl.trustStoreType",
                "PKCS12");
        wanted.forEach((name, value) -> {
            before.put(name, System.getProperty(name, ""));
            System.setProperty(name, value);
        });
        return before;
    }

    private void makeAuthority() throws Exception {
        keytool("-genkeypair", "authority", "-keyalg", "EC", "-dname", "CN=authority", "-ext", "bc:c");
    }

    private void signed(String file, String serial) throws Exception {
        Path request = directory.resolve("request" + serial);
        keytool("-certreq", "redis", "-file", request.toString());
        keytool(
                "-gencert",
                "authority",
                "-rfc",
                "-ext",
                "san=ip:127.0.0.1",
                "-infile",
                request.toString(),
                "-outfile",
                directory.resolve(file).toString());
    }

    private void makeCertificate() throws Exception {
        keytool("-genkeypair", "redis", "-keyalg", "EC", "-dname", "CN=127.0.0.1");
        write("cert.pem", "CERTIFICATE", made().getCertificate("redis").getEncoded());
        writeKey("redis");
        Files.move(directory.resolve("redis.key"), directory.resolve("key.pem"));
    }

    private KeyStore made() throws Exception {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(directory.resolve("store.p12"))) {
            keys.load(in, SECRET);
        }
        return keys;
    }

    private void writeKey(String alias) throws Exception {
        write(alias + ".key", "PRIVATE KEY", made().getKey(alias, SECRET).getEncoded());
    }

    private void keytool(String what, String alias, String... more) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                what,
                "-alias",
                alias,
                "-storetype",
                "PKCS12",
                "-keystore",
                directory.resolve("store.p12").toString(),
                "-storepass",
                new String(SECRET)));
        command.addAll(List.of(more));
        assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
    }

    private void write(String file, String what, byte[] der) throws Exception {
        String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        Files.writeString(
                directory.resolve(file), "-----BEGIN " + what + "-----\n" + text + "\n-----END " + what + "-----\n");
    }
}
