package dev.resilience.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Whatever is asked, by HTTP or by JMX, there is an answer that is no failure of ours, and the server goes on. */
class HostileRequestsTest {

    private static final List<String> PATHS = List.copyOf(Set.of(
            "/",
            "/metrics",
            "/api/health/status",
            "/api/health/history",
            "/api/health/prediction",
            "/api/metrics/resilience",
            "/api/metrics/latency-breakdown",
            "/api/resilience/states",
            "/api/resilience/mode",
            "/api/resilience/reset",
            "/api/resilience/queue",
            "/api/resilience/queue/drop",
            "/api/resilience/reviews",
            "/api/resilience/reviews/resolve",
            "/api/resilience/events",
            "/api/resilience/snapshots",
            "/api/resilience/cache/clear",
            "/api/resilience/features",
            "/nowhere"));

    private static final String[] PIECES = {
        "service=",
        "calcom",
        "&",
        "=",
        "minutes=",
        "-1",
        "99999999999999999999",
        "NaN",
        "mode=",
        "forced_open",
        "for=",
        "1h",
        "reason=",
        "id=",
        "%",
        "%00",
        "%zz",
        "%ff%fe",
        "..",
        "/",
        "?",
        "limit=",
        "after=",
        "<script>",
        "\u00e9",
        "endpoint=",
        "%0d%0aSet-Cookie:x"
    };

    private static AdminFixture agent;
    private static ApiOperation api;
    private static String url;

    @BeforeContainer
    static void serve() {
        agent = new AdminFixture();
        api = new ApiOperation(Routes.of(agent.surface));
        url = agent.serve();
    }

    @AfterContainer
    static void close() {
        agent.close();
    }

    @Provide
    static Arbitrary<String> targets() {
        return Arbitraries.of(PATHS)
                .flatMap(path ->
                        Arbitraries.of(PIECES).list().ofMaxSize(8).map(pieces -> path + "?" + String.join("", pieces)));
    }

    @Provide
    static Arbitrary<String> wire() {
        return Arbitraries.of(
                        "GET ",
                        "POST ",
                        "/",
                        "/metrics",
                        " HTTP/1.1\r\n",
                        " HTTP/9.9\r\n",
                        "\r\n",
                        "Host: localhost\r\n",
                        "Content-Length: 5\r\n",
                        "Content-Length: -5\r\n",
                        "Transfer-Encoding: chunked\r\n",
                        "ffffffffff\r\n",
                        "Connection: close\r\n",
                        "Expect: 100-continue\r\n",
                        "X: \u0000\r\n",
                        ": \r\n",
                        "\u0000",
                        "aaaaa",
                        "Upgrade: h2c\r\n",
                        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
                .list()
                .ofMaxSize(12)
                .map(pieces -> String.join("", pieces));
    }

    @Property
    void by_jmx(@ForAll("targets") String target, @ForAll("methods") String method) {
        assertThat((Integer) api.ask(method, target).get("status")).isBetween(200, 499);
    }

    @Provide
    static Arbitrary<String> methods() {
        return Arbitraries.oneOf(
                Arbitraries.of("GET", "POST", "HEAD", "DELETE", ""),
                Arbitraries.strings().ofMaxLength(9));
    }

    @Property(tries = 300)
    void by_http(@ForAll("targets") String target) throws Exception {
        assertThat(Wire.get(url, target.replace("\u00e9", "%C3%A9"))).matches("(?s)HTTP/1.1 [234].*");
    }

    @Property(tries = 200)
    void by_what_is_hardly_http(@ForAll("wire") String request) throws Exception {
        assertThat(Wire.exchange(
                        url, request + "\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
                .doesNotContain("HTTP/1.1 5");
        assertThat(Wire.get(url, "/healthz")).startsWith("HTTP/1.1 200");
    }
}
