package dev.resilience.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.resilience.breaker.BreakerSettings;
import dev.resilience.breaker.State;
import dev.resilience.breaker.StoreMode;
import dev.resilience.config.AgentConfig.RedisConfig;
import dev.resilience.store.Fleet.Instance;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
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

    private void makeCertificate() throws Exception {
        Path store = directory.resolve("store.p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "redis",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=127.0.0.1",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        new String(SECRET))
                .inheritIO()
                .start();
        assertThat(keytool.waitFor()).isZero();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, SECRET);
        }
        write("cert.pem", "CERTIFICATE", keys.getCertificate("redis").getEncoded());
        write("key.pem", "PRIVATE KEY", keys.getKey("redis", SECRET).getEncoded());
    }

    private void write(String file, String what, byte[] der) throws Exception {
        String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        Files.writeString(
                directory.resolve(file), "-----BEGIN " + what + "-----\n" + text + "\n-----END " + what + "-----\n");
    }
}
