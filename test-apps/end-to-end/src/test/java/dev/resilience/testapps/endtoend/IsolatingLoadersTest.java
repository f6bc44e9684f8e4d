package dev.resilience.testapps.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.testapps.harness.CalComStandIn;
import dev.resilience.testapps.harness.CalComStandIn.Health;
import dev.resilience.testapps.harness.JvmUnderTest;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Applications whose class loaders ask the boot loader for nothing that they were not told of, as OSGi's and WildFly's do. */
class IsolatingLoadersTest {

    @TempDir
    Path directory;

    @Test
    void in_felix() throws Exception {
        WebArchive.packBundle(
                Files.createDirectories(directory.resolve("bundle")).resolve("shop.jar"));
        isProtected((command, address) -> command.jvm("-Dfelix.auto.deploy.action=install,start")
                .jar(
                        Built.library("felix.jar"),
                        directory.resolve("felix-cache").toString()));
    }

    @Test
    void in_equinox() throws Exception {
        Path bundle = directory.resolve("shop.jar");
        WebArchive.packBundle(bundle);
        isProtected((command, address) -> command.jvm(
                        "-Dosgi.bundles=reference:" + bundle.toUri() + "@start",
                        "-Dosgi.configuration.area="
                                + directory.resolve("equinox").toUri(),
                        "-Dosgi.noShutdown=true",
                        "-Declipse.ignoreApp=true")
                .jar(Built.library("equinox.jar")));
    }

    @Test
    void in_jboss_modules() throws Exception {
        WebArchive.layOutModule(directory.resolve("modules"));
        isProtected((command, address) -> command.jar(
                Built.library("jboss-modules.jar"),
                "-mp",
                directory.resolve("modules").toString(),
                "com.example.war",
                address));
    }

    private void isProtected(Start start) throws Exception {
        try (CalComStandIn calCom = new CalComStandIn()) {
            String address = calCom.url().resolve("/v1/availability/today").toString();
            Path config = Configs.write(directory, """
                    admin: {port: 0}
                    services:
                      calcom:
                        breaker: {failure_threshold: 5, open_when: either, timeout: 60s}
                        endpoints: [{name: all, http: {host: 127.0.0.1, port: %d}}]
                      database: {endpoints: [{name: all, jdbc: {url: "jdbc:h2:*"}, fallback: [stale_cache]}]}
                    """.formatted(calCom.port()));
            try (JvmUnderTest jvm =
                    start.of(Booking.command(directory, config).jvm("-Dshop.address=" + address), address)) {
                jvm.awaitOut("ready");
                jvm.awaitErr("protects 2 services");
                jvm.type("ask");
                jvm.awaitOut("client: 200");
                jvm.awaitOut("rows: 6");
                calCom.become(Health.ERRORS);
                for (int i = 0; i < 4; i++) {
                    jvm.type("ask");
                }
                jvm.awaitOut("client: dev.resilience.CircuitBreakerOpenException");
                jvm.awaitOut("jdk: dev.resilience.CircuitBreakerOpenException");
                assertThat(jvm.err()).noneMatch(line -> line.contains("not protected") || line.contains("unguarded"));
                assertThat(Admin.of(jvm).get("/metrics").body())
                        .containsPattern("resilience_calls_total\\{.*outcome=\"success\",service=\"database\"} [1-9]");
            }
        }
    }

    private interface Start {
        JvmUnderTest of(JvmUnderTest.Command command, String address) throws Exception;
    }
}
