package dev.resilience.guard;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.resilience.fallback.Answer;
import dev.resilience.fallback.RegionClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Calls made in an application's stead, by servers that send them elsewhere. */
class RedirectTest {

    private final OwnClient client = new OwnClient(work -> {
        Thread thread = new Thread(work, "resilience-test");
        thread.setDaemon(true);
        return thread;
    });
    private HttpServer home;
    private HttpServer abroad;

    @BeforeEach
    void start() throws IOException {
        home = server();
        abroad = server();
    }

    @AfterEach
    void stop() {
        home.stop(0);
        abroad.stop(0);
        client.close();
    }

    @Test
    void at_home_a_call_is_led_on_as_it_is() throws Exception {
        RegionClient.Response response = post(address(home, "/307?to=" + address(home, "/end")));

        assertThat(response.status()).isEqualTo(200);
        assertThat(new String(response.body(), UTF_8)).isEqualTo("POST body Authorization=Bearer mine X-Trace=7");
    }

    @Test
    void what_says_who_asks_does_not_go_abroad() throws Exception {
        RegionClient.Response response = post(address(home, "/308?to=" + address(abroad, "/end")));

        assertThat(new String(response.body(), UTF_8)).isEqualTo("POST body Authorization=null X-Trace=7");
    }

    @Test
    void a_post_that_is_found_elsewhere_is_asked_for_without_its_body() throws Exception {
        assertThat(new String(post(address(home, "/302?to=/end")).body(), UTF_8))
                .startsWith("GET  ");
        assertThat(new String(post(address(home, "/303?to=/end")).body(), UTF_8))
                .startsWith("GET  ");
    }

    @Test
    void a_circle_ends_and_a_place_that_is_none_is_the_answer() throws Exception {
        assertThat(post(address(home, "/circle")).status()).isEqualTo(307);
        assertThat(post(address(home, "/307?to=ftp://127.0.0.1/x")).status()).isEqualTo(307);
        assertThat(post(address(home, "/307?to=:::")).status()).isEqualTo(307);
        assertThat(post(address(home, "/304?to=/end")).status()).isEqualTo(304);
    }

    private RegionClient.Response post(String address) throws Exception {
        return client.call(
                        "POST",
                        URI.create(address),
                        List.of(new Answer.Header("Authorization", "Bearer mine"), new Answer.Header("X-Trace", "7")),
                        "body".getBytes(UTF_8),
                        Duration.ofSeconds(20))
                .toCompletableFuture()
                .get(30, TimeUnit.SECONDS);
    }

    private static String address(HttpServer server, String path) {
        return "http://127.0.0.1:" + server.getAddress().getPort() + path;
    }

    private static HttpServer server() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", RedirectTest::answer);
        server.start();
        return server;
    }

    private static void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
            String path = exchange.getRequestURI().getPath();
            String query = exchange.getRequestURI().getRawQuery();
            if (path.equals("/end")) {
                byte[] said = (exchange.getRequestMethod() + " " + body + " Authorization="
                                + exchange.getRequestHeaders().getFirst("Authorization") + " X-Trace="
                                + exchange.getRequestHeaders().getFirst("X-Trace"))
                        .getBytes(UTF_8);
                exchange.sendResponseHeaders(200, said.length);
                exchange.getResponseBody().write(said);
                return;
            }
            boolean circle = path.equals("/circle");
            exchange.getResponseHeaders().set("Location", circle ? "/circle" : query.substring("to=".length()));
            exchange.sendResponseHeaders(circle ? 307 : Integer.parseInt(path.substring(1)), -1);
        }
    }
}
