package dev.resilience.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.resilience.config.AgentConfig;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is let in, and what those who mean harm get. */
class DoormanTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String STATUS = "/api/health/status";

    private final AdminFixture agent = new AdminFixture();

    @AfterEach
    void close() {
        agent.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "LOCALHOST:9797", "127.0.0.1", "127.9.9.9:1", "[::1]:9797"})
    void a_host_that_names_loopback_is_let_in(String host) throws Exception {
        assertThat(Wire.get(open(null), STATUS, "Host: " + host)).startsWith("HTTP/1.1 200");
    }

    @ParameterizedTest
    @ValueSource(strings = {"evil.example", "localhost.evil.example", "127.0.0.1.evil.example:80", "10.0.0.1", "[::2]"})
    void a_page_that_pointed_its_own_name_here_is_not(String host) throws Exception {
        assertThat(Wire.get(open(null), STATUS, "Host: " + host)).startsWith("HTTP/1.1 403");
    }

    /** A proxy on the same host may keep the name it was called by; a page of another site has no token. */
    @Test
    void with_a_token_the_token_decides_whatever_the_host() throws Exception {
        String url = open("s3cret");
        assertThat(Wire.get(url, STATUS, "Host: ops.example", "Authorization: Bearer s3cret"))
                .startsWith("HTTP/1.1 200");
        assertThat(Wire.get(url, STATUS, "Host: ops.example")).startsWith("HTTP/1.1 401");
        assertThat(Wire.get(url, STATUS, "Host: ops.example", "Authorization: Bearer wrong"))
                .startsWith("HTTP/1.1 401");
    }

    @Test
    void a_check_in_http_1_0_needs_no_host() throws Exception {
        String url = open("s3cret");
        assertThat(Wire.exchange(url, "GET /healthz HTTP/1.0\r\n\r\n")).contains(" 200 ");
        assertThat(Wire.exchange(url, "GET /api/health/status HTTP/1.0\r\n\r\n"))
                .contains(" 400 ");
    }

    @Test
    void exactly_one_host_is_needed() throws Exception {
        String url = open(null);
        assertThat(Wire.exchange(url, "GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 400");
        assertThat(Wire.get(url, STATUS, "Host: localhost", "Host: localhost")).startsWith("HTTP/1.1 400");
    }

    @Test
    void other_sites_pages_may_change_nothing() throws Exception {
        String url = open(null);
        String own = URI.create(url).getAuthority();

        assertThat(Wire.request(url, "POST", "/api/resilience/reset", "Origin: https://evil.example"))
                .startsWith("HTTP/1.1 403");
        assertThat(Wire.request(url, "POST", "/api/resilience/reset", "Origin: null"))
                .startsWith("HTTP/1.1 403");
        assertThat(Wire.request(url, "POST", "/api/resilience/reset", "Sec-Fetch-Site: cross-site"))
                .startsWith("HTTP/1.1 403");
        assertThat(Wire.request(url, "POST", "/api/resilience/reset", "Origin: http://" + own))
                .startsWith("HTTP/1.1 200");
        assertThat(Wire.request(url, "POST", "/api/resilience/reset")).startsWith("HTTP/1.1 200");
    }

    @Test
    void with_a_token_everything_needs_it_but_the_liveness_probe() throws Exception {
        String url = open("s3cret");

        assertThat(Wire.get(url, STATUS))
                .startsWith("HTTP/1.1 401")
                .containsIgnoringCase("WWW-Authenticate: Bearer")
                .contains("application/problem+json");
        assertThat(Wire.get(url, "/metrics")).startsWith("HTTP/1.1 401");
        assertThat(Wire.request(url, "POST", "/api/resilience/reset")).startsWith("HTTP/1.1 401");
        assertThat(Wire.get(url, STATUS, "Authorization: Bearer s3cre")).startsWith("HTTP/1.1 401");
        assertThat(Wire.get(url, STATUS, "Authorization: Bearer s3crets")).startsWith("HTTP/1.1 401");
        assertThat(Wire.get(url, STATUS, "Authorization: Basic s3cret")).startsWith("HTTP/1.1 401");
        assertThat(Wire.get(url, STATUS + "?token=s3cret")).startsWith("HTTP/1.1 401");
        assertThat(Wire.get(url, STATUS, "Authorization: bearer s3cret")).startsWith("HTTP/1.1 200");
        assertThat(Wire.get(url, "/healthz")).startsWith("HTTP/1.1 200").contains("ok");
    }

    @Test
    void without_a_token_only_loopback_is_listened_to() {
        String url = agent.serve(new AgentConfig.Admin(true, "0.0.0.0", 0, null), PATIENCE);

        assertThat(URI.create(url).getHost()).isEqualTo("127.0.0.1");
    }

    @Test
    void a_port_already_taken_gives_its_neighbour() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            String url = agent.serve(new AgentConfig.Admin(true, "127.0.0.1", taken.getLocalPort(), null), PATIENCE);

            assertThat(URI.create(url).getPort()).isNotEqualTo(taken.getLocalPort());
            assertThat(agent.surface.adminUrl()).isEqualTo(url);
            assertThat(Wire.get(url, "/healthz")).startsWith("HTTP/1.1 200");
        }
    }

    @Test
    void an_admin_port_that_is_off_is_off() {
        assertThat(agent.serve(new AgentConfig.Admin(false, "127.0.0.1", 0, null), PATIENCE))
                .isNull();
    }

    @Test
    void what_is_too_large_is_refused() throws Exception {
        String url = open(null);

        assertThat(Wire.get(url, "/" + "x".repeat(5_000))).startsWith("HTTP/1.1 414");
        assertThat(Wire.get(url, STATUS, "X: " + "x".repeat(20_000))).startsWith("HTTP/1.1 431");
        assertThat(Wire.request(url, "POST", "/api/resilience/reset", "Content-Length: 10000000"))
                .startsWith("HTTP/1.1 413");
        assertThat(Wire.exchange(url, "this is not http\r\n\r\n")).contains("400");
    }

    @Test
    void a_client_that_dawdles_is_cut() throws Exception {
        String url = agent.serve(agent.config.admin(), Duration.ofMillis(300));
        try (Socket socket =
                new Socket(URI.create(url).getHost(), URI.create(url).getPort())) {
            socket.setSoTimeout(30_000);
            socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: loc".getBytes(StandardCharsets.US_ASCII));
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void a_flood_of_connections_leaves_room_once_it_is_over() throws Exception {
        String url = open(null);
        List<Socket> flood = new ArrayList<>();
        try {
            for (int i = 0; i < 200; i++) {
                flood.add(new Socket(URI.create(url).getHost(), URI.create(url).getPort()));
            }
            await().until(() -> refused(flood) >= 100);
        } finally {
            for (Socket socket : flood) {
                socket.close();
            }
        }
        await().ignoreExceptions().until(() -> Wire.get(url, "/healthz").startsWith("HTTP/1.1 200"));
    }

    @Test
    void a_problem_is_told_as_the_standard_has_it() throws Exception {
        String url = open(null);

        assertThat(Wire.get(url, "/nowhere"))
                .startsWith("HTTP/1.1 404")
                .containsIgnoringCase("content-type: application/problem+json")
                .contains("\"status\":404", "\"title\":\"Not found\"", "\"detail\":");
        assertThat(Wire.request(url, "DELETE", STATUS))
                .startsWith("HTTP/1.1 405")
                .containsIgnoringCase("allow: GET, HEAD");
        assertThat(Wire.get(url, "/api/health/history")).startsWith("HTTP/1.1 400");
        assertThat(Wire.get(url, "/api/health/history?service=nobody")).startsWith("HTTP/1.1 404");
        assertThat(Wire.get(url, "/api/health/history?service=calcom&minutes=-1"))
                .startsWith("HTTP/1.1 400");
        assertThat(Wire.get(url, "/%zz")).startsWith("HTTP/1.1 400");
    }

    @Test
    void head_tells_the_length_and_sends_nothing() throws Exception {
        String answer = Wire.request(open(null), "HEAD", STATUS);

        assertThat(answer).startsWith("HTTP/1.1 200").endsWith("\r\n\r\n").containsIgnoringCase("content-length: ");
    }

    @Test
    void answers_cannot_be_framed_sniffed_or_stored() throws Exception {
        assertThat(Wire.get(open(null), STATUS).toLowerCase(java.util.Locale.ROOT))
                .contains("x-content-type-options: nosniff")
                .contains("x-frame-options: deny")
                .contains("frame-ancestors 'none'")
                .contains("cache-control: private, no-cache");
    }

    private String open(String token) {
        return agent.serve(new AgentConfig.Admin(true, "127.0.0.1", 0, token), PATIENCE);
    }

    private static long refused(List<Socket> sockets) throws Exception {
        long refused = 0;
        for (Socket socket : sockets) {
            socket.setSoTimeout(1);
            try {
                InputStream in = socket.getInputStream();
                refused += in.read() < 0 ? 1 : 0;
            } catch (java.net.SocketTimeoutException open) {
                // Still there.
            } catch (java.io.IOException reset) {
                refused++;
            }
        }
        return refused;
    }
}
