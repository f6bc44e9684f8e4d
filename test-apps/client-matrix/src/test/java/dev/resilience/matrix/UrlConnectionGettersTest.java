package dev.resilience.matrix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.resilience.CircuitBreakerOpenException;
import dev.resilience.bootstrap.Bridge;
import dev.resilience.fallback.Answer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLConnection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** All that a URL connection can be asked, in each state, beside one that had the same answer from a server. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class UrlConnectionGettersTest {

    /** Something an application does with a connection. */
    @FunctionalInterface
    private interface Use {
        Object of(HttpURLConnection connection) throws Exception;
    }

    private static final String GUARDED = "/guarded/it";
    private static final String FREE = "/free/it";

    private static final String BEFORE_ANY_RESPONSE = "connected and disconnected";

    private static final Answer.Http PAGE = answer(200, "page", "Content-Type", "text/plain", "X-Twice", "one");
    private static final Answer.Http MISSING = answer(404, "no such page", "Content-Type", "text/plain");

    /** What the JDK refuses of a connection that is connected, and one that was kept from it may still be told: how to make its call. */
    private static final Set<String> MAY_DIFFER = Set.of(
            "setRequestMethod",
            "setRequestProperty",
            "addRequestProperty",
            "setAuthenticator",
            "setDoInput",
            "setDoOutput",
            "setAllowUserInteraction",
            "setUseCaches",
            "setIfModifiedSince",
            "setFixedLengthStreamingMode",
            "setFixedLengthStreamingMode, long",
            "setChunkedStreamingMode",
            "getRequestProperties");
    /** Https hands all on to what http is made of: what differs is how it connects. */
    private static final Set<String> OF_HTTPS = Set.of("connected", "answered");

    private static final Map<String, Use> STATES = states();
    private static final Map<String, Use> USES = uses();

    private final Map<String, String> byServers = new HashMap<>();
    private ScriptedGuard guard;
    private SSLContext tls;
    private AsGivenServer plain;
    private AsGivenServer secure;
    private long failuresBefore;

    private static Answer.Http answer(int status, String body, String... headers) {
        Stream.Builder<Answer.Header> all = Stream.builder();
        for (int i = 0; i < headers.length; i += 2) {
            all.add(new Answer.Header(headers[i], headers[i + 1]));
        }
        all.add(new Answer.Header("X-Twice", "two"));
        all.add(new Answer.Header("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT"));
        all.add(new Answer.Header("Age", "7"));
        if (status != 204) {
            all.add(new Answer.Header("Content-Length", String.valueOf(body.length())));
        }
        return new Answer.Http("respond", status, all.build().toList(), body.getBytes(StandardCharsets.US_ASCII));
    }

    private static Map<String, Use> states() {
        Map<String, Use> states = new LinkedHashMap<>();
        states.put("new", connection -> null);
        states.put("connected", connection -> {
            connection.connect();
            return null;
        });
        states.put("written to", connection -> {
            connection.setDoOutput(true);
            connection.getOutputStream().write('x');
            return null;
        });
        states.put("answered", HttpURLConnection::getResponseCode);
        states.put("read", connection -> {
            int status = connection.getResponseCode();
            try (InputStream body = status >= 400 ? connection.getErrorStream() : connection.getInputStream()) {
                return body == null ? null : body.readAllBytes();
            }
        });
        states.put("disconnected", connection -> {
            connection.getResponseCode();
            connection.disconnect();
            return null;
        });
        states.put(BEFORE_ANY_RESPONSE, connection -> {
            connection.connect();
            connection.disconnect();
            return null;
        });
        return states;
    }

    private static Map<String, Use> uses() {
        Map<String, Use> uses = new TreeMap<>();
        uses.put("connect", did(HttpURLConnection::connect));
        uses.put("disconnect", did(HttpURLConnection::disconnect));
        uses.put("getInputStream", HttpURLConnection::getInputStream);
        uses.put("getErrorStream", HttpURLConnection::getErrorStream);
        uses.put("getOutputStream", connection -> connection.getOutputStream() != null);
        uses.put("getResponseCode", HttpURLConnection::getResponseCode);
        uses.put("getResponseMessage", HttpURLConnection::getResponseMessage);
        uses.put("getContent", HttpURLConnection::getContent);
        uses.put("getContent, classes", connection -> connection.getContent(new Class<?>[] {InputStream.class}));
        uses.put("getContentType", HttpURLConnection::getContentType);
        uses.put("getContentEncoding", HttpURLConnection::getContentEncoding);
        uses.put("getContentLength", HttpURLConnection::getContentLength);
        uses.put("getContentLengthLong", HttpURLConnection::getContentLengthLong);
        uses.put("getDate", HttpURLConnection::getDate);
        uses.put("getExpiration", HttpURLConnection::getExpiration);
        uses.put("getLastModified", HttpURLConnection::getLastModified);
        uses.put(
                "getHeaderFields",
                connection -> new TreeMap<>(connection.getHeaderFields().entrySet().stream()
                        .collect(Collectors.toMap(entry -> String.valueOf(entry.getKey()), Map.Entry::getValue))));
        for (int at : new int[] {-1, 0, 1, 3, 9}) {
            uses.put("getHeaderField, " + at, connection -> connection.getHeaderField(at));
            uses.put("getHeaderFieldKey, " + at, connection -> connection.getHeaderFieldKey(at));
        }
        uses.put("getHeaderField, name", connection -> connection.getHeaderField("x-twice"));
        uses.put("getHeaderField, none", connection -> connection.getHeaderField("X-None"));
        uses.put("getHeaderField, null", connection -> connection.getHeaderField(null));
        uses.put("getHeaderFieldInt", connection -> connection.getHeaderFieldInt("Age", -1));
        uses.put("getHeaderFieldLong", connection -> connection.getHeaderFieldLong("X-None", -2));
        uses.put("getHeaderFieldDate", connection -> connection.getHeaderFieldDate("Last-Modified", 3));
        uses.put("usingProxy", HttpURLConnection::usingProxy);
        uses.put("getPermission", HttpURLConnection::getPermission);
        uses.put("getURL", HttpURLConnection::getURL);
        uses.put("toString", HttpURLConnection::toString);
        uses.put("getRequestMethod", HttpURLConnection::getRequestMethod);
        uses.put("setRequestMethod", did(connection -> connection.setRequestMethod("PUT")));
        uses.put("getRequestProperty", connection -> connection.getRequestProperty("X-Own"));
        uses.put(
                "getRequestProperties",
                connection -> connection.getRequestProperties().get("X-Own"));
        uses.put("setRequestProperty", did(connection -> connection.setRequestProperty("X-Late", "1")));
        uses.put("addRequestProperty", did(connection -> connection.addRequestProperty("X-Late", "1")));
        uses.put("setAuthenticator", did(connection -> connection.setAuthenticator(new java.net.Authenticator() {})));
        uses.put("setFixedLengthStreamingMode", did(connection -> connection.setFixedLengthStreamingMode(1)));
        uses.put("setFixedLengthStreamingMode, long", did(connection -> connection.setFixedLengthStreamingMode(1L)));
        uses.put("setChunkedStreamingMode", did(connection -> connection.setChunkedStreamingMode(100)));
        uses.put("getInstanceFollowRedirects", HttpURLConnection::getInstanceFollowRedirects);
        uses.put("setInstanceFollowRedirects", did(connection -> connection.setInstanceFollowRedirects(false)));
        uses.put("getDoInput", HttpURLConnection::getDoInput);
        uses.put("setDoInput", did(connection -> connection.setDoInput(true)));
        uses.put("getDoOutput", HttpURLConnection::getDoOutput);
        uses.put("setDoOutput", did(connection -> connection.setDoOutput(true)));
        uses.put("getAllowUserInteraction", HttpURLConnection::getAllowUserInteraction);
        uses.put("setAllowUserInteraction", did(connection -> connection.setAllowUserInteraction(true)));
        uses.put("getUseCaches", HttpURLConnection::getUseCaches);
        uses.put("setUseCaches", did(connection -> connection.setUseCaches(false)));
        uses.put("getDefaultUseCaches", HttpURLConnection::getDefaultUseCaches);
        uses.put("setDefaultUseCaches", did(connection -> connection.setDefaultUseCaches(true)));
        uses.put("getIfModifiedSince", HttpURLConnection::getIfModifiedSince);
        uses.put("setIfModifiedSince", did(connection -> connection.setIfModifiedSince(1)));
        uses.put("getConnectTimeout", HttpURLConnection::getConnectTimeout);
        uses.put("setConnectTimeout", did(connection -> connection.setConnectTimeout(30_000)));
        uses.put("getReadTimeout", HttpURLConnection::getReadTimeout);
        uses.put("setReadTimeout", did(connection -> connection.setReadTimeout(30_000)));
        return uses;
    }

    /** Something done with a connection that gives nothing. */
    @FunctionalInterface
    private interface Deed {
        void with(HttpURLConnection connection) throws Exception;
    }

    private static Use did(Deed deed) {
        return connection -> {
            deed.with(connection);
            return "done";
        };
    }

    @BeforeAll
    void openServers(@TempDir Path directory) throws Exception {
        tls = new TestKeys(directory).tls();
        plain = new AsGivenServer(null);
        secure = new AsGivenServer(tls);
    }

    @AfterAll
    void closeServers() throws IOException {
        plain.close();
        secure.close();
    }

    @BeforeEach
    void watch() {
        failuresBefore = Bridge.failures();
        for (AsGivenServer server : List.of(plain, secure)) {
            server.hits.set(0);
            server.failures.set(0);
        }
        guard = new ScriptedGuard();
        SwitchableGuard.use(guard);
    }

    @AfterEach
    void nothingIsLeftBehind() {
        SwitchableGuard.use(null);
        assertThat(Bridge.failures() - failuresBefore).isZero();
    }

    private HttpURLConnection open(URI uri) throws IOException {
        HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
        if (connection instanceof HttpsURLConnection https) {
            https.setSSLSocketFactory(tls.getSocketFactory());
        }
        connection.setRequestProperty("X-Own", "mine");
        connection.setReadTimeout(30_000);
        return connection;
    }

    private HttpsURLConnection https(String path) throws IOException {
        return (HttpsURLConnection) open(secure.uri(path));
    }

    @Test
    void nothing_that_an_application_can_ask_is_left_out() {
        Set<String> asked =
                USES.keySet().stream().map(use -> use.split(",", 2)[0]).collect(Collectors.toCollection(TreeSet::new));
        assertThat(Stream.of(URLConnection.class, HttpURLConnection.class)
                        .flatMap(type -> Arrays.stream(type.getDeclaredMethods()))
                        .filter(method ->
                                Modifier.isPublic(method.getModifiers()) && !Modifier.isStatic(method.getModifiers()))
                        .map(Method::getName))
                .isSubsetOf(asked);
    }

    @Test
    void an_answer_in_place_of_a_call_is_told_as_a_response() {
        List<Answer.Http> answers = List.of(
                PAGE,
                MISSING,
                answer(503, "later", "Retry-After", "30"),
                answer(204, ""),
                answer(500, ""),
                answer(410, "gone", "Content-Encoding", "identity"));
        for (Answer.Http answer : answers) {
            guard.answerAtOnce(answer);
            compare(plain, answer, true);
        }
        guard.answerAtOnce(PAGE);
        compare(secure, PAGE, true);
        assertThat(guard.calls).allSatisfy(call -> assertThat(call.outcome()).isIn("unsettled", "substituted"));
    }

    @Test
    void an_answer_in_place_of_a_failed_response_is_told_as_one() {
        guard.instead = MISSING;
        compare(plain, MISSING, false);
        guard.instead = PAGE;
        compare(secure, PAGE, false);
    }

    @Test
    void the_response_of_a_call_that_was_made_again_is_told_as_one() {
        guard.repetitions = 1;
        compare(plain, MISSING, false);
        compare(secure, PAGE, false);
    }

    private void compare(AsGivenServer server, Answer.Http answer, boolean atOnce) {
        server.answer = answer;
        STATES.forEach((state, reach) -> USES.forEach((name, use) -> {
            if (server == secure && !OF_HTTPS.contains(state)) {
                return;
            }
            if (guard.repetitions > 0 && state.equals(BEFORE_ANY_RESPONSE)) {
                // What it sent before is not known, and so it is not sent again.
                return;
            }
            String what = server.uri("").getScheme() + ", " + answer.status() + ", " + state + ": " + name;
            server.failures.set(0);
            String told = byServers.computeIfAbsent(what, once -> outcome(server.uri(FREE), reach, use));
            int before = server.hits.get();
            server.failures.set(atOnce ? 0 : 1);
            String given = outcome(server.uri(GUARDED), reach, use).replace(GUARDED, FREE);
            if (atOnce) {
                assertThat(server.hits.get()).as(what).isEqualTo(before);
            }
            if (state.equals("new") || !MAY_DIFFER.contains(name)) {
                assertThat(given).as(what).isEqualTo(told);
            }
        }));
    }

    private String outcome(URI uri, Use reach, Use use) {
        try {
            HttpURLConnection connection = open(uri);
            reach.of(connection);
            String shown;
            try {
                shown = shown(use.of(connection));
            } catch (Exception thrown) {
                shown = thrown.getClass().getName() + ": " + thrown.getMessage();
            }
            connection.disconnect();
            return shown;
        } catch (Exception unreachable) {
            return "not so far: " + unreachable;
        }
    }

    private static String shown(Object given) throws IOException {
        return given instanceof InputStream stream
                ? "stream of " + new String(stream.readAllBytes(), StandardCharsets.UTF_8)
                : String.valueOf(given);
    }

    @Test
    void who_was_answered_sets_no_request_property_any_more() throws Exception {
        guard.answerAtOnce(PAGE);
        for (AsGivenServer server : List.of(plain, secure)) {
            for (String state : List.of("connected", "written to", "answered", "read")) {
                HttpURLConnection connection = open(server.uri(GUARDED));
                STATES.get(state).of(connection);
                assertThatThrownBy(() -> connection.setRequestProperty("X-Late", "1"))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessage("Already connected");
                assertThatThrownBy(() -> connection.addRequestProperty("X-Late", "1"))
                        .isInstanceOf(IllegalStateException.class);
                assertThat(connection.getResponseCode()).isEqualTo(200);
            }
        }
    }

    @Test
    void a_rejected_call_is_told_as_one_that_found_nobody() throws Exception {
        guard.reject();
        URI nobody = TestServer.refused(FREE);
        USES.forEach((name, use) -> {
            for (String state : List.of("new", "refused")) {
                Use reach = state.equals("new") ? STATES.get(state) : UrlConnectionGettersTest::refused;
                String told = outcome(nobody, reach, use);
                String given = outcome(plain.uri(GUARDED), reach, use);
                assertThat(unable(given, plain.uri(GUARDED)))
                        .as(state + ": " + name)
                        .isEqualTo(unable(told, nobody));
            }
        });
        assertThat(plain.hits.get()).isZero();
    }

    private static Object refused(HttpURLConnection connection) throws IOException {
        try {
            return connection.getResponseCode();
        } catch (ConnectException | CircuitBreakerOpenException unable) {
            return null;
        }
    }

    private static String unable(String outcome, URI uri) {
        return outcome.replaceFirst(
                        "^(" + ConnectException.class.getName() + "|" + CircuitBreakerOpenException.class.getName()
                                + "): .*",
                        "unable")
                .replace(uri.getAuthority(), "there")
                .replace(uri.getPath(), "/it");
    }

    @Test
    void who_was_answered_asks_for_a_peer_and_hears_that_there_is_none() throws Exception {
        guard.answerAtOnce(PAGE);
        for (String state : List.of("connected", "answered", "read", "written to")) {
            HttpsURLConnection connection = https(GUARDED);
            STATES.get(state).of(connection);
            assertThat(connection.getCipherSuite()).isEqualTo("SSL_NULL_WITH_NULL_NULL");
            assertThat(connection.getLocalCertificates()).isNull();
            assertThat(connection.getLocalPrincipal()).isNull();
            assertThat(connection.getSSLSession()).isEmpty();
            assertThatThrownBy(connection::getServerCertificates).isInstanceOf(SSLPeerUnverifiedException.class);
            assertThatThrownBy(connection::getPeerPrincipal).isInstanceOf(SSLPeerUnverifiedException.class);
            connection.disconnect();
            assertThatThrownBy(connection::getCipherSuite).isInstanceOf(IllegalStateException.class);
        }
        assertThatThrownBy(https(GUARDED)::getCipherSuite).isInstanceOf(IllegalStateException.class);
        assertThat(secure.hits.get()).isZero();
    }

    @Test
    void who_is_rejected_is_told_of_no_connection() throws Exception {
        guard.reject();
        HttpsURLConnection connection = https(GUARDED);
        assertThatThrownBy(connection::connect).isInstanceOf(CircuitBreakerOpenException.class);
        assertThatThrownBy(connection::getServerCertificates).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(connection::getSSLSession).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(connection::getResponseCode).isInstanceOf(CircuitBreakerOpenException.class);
    }

    @Test
    void a_peer_is_looked_at_before_a_body_is_written() throws Exception {
        secure.answer = PAGE;
        guard.instead = MISSING;
        guard.passes = false;
        for (boolean first : new boolean[] {true, false}) {
            guard.calls.clear();
            int before = secure.hits.get();
            HttpsURLConnection connection = https(GUARDED);
            connection.setDoOutput(true);
            connection.connect();
            OutputStream early = first ? null : connection.getOutputStream();
            trusted(connection);
            OutputStream out = early == null ? connection.getOutputStream() : early;
            out.write("trusted".getBytes(StandardCharsets.US_ASCII));
            assertThat(connection.getResponseCode()).isEqualTo(200);
            trusted(connection);
            assertThat(secure.lastBody).isEqualTo("trusted");
            assertThat(secure.hits.get()).isEqualTo(before + 1);
            connection.getInputStream().readAllBytes();
            assertThat(guard.onlyCall().outcome()).isEqualTo("answered 200");
        }
    }

    private static void trusted(HttpsURLConnection connection) throws IOException {
        assertThat(connection.getServerCertificates()).hasSize(1);
        assertThat(connection.getPeerPrincipal().getName()).isEqualTo("CN=localhost");
        assertThat(connection.getCipherSuite()).startsWith("TLS_");
        assertThat(connection.getLocalCertificates()).isNull();
        assertThat(connection.getLocalPrincipal()).isNull();
        assertThat(connection.getSSLSession()).isPresent();
    }

    @Test
    void a_peer_that_cannot_be_had_is_none_and_says_why() throws Exception {
        guard.instead = MISSING;
        guard.reject();
        HttpsURLConnection connection = https(GUARDED);
        connection.setDoOutput(true);
        connection.connect();
        assertThatThrownBy(() -> connection.setRequestProperty("X-Late", "1"))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(connection::getServerCertificates)
                .isInstanceOf(SSLPeerUnverifiedException.class)
                .hasCauseInstanceOf(CircuitBreakerOpenException.class);
        assertThatThrownBy(connection::getOutputStream).isInstanceOf(CircuitBreakerOpenException.class);
        assertThatThrownBy(connection::getResponseCode).isInstanceOf(CircuitBreakerOpenException.class);
        assertThat(guard.onlyCall().outcome()).isEqualTo("rejected");
    }

    @Test
    void a_peer_that_refused_is_none_and_says_why_before_a_body_is_streamed_to_it() throws Exception {
        guard.instead = MISSING;
        URI nobody = URI.create(TestServer.refused(GUARDED).toString().replace("http:", "https:"));
        for (boolean passes : new boolean[] {true, false}) {
            guard.passes = passes;
            guard.calls.clear();
            HttpsURLConnection connection = (HttpsURLConnection) open(nobody);
            connection.setDoOutput(true);
            connection.setFixedLengthStreamingMode(1);
            OutputStream early = passes ? null : connection.getOutputStream();
            connection.connect();
            assertThat(connection.getCipherSuite()).isEqualTo("SSL_NULL_WITH_NULL_NULL");
            assertThat(connection.getLocalCertificates()).isNull();
            assertThat(connection.getSSLSession()).isEmpty();
            assertThatThrownBy(connection::getServerCertificates)
                    .isInstanceOf(SSLPeerUnverifiedException.class)
                    .hasCauseInstanceOf(ConnectException.class);
            OutputStream out = early == null ? connection.getOutputStream() : early;
            out.write('x');
            assertThat(connection.getResponseCode()).isEqualTo(404);
            assertThat(guard.onlyCall().outcome()).isEqualTo("failed");
            assertThat(guard.onlyCall().taken).asString().isEqualTo("x");
        }
    }

    @Test
    void a_peer_is_told_of_where_the_call_was_made_again_and_none_where_an_answer_took_its_place() throws Exception {
        secure.answer = PAGE;
        secure.failures.set(1);
        guard.instead = MISSING;
        HttpsURLConnection replaced = https(GUARDED);
        assertThat(replaced.getResponseCode()).isEqualTo(404);
        assertThat(replaced.getSSLSession()).isEmpty();
        assertThatThrownBy(replaced::getServerCertificates).isInstanceOf(SSLPeerUnverifiedException.class);
        secure.failures.set(1);
        guard.repetitions = 1;
        HttpsURLConnection again = https(GUARDED);
        assertThat(again.getResponseCode()).isEqualTo(200);
        trusted(again);
    }

    @Test
    void a_connection_that_is_used_again_before_it_had_a_response_makes_another_call() throws Exception {
        plain.answer = PAGE;
        HttpURLConnection connection = open(plain.uri(GUARDED));
        connection.connect();
        connection.disconnect();
        assertThat(connection.getInputStream().readAllBytes()).asString().isEqualTo("page");
        assertThat(guard.calls).extracting(ScriptedGuard.Call::outcome).containsExactly("cancelled", "answered 200");
        guard.calls.clear();
        guard.reject();
        connection.disconnect();
        assertThat(connection.getResponseCode()).isEqualTo(200);
        assertThat(guard.calls).isEmpty();
    }

    @Test
    void what_a_connection_was_not_set_up_for_is_no_failure_of_the_servers() throws Exception {
        HttpURLConnection connection = open(plain.uri(GUARDED));
        connection.setDoInput(false);
        assertThatThrownBy(connection::getInputStream).isInstanceOf(java.net.ProtocolException.class);
        assertThatThrownBy(connection::getOutputStream).isInstanceOf(java.net.ProtocolException.class);
        assertThat(guard.calls).allSatisfy(call -> assertThat(call.outcome()).isEqualTo("unsettled"));
    }
}
