package dev.resilience.testapps.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.resilience.testapps.harness.CalComStandIn;
import dev.resilience.testapps.harness.CalComStandIn.Health;
import dev.resilience.testapps.harness.FreePort;
import dev.resilience.testapps.harness.Jmx;
import dev.resilience.testapps.harness.JvmUnderTest;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The distributions of Tomcat and Jetty, as people start them, with a web application that brings its own HTTP client and
 * JDBC driver: its calls are protected, and of many deployments none stays in memory.
 */
class ContainersTest {

    private static final int DEPLOYMENTS_IN_TOMCAT = 50;
    private static final int DEPLOYMENTS_IN_JETTY = 20;

    private static final HttpClient CALLERS =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /** For the start of a container and for a collection, on a machine with other work to do. */
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    @TempDir
    Path directory;

    @Test
    void in_tomcat() throws Exception {
        Path home = Built.folder("containers", "apache-tomcat-");
        Path base = tomcat(home);
        int port = FreePort.next();
        Path serverXml = base.resolve("conf/server.xml");
        Files.writeString(
                serverXml,
                Files.readString(serverXml).replace("\"8005\"", "\"-1\"").replace("\"8080\"", "\"" + port + "\""));
        Path archive = directory.resolve("shop.war");
        WebArchive.pack(archive);
        String manager = "http://127.0.0.1:" + port + "/manager/text/";
        try (CalComStandIn calCom = new CalComStandIn();
                JvmUnderTest jvm = container(calCom)
                        // As catalina.sh has it; without the first, Tomcat cannot look for leaks through thread locals.
                        .jvm(
                                "--add-opens=java.base/java.lang=ALL-UNNAMED",
                                "--add-opens=java.base/java.io=ALL-UNNAMED",
                                "--add-opens=java.base/java.util=ALL-UNNAMED",
                                "--add-opens=java.base/java.util.concurrent=ALL-UNNAMED",
                                "--add-opens=java.rmi/sun.rmi.transport=ALL-UNNAMED")
                        .jvm(
                                "-Djava.util.logging.config.file=" + base.resolve("conf/logging.properties"),
                                "-Djava.util.logging.manager=org.apache.juli.ClassLoaderLogManager",
                                "-Dcatalina.home=" + home,
                                "-Dcatalina.base=" + base,
                                "-Djava.io.tmpdir=" + base.resolve("temp"))
                        .main(
                                home.resolve("bin/bootstrap.jar") + ":" + home.resolve("bin/tomcat-juli.jar"),
                                "org.apache.catalina.startup.Bootstrap",
                                "start");
                Jmx jmx = started(jvm, "Server startup in")) {
            URI shop = URI.create("http://127.0.0.1:" + port + "/shop/?to=" + encoded(calCom));
            for (int i = 0; i < DEPLOYMENTS_IN_TOMCAT; i++) {
                assertThat(ask(HttpRequest.newBuilder(URI.create(manager + "deploy?path=/shop&update=true"))
                                .header("Authorization", basic("deployer", "secret"))
                                .PUT(BodyPublishers.ofFile(archive))))
                        .startsWith("OK - ");
                worksIn(shop);
            }

            onlyTheLastIsThere(jmx, "org.apache.catalina.loader.ParallelWebappClassLoader", 2);
            assertThat(ask(HttpRequest.newBuilder(URI.create(manager + "findleaks?statusLine=true"))
                            .header("Authorization", basic("deployer", "secret"))))
                    .startsWith("OK - ")
                    .doesNotContain("/shop");
            itsCircuitOpens(shop, calCom);
            nothingWentWrong(jvm);
            assertThat(jvm.err()).noneMatch(line -> line.contains("likely to create a memory leak"));
        }
    }

    @Test
    void in_jetty() throws Exception {
        Path home = Built.folder("containers", "jetty-home-");
        Path base = Files.createDirectories(directory.resolve("jetty"));
        Files.createDirectories(base.resolve("webapps"));
        Files.writeString(Files.createDirectories(base.resolve("start.d")).resolve("all.ini"), """
                --modules=http,ee10-deploy,jmx
                """);
        WebArchive.pack(base.resolve("webapps/shop.war"));
        int port = FreePort.next();
        try (CalComStandIn calCom = new CalComStandIn();
                JvmUnderTest jvm = container(calCom)
                        .jar(
                                home.resolve("start.jar"),
                                "jetty.home=" + home,
                                "jetty.base=" + base,
                                "jetty.http.host=127.0.0.1",
                                "jetty.http.port=" + port);
                Jmx jmx = started(jvm, "Started oejs.Server@")) {
            URI shop = URI.create("http://127.0.0.1:" + port + "/shop/?to=" + encoded(calCom));
            worksIn(shop);
            String context = jmx.names("org.eclipse.jetty.ee10.webapp").stream()
                    .filter(name -> name.contains("type=webappcontext"))
                    .findFirst()
                    .orElseThrow();
            for (int i = 1; i < DEPLOYMENTS_IN_JETTY; i++) {
                jmx.invoke(context, "stop");
                jmx.invoke(context, "start");
                worksIn(shop);
            }

            onlyTheLastIsThere(jmx, "org.eclipse.jetty.ee.webapp.WebAppClassLoader", 1);
            itsCircuitOpens(shop, calCom);
            nothingWentWrong(jvm);
        }
    }

    private JvmUnderTest.Command container(CalComStandIn calCom) {
        Path config = Configs.write(directory, """
                admin: {port: 0}
                services:
                  calcom:
                    breaker: {failure_threshold: 6, open_when: either, timeout: 60s}
                    endpoints: [{name: all, http: {host: 127.0.0.1, port: %d}, fallback: [stale_cache]}]
                  database:
                    endpoints: [{name: all, jdbc: {url: "jdbc:h2:*"}, fallback: [stale_cache]}]
                """.formatted(calCom.port()));
        return JvmUnderTest.command()
                .in(directory)
                .jvm("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
                .agent(Built.agent(), config);
    }

    private static Jmx started(JvmUnderTest jvm, String line) throws IOException {
        await().atMost(PATIENCE)
                .until(() ->
                        Stream.concat(jvm.err().stream(), jvm.out().stream()).anyMatch(said -> said.contains(line)));
        return jvm.jmx();
    }

    private static void worksIn(URI shop) {
        assertThat(ask(HttpRequest.newBuilder(shop)).lines()).containsExactly("client: 200", "jdk: 200", "rows: 6");
    }

    /** @param others loaders of the container's own applications, the last deployment's among them */
    private static void onlyTheLastIsThere(Jmx jmx, String loader, int others) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(jmx.instances(loader)).isEqualTo(others));
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(jmx.instances("dev.resilience.instrument.ClientLoader"))
                        .as("the adapter of the client of the last deployment alone")
                        .isEqualTo(1));
    }

    private static void itsCircuitOpens(URI shop, CalComStandIn calCom) {
        calCom.become(Health.ERRORS);
        URI other = URI.create(shop + encoded("?new"));
        for (int i = 0; i < 3; i++) {
            assertThat(ask(HttpRequest.newBuilder(other)).lines())
                    .containsExactly("client: 503", "jdk: 503", "rows: 6");
        }
        int reached = calCom.arrivals().size();
        assertThat(ask(HttpRequest.newBuilder(other)).lines())
                .containsExactly(
                        "client: dev.resilience.CircuitBreakerOpenException",
                        "jdk: dev.resilience.CircuitBreakerOpenException",
                        "rows: 6");
        assertThat(calCom.arrivals()).hasSize(reached);
    }

    private static void nothingWentWrong(JvmUnderTest jvm) {
        assertThat(Stream.concat(jvm.err().stream(), jvm.out().stream()))
                .noneMatch(line -> line.contains("SEVERE") || OwnLines.warns(line));
    }

    private Path tomcat(Path home) throws IOException {
        Path base = Files.createDirectories(directory.resolve("tomcat"));
        for (String folder : List.of("logs", "temp", "webapps", "work", "conf/Catalina/localhost")) {
            Files.createDirectories(base.resolve(folder));
        }
        try (Stream<Path> files = Files.list(home.resolve("conf"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, base.resolve("conf").resolve(file.getFileName()));
            }
        }
        Files.writeString(
                base.resolve("conf/tomcat-users.xml"),
                "<tomcat-users><user username='deployer' password='secret' roles='manager-script'/></tomcat-users>");
        Files.writeString(
                base.resolve("conf/Catalina/localhost/manager.xml"),
                "<Context privileged='true' docBase='" + home.resolve("webapps/manager") + "'/>");
        return base;
    }

    private static String ask(HttpRequest.Builder request) {
        try {
            HttpResponse<String> answer =
                    CALLERS.send(request.timeout(Duration.ofSeconds(60)).build(), BodyHandlers.ofString());
            return answer.body();
        } catch (IOException failure) {
            return failure.toString();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(stopped);
        }
    }

    private static String encoded(CalComStandIn calCom) {
        return encoded(calCom.url().resolve("/v1/availability/today").toString());
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static String basic(String user, String password) {
        return "Basic " + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
    }
}
