package dev.resilience.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Set;
import javax.management.Attribute;
import javax.management.AttributeNotFoundException;
import javax.management.MBeanException;
import javax.management.MBeanServer;
import javax.management.MBeanServerFactory;
import javax.management.ObjectName;
import javax.management.ReflectionException;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.jspecify.annotations.Nullable;

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

    private static final MBeanServer BEANS = MBeanServerFactory.newMBeanServer();

    private static AdminFixture agent;
    private static JmxBeans beans;
    private static ApiOperation api;
    private static String url;

    @BeforeContainer
    static void serve() {
        agent = new AdminFixture();
        api = new ApiOperation(() -> Routes.of(agent.surface));
        url = agent.serve();
        beans = new JmxBeans(agent.surface);
        beans.register(BEANS);
    }

    @AfterContainer
    static void close() {
        beans.close();
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

    /** Neither an operation with the wrong arguments nor an unknown one is anything but the client's own fault. */
    @Property(tries = 500)
    void by_operations_of_beans(
            @ForAll("operations") String operation,
            @ForAll("arguments") Object @Nullable [] arguments,
            @ForAll("signatures") String @Nullable [] signature)
            throws Exception {
        for (ObjectName bean : BEANS.queryNames(new ObjectName("dev.resilience:*"), null)) {
            try {
                BEANS.invoke(bean, operation, arguments, signature);
            } catch (ReflectionException refused) {
                assertThat(refused.getTargetException()).isInstanceOf(NoSuchMethodException.class);
            } catch (MBeanException failure) {
                assertThat(failure.getTargetException().getClass().getName()).startsWith("java.");
            }
            assertThatThrownBy(() -> BEANS.setAttribute(bean, new Attribute(operation, arguments)))
                    .isInstanceOf(AttributeNotFoundException.class);
            assertThat(BEANS.getMBeanInfo(bean).getAttributes()).isNotEmpty();
        }
    }

    @Provide
    static Arbitrary<String> operations() {
        return Arbitraries.oneOf(
                Arbitraries.of("api", "reset", "resetAll", "reload", "retry", "drop", "State", "getState", ""),
                Arbitraries.strings().ofMaxLength(20));
    }

    @Provide
    static Arbitrary<Object[]> arguments() {
        return Arbitraries.<Object>of(
                        "GET", "/api/health/status", "x".repeat(100_000), "\u0000", 7, -1L, new int[3], List.of(), 1.5)
                .injectNull(0.1)
                .array(Object[].class)
                .ofMaxSize(4)
                .injectNull(0.1);
    }

    @Provide
    static Arbitrary<String[]> signatures() {
        return Arbitraries.of("java.lang.String", "int", "no.such.Type", "")
                .injectNull(0.1)
                .array(String[].class)
                .ofMaxSize(4)
                .injectNull(0.1);
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
