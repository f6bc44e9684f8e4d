package dev.resilience.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.admin.DescribedApi.Operation;
import dev.resilience.config.AgentConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Who may do what, for each operation of the OpenAPI document: none is forgotten at the door. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EveryRouteTest {

    private static final String FULL = "Authorization: Bearer f-u-l-l";
    private static final String READER = "Authorization: Bearer r-e-a-d";
    private static final String HTML_FORM = "Content-Type: application/x-www-form-urlencoded";

    private final AdminFixture guarded = new AdminFixture();
    private final AdminFixture open = new AdminFixture();
    private String guardedUrl;
    private String openUrl;
    private DescribedApi api;

    @BeforeAll
    void serve() throws Exception {
        guardedUrl = guarded.serve(
                new AgentConfig.Admin(true, "127.0.0.1", 0, "f-u-l-l", "r-e-a-d"), java.time.Duration.ofSeconds(30));
        openUrl = open.serve();
        DescribedApi.fill(guarded);
        DescribedApi.fill(open);
        String answer = Wire.get(openUrl, "/api/openapi.json");
        api = DescribedApi.read(answer.substring(answer.indexOf("\r\n\r\n") + 4));
    }

    @AfterAll
    void close() {
        guarded.close();
        open.close();
    }

    Stream<Operation> operations() {
        return api.operations().stream();
    }

    @ParameterizedTest
    @MethodSource("operations")
    void needs_the_token_in_a_header_of_its_own(Operation operation) throws Exception {
        List<String> attempts = List.of(
                "X-Nothing: x",
                "Authorization: Bearer wrong",
                "Authorization: Bearer",
                "Authorization: f-u-l-l",
                "Authorization: Basic f-u-l-l",
                "Authorization: Bearer f-u-l-l, Bearer f-u-l-l",
                "Cookie: token=f-u-l-l");
        for (String attempt : attempts) {
            String answer = head(guardedUrl, operation, attempt);
            if (operation.path().equals(Doorman.LIVENESS)) {
                assertThat(answer).startsWith("HTTP/1.1 200");
            } else {
                assertThat(answer)
                        .as(attempt)
                        .startsWith("HTTP/1.1 401")
                        .containsIgnoringCase("content-type: application/problem+json")
                        .containsIgnoringCase("www-authenticate: Bearer");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("operations")
    void a_reader_reads_all_and_changes_nothing(Operation operation) throws Exception {
        String answer = head(guardedUrl, operation, READER);
        if (operation.reads()) {
            assertThat(answer).doesNotStartWith("HTTP/1.1 40").doesNotStartWith("HTTP/1.1 5");
        } else {
            long events = guarded.events.newest(1_000).size();
            assertThat(answer)
                    .startsWith("HTTP/1.1 403")
                    .containsIgnoringCase("content-type: application/problem+json");
            assertThat(guarded.events.newest(1_000)).hasSize((int) events);
        }
    }

    @ParameterizedTest
    @MethodSource("operations")
    void who_has_the_whole_token_may_all(Operation operation) throws Exception {
        assertThat(head(guardedUrl, operation, FULL)).startsWith("HTTP/1.1 200");
    }

    @ParameterizedTest
    @MethodSource("operations")
    void a_name_that_somebody_pointed_here_gets_nothing(Operation operation) throws Exception {
        for (String host : List.of("evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1")) {
            assertThat(head(openUrl, operation, "Host: " + host)).as(host).startsWith("HTTP/1.1 403");
            // Where there is a token, it is what such a page does not have.
            assertThat(head(guardedUrl, operation, "Host: " + host))
                    .as(host)
                    .startsWith(operation.path().equals(Doorman.LIVENESS) ? "HTTP/1.1 200" : "HTTP/1.1 401");
        }
    }

    @ParameterizedTest
    @MethodSource("operations")
    void pages_of_other_sites_change_nothing_not_even_with_the_token(Operation operation) throws Exception {
        if (operation.reads()) {
            // What is read is not handed to another site's page: nothing allows it.
            assertThat(head(openUrl, operation, "Origin: https://evil.example"))
                    .doesNotContainIgnoringCase("access-control-allow-origin");
            return;
        }
        for (String origin : List.of("https://evil.example", "null", "http://127.0.0.1:1", "file://")) {
            assertThat(head(openUrl, operation, "Origin: " + origin, HTML_FORM))
                    .as(origin)
                    .startsWith("HTTP/1.1 403");
            assertThat(head(guardedUrl, operation, "Origin: " + origin, FULL))
                    .as(origin)
                    .startsWith("HTTP/1.1 403");
        }
        for (String site : List.of("cross-site", "same-site")) {
            assertThat(head(openUrl, operation, "Sec-Fetch-Site: " + site)).startsWith("HTTP/1.1 403");
        }
        String preflight = Wire.request(openUrl, "OPTIONS", operation.target(), "Origin: https://evil.example");
        assertThat(preflight).startsWith("HTTP/1.1 4").doesNotContainIgnoringCase("access-control-allow");
    }

    @ParameterizedTest
    @MethodSource("operations")
    void another_method_is_refused_with_those_that_there_are(Operation operation) throws Exception {
        for (String method : List.of("PUT", "DELETE", "PATCH", "TRACE")) {
            assertThat(Wire.request(openUrl, method, operation.target()))
                    .as(method)
                    .startsWith("HTTP/1.1 405")
                    .containsIgnoringCase("allow: ")
                    .containsIgnoringCase("content-type: application/problem+json");
        }
    }

    /** Status line and headers; a stream's body has no end. */
    private static String head(String url, Operation operation, String... headers) throws IOException {
        URI uri = URI.create(url);
        StringBuilder request = new StringBuilder(operation.method())
                .append(' ')
                .append(operation.target())
                .append(" HTTP/1.1\r\nConnection: close\r\nContent-Length: 0\r\n");
        boolean host = false;
        for (String header : headers) {
            request.append(header).append("\r\n");
            host |= header.startsWith("Host:");
        }
        if (!host) {
            request.append("Host: ").append(uri.getAuthority()).append("\r\n");
        }
        try (Socket socket = new Socket(uri.getHost(), uri.getPort())) {
            socket.setSoTimeout(30_000);
            socket.getOutputStream().write(request.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII));
            InputStream in = socket.getInputStream();
            ByteArrayOutputStream head = new ByteArrayOutputStream();
            int next = in.read();
            while (next >= 0 && !head.toString(StandardCharsets.US_ASCII).endsWith("\r\n\r\n")) {
                head.write(next);
                next = in.read();
            }
            return head.toString(StandardCharsets.US_ASCII);
        }
    }
}
