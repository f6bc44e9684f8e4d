package dev.resilience.matrix;

import static dev.resilience.matrix.Answers.STALE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.resilience.CircuitBreakerOpenException;
import dev.resilience.bootstrap.Bridge;
import dev.resilience.fallback.Answer;
import dev.resilience.guard.ThreadMarks;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.ContextKey;
import io.opentelemetry.context.Scope;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** What every client must do under the agent, however it is called. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class HttpClientConformance {

    /** What a client's pool must be limited to per server, so that a leaked connection shows. */
    static final int POOLED = 2;

    /** How long a client must wait for an answer. */
    static final Duration READ_TIMEOUT = Duration.ofMillis(700);

    /** What an application keeps with its threads, as its logger and its tracing do. */
    static final ThreadLocal<String> WHO = new ThreadLocal<>();

    private static final InheritableThreadLocal<String> WHOSE = new InheritableThreadLocal<>();

    /** Apart, because the tours under the jar are applications without OpenTelemetry. */
    static final class Traced {

        static final boolean PRESENT =
                Traced.class.getClassLoader().getResource("io/opentelemetry/context/Context.class") != null;

        private Traced() {}

        static Context context() {
            return Context.root().with(Key.WHOSE, "mine");
        }

        /** Null where there is no such context. */
        static String whose() {
            return PRESENT ? Context.current().get(Key.WHOSE) : null;
        }

        private static final class Key {
            static final ContextKey<String> WHOSE = ContextKey.named("whose");
        }
    }

    TestServer server;
    ScriptedGuard guard;
    private long failuresBefore;

    /** Makes a call as an application would, and reads the whole reply. Throws what the application would be thrown. */
    abstract Reply exchange(Outgoing request) throws Exception;

    /** Whether the exception that an application is thrown is the rejection itself; otherwise it is among its causes. */
    boolean rejectionIsThrownAsItIs() {
        return true;
    }

    boolean followsRedirects() {
        return true;
    }

    /** Whether what a redirect leads to is sent the trace context of the call. */
    boolean tracesRedirects() {
        return true;
    }

    /** Whether the client may be told to wait {@link #READ_TIMEOUT} for an answer, and was. */
    boolean timesOut() {
        return true;
    }

    /** Whether something may take the place of a call whose body breaks off: only where the client reads bodies before it answers. */
    boolean settlesAfterTheBody() {
        return false;
    }

    /** Whether the client may be told to wait {@link #READ_TIMEOUT} for the next piece of a body, and was. */
    boolean timesOutReading() {
        return timesOut();
    }

    /**
     * Begins a call and, when told to, reads a first piece of its body.
     *
     * @return what closes it; null where an application cannot do that
     */
    AutoCloseable begun(Outgoing request, boolean reads) throws Exception {
        return null;
    }

    /**
     * Makes a call with a body that is too large to hold, and hands it on piece by piece.
     *
     * @return whether it did; false where this client's calls, as made here, hold whole bodies
     */
    boolean pieces(Outgoing request, Consumer<byte[]> to) throws Exception {
        to.accept(exchange(request).body());
        return false;
    }

    /**
     * Makes a call by a client that keeps cookies and has the credentials of {@link TestServer#USER} ready where it
     * {@link #answersChallenges}, always the same.
     *
     * @return null for a client that has neither
     */
    Reply asUser(Outgoing request) throws Exception {
        return null;
    }

    /** Whether a client that has credentials sends them when it is asked who it is. */
    boolean answersChallenges() {
        return true;
    }

    /** Whether calls are made on the thread that asks for them, which waits. */
    boolean onCallersThread() {
        return false;
    }

    static void drain(InputStream from, Consumer<byte[]> to) throws IOException {
        try (from) {
            byte[] piece = new byte[20_000];
            for (int read = from.read(piece); read >= 0; read = from.read(piece)) {
                to.accept(Arrays.copyOf(piece, read));
            }
        }
    }

    /** Whether the client asks for gzip by itself, or was told to, and unpacks it. */
    boolean unpacks() {
        return false;
    }

    /** Whether answers come from the caller's thread being made to wait for them. */
    boolean waits() {
        return true;
    }

    /** Whether the client itself tells a broken handshake by the same exception every time. */
    boolean tellsHandshakesOneWay() {
        return true;
    }

    /** Whether giving up a call that waits for its answer closes its connection. */
    boolean hangsUp() {
        return true;
    }

    /** Whether calls can be made again. */
    boolean repeats() {
        return true;
    }

    /** Whether the client knows interim answers: who does not, reads on in the next call what follows them. */
    boolean knowsInterim() {
        return true;
    }

    /** Whether what takes a call in charge is told its body. */
    boolean takesBodies() {
        return tellsBodies();
    }

    /** Whether what takes a call in charge is told its body where that can be read once only. @param sent whether it was */
    boolean takesBodiesOnce(boolean sent) {
        return true;
    }

    /**
     * Makes a PUT whose body can be read once only.
     *
     * @return null where this client, as called here, has no such bodies
     */
    Reply exchangeOnce(URI to, Once body) throws Exception {
        return null;
    }

    /** Whether the bodies that this test sends can be sent twice. */
    boolean tellsBodies() {
        return true;
    }

    /** Whether calls lie behind others on one connection, and fail with it. */
    boolean sharesConnections() {
        return false;
    }

    /** After a call that was given up: the next one may lie behind it still, and its connection goes. */
    final void connectionIsGone() {
        if (sharesConnections()) {
            Outgoing next = Outgoing.get(server.uri("/free/hello"));
            eventually(() -> assertThatCode(() -> exchange(next)).doesNotThrowAnyException());
        }
    }

    @BeforeAll
    void openServer() throws IOException {
        server = new TestServer();
    }

    @BeforeEach
    void open() {
        server.reset();
        guard = new ScriptedGuard();
        failuresBefore = Bridge.failures();
        SwitchableGuard.use(guard);
    }

    @AfterEach
    void nothingIsLeftBehind() {
        SwitchableGuard.use(null);
        server.hold.countDown();
        connectionIsGone();
        assertThat(ThreadMarks.active()).as("thread mark left behind").isFalse();
        assertThat(Bridge.failures() - failuresBefore)
                .as("failures inside the gate")
                .isZero();
    }

    @AfterAll
    void closeAll() throws Exception {
        server.close();
        if (this instanceof AutoCloseable closeable) {
            closeable.close();
        }
    }

    @Test
    void a_call_that_matches_nothing_is_untouched() throws Exception {
        Reply reply = exchange(Outgoing.get(server.uri("/free/hello")));
        assertThat(reply.text()).isEqualTo("Hello");
        assertThat(guard.calls).isEmpty();
    }

    @Test
    void success_is_handed_on_byte_for_byte_and_counted_once() throws Exception {
        Reply free = exchange(Outgoing.get(server.uri("/free/hello")));
        Reply reply = exchange(Outgoing.get(server.uri("/guarded/hello")));
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.text()).isEqualTo("Hello");
        assertThat(reply.header("X-Twice")).containsExactly("one", "two");
        assertThat(reply.headers().keySet()).isEqualTo(free.headers().keySet());
        settled("answered 200");
        assertThat(guard.onlyCall().request.method()).isEqualTo("GET");
        assertThat(guard.onlyCall().request.uri()).isEqualTo(server.uri("/guarded/hello"));
    }

    @Test
    void requests_carry_their_body_and_headers() throws Exception {
        byte[] body = Arrays.copyOf(TestServer.LARGE, 300_000);
        Outgoing request = Outgoing.post(server.uri("/guarded/echo"), body).with("X-Mine", "42");
        assertThat(exchange(request).body()).isEqualTo(body);
        settled("answered 200");
        assertThat(guard.onlyCall().request.method()).isEqualTo("POST");
        assertThat(guard.onlyCall().request.header("x-mine")).containsExactly("42");
        assertThat(guard.onlyCall().request.header("X-Absent")).isEmpty();
    }

    @Test
    void query_and_method_reach_the_rules() throws Exception {
        Reply reply =
                exchange(new Outgoing("DELETE", server.uri("/guarded/method?a=1&b=%20x"), java.util.Map.of(), null));
        assertThat(reply.text()).isEqualTo("DELETE");
        assertThat(guard.onlyCall().request.method()).isEqualTo("DELETE");
        assertThat(guard.onlyCall().request.uri()).isEqualTo(server.uri("/guarded/method?a=1&b=%20x"));
    }

    @Test
    void authorization_is_told_to_the_rules() throws Exception {
        exchange(Outgoing.get(server.uri("/guarded/hello")).with("Authorization", "Bearer abc"));
        assertThat(guard.onlyCall().request.header("Authorization")).containsExactly("Bearer abc");
    }

    @Test
    void a_client_without_cookies_or_credentials_asks_as_nobody_in_particular() throws Exception {
        exchange(Outgoing.get(server.uri("/guarded/hello")));
        assertThat(guard.onlyCall().request.header("Authorization")).isEmpty();
        assertThat(guard.onlyCall().request.header("Cookie")).isEmpty();
    }

    @Test
    void a_failed_status_is_handed_on_when_nothing_takes_its_place() throws Exception {
        Reply reply = exchange(Outgoing.get(server.uri("/guarded/status/503")));
        assertThat(reply.status()).isEqualTo(503);
        assertThat(reply.text()).isEqualTo("status 503");
        settled("answered 503");
    }

    @Test
    void the_callers_own_error_is_handed_on() throws Exception {
        Reply reply = exchange(Outgoing.get(server.uri("/guarded/status/404")));
        assertThat(reply.status()).isEqualTo(404);
        assertThat(reply.text()).isEqualTo("status 404");
        settled("answered 404");
    }

    @Test
    void an_answer_takes_the_place_of_a_failed_status() throws Exception {
        guard.instead = STALE;
        isStale(exchange(Outgoing.get(server.uri("/guarded/status/500"))));
        settled("answered 500");
    }

    @Test
    void an_answer_takes_the_place_of_a_failed_status_with_a_large_body_and_leaks_no_connection() throws Exception {
        guard.instead = STALE;
        for (int i = 0; i < 10 * POOLED; i++) {
            isStale(exchange(Outgoing.get(server.uri("/guarded/large-failure"))));
        }
        assertThat(exchange(Outgoing.get(server.uri("/free/hello"))).text()).isEqualTo("Hello");
    }

    @Test
    void odd_answers_are_seen_as_without_the_agent() throws Exception {
        for (String odd : TestServer.ODD.keySet()) {
            if (odd.startsWith(TestServer.INTERIM)) {
                interimAnswer(odd);
            } else {
                isSeenAsWithoutTheAgent(server, odd, seen(server, "/free/odd/" + odd));
            }
        }
    }

    /**
     * From a server of its own: a client that takes it for the answer takes the answer for that of another call on the
     * connection, which would be one of the next.
     */
    private void interimAnswer(String odd) throws Exception {
        if (!knowsInterim()) {
            return;
        }
        try (TestServer apart = new TestServer()) {
            Object free = seen(apart, "/free/odd/" + odd);
            if (String.valueOf(free).startsWith("[200")) {
                isSeenAsWithoutTheAgent(apart, odd, free);
            }
        }
    }

    private void isSeenAsWithoutTheAgent(TestServer by, String odd, Object free) {
        assertThat(guard.calls).isEmpty();
        for (boolean keeps : new boolean[] {false, true}) {
            guard.keeps = keeps;
            assertThat(seen(by, "/guarded/odd/" + odd)).as(odd).isEqualTo(free);
            if (free instanceof List<?> all) {
                settled("answered " + all.get(0));
            } else {
                eventually(() -> assertThat(guard.onlyCall().settlements).hasSize(1));
            }
            guard.calls.clear();
        }
    }

    /** All that an application sees of a call: status, headers in order, body and more, or the failure's class. */
    private Object seen(TestServer by, String path) {
        try {
            Reply reply = exchange(Outgoing.get(by.rawUri(path)));
            List<Object> all = new ArrayList<>(List.of(reply.status(), reply.text()));
            all.addAll(reply.seen());
            return all.stream()
                    .map(line -> line instanceof String text ? text.replace("/guarded/", "/free/") : line)
                    .toList();
        } catch (Exception failure) {
            return unwrapped(failure).getClass().getName();
        }
    }

    @Test
    void no_content_and_empty_bodies() throws Exception {
        Reply reply = exchange(Outgoing.get(server.uri("/guarded/empty")));
        assertThat(reply.status()).isEqualTo(204);
        assertThat(reply.body()).isEmpty();
        settled("answered 204");
    }

    @Test
    void head_has_no_body() throws Exception {
        Reply reply = exchange(new Outgoing("HEAD", server.uri("/guarded/hello"), java.util.Map.of(), null));
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.body()).isEmpty();
        settled("answered 200");
    }

    @Test
    void large_streamed_bodies_arrive_whole() throws Exception {
        assertThat(exchange(Outgoing.get(server.uri("/guarded/large"))).body()).isEqualTo(TestServer.LARGE);
        settled("answered 200");
    }

    @Test
    void fifty_megabytes_arrive_byte_for_byte() throws Exception {
        guard.keeps = false;
        MessageDigest got = MessageDigest.getInstance("SHA-256");
        pieces(Outgoing.get(server.uri("/guarded/huge")), got::update);
        assertThat(got.digest()).isEqualTo(TestServer.hugeDigest());
        settled("answered 200");
    }

    @Test
    void a_challenge_is_answered_by_the_client_itself_and_counts_once() throws Exception {
        assertThat(exchange(Outgoing.get(server.uri("/guarded/secret"))).status())
                .isEqualTo(401);
        settled("answered 401");
        guard.calls.clear();
        server.hits.set(0);
        Reply reply = asUser(Outgoing.get(server.uri("/guarded/secret")));
        Assumptions.assumeTrue(reply != null && answersChallenges(), "this client answers no challenges by itself");
        assertThat(reply.text()).isEqualTo("secret");
        assertThat(reply.status()).isEqualTo(200);
        settled("answered 200");
        assertThat(server.hits.get()).isEqualTo(2);
    }

    @Test
    void cookies_are_kept_and_sent_and_told_to_the_rules() throws Exception {
        Reply set = asUser(Outgoing.get(server.uri("/guarded/cookie")));
        Assumptions.assumeTrue(set != null, "this client keeps no cookies by itself");
        settled("answered 200");
        guard.calls.clear();
        guard.asksForCookies = true;
        assertThat(asUser(Outgoing.get(server.uri("/guarded/cookies"))).text()).isEqualTo("cookies: [session=abc]");
        settled("answered 200");
        assertThat(guard.onlyCall().cookies).singleElement().asString().contains("session=abc");
    }

    @Test
    void what_interrupts_a_thread_goes_on_interrupting_it() throws Exception {
        Assumptions.assumeTrue(onCallersThread(), "this client's calls are made on other threads");
        guard.reject();
        isRejection(interrupted(Outgoing.get(server.uri("/guarded/hello")), true));
        guard.answerAtOnce(STALE);
        assertThat(interrupted(Outgoing.get(server.uri("/guarded/hello")), true))
                .isNull();
        guard.admission = null;
        guard.instead = null;
        guard.calls.clear();
        // What becomes of a call depends on whether there is a connection for it.
        exchange(Outgoing.get(server.uri("/free/hello")));
        Throwable free = interrupted(Outgoing.get(server.uri("/free/hello")), null);
        boolean still = stillInterrupted;
        exchange(Outgoing.get(server.uri("/free/hello")));
        Throwable guarded = interrupted(Outgoing.get(server.uri("/guarded/hello")), still);
        assertThat(guarded == null ? null : guarded.getClass()).isEqualTo(free == null ? null : free.getClass());
    }

    /** For a client that makes its calls on other threads, and the caller wait until he is interrupted. */
    final void isGivenUpWhenItsCallerIsInterrupted() {
        server.hold = new java.util.concurrent.CountDownLatch(1);
        Throwable free = interrupted(Outgoing.get(server.uri("/free/hold")), null);
        Throwable guarded = interrupted(Outgoing.get(server.uri("/guarded/hold")), stillInterrupted);
        alike(guarded, free);
        settled("cancelled");
    }

    private boolean stillInterrupted;

    /** Makes a call on a thread that was interrupted before. @param expected whether it is afterwards; null for either */
    private Throwable interrupted(Outgoing request, Boolean expected) {
        Thread.currentThread().interrupt();
        Throwable thrown;
        try {
            thrown = catchThrowable(() -> exchange(request));
        } finally {
            stillInterrupted = Thread.interrupted();
        }
        if (expected != null) {
            assertThat(stillInterrupted).isEqualTo(expected);
        }
        return thrown;
    }

    @Test
    void what_the_client_makes_again_on_another_connection_is_one_call() throws Exception {
        exchange(Outgoing.get(server.rawUri("/free/drops")));
        Throwable failure = catchThrowable(() -> exchange(Outgoing.get(server.rawUri("/guarded/drops"))));
        // Whether it tries again is the client's, and for some the network's, to decide.
        settled(failure == null ? "answered 200" : "failed");
    }

    @Test
    void a_recorder_gets_what_the_application_reads() throws Exception {
        guard.instead = STALE;
        assertThat(exchange(Outgoing.get(server.uri("/guarded/large"))).body()).isEqualTo(TestServer.LARGE);
        settled("answered 200");
        ScriptedGuard.Recorder recorder = guard.onlyCall().recorder;
        assertThat(recorder).as("asked for a recorder").isNotNull();
        eventually(() -> assertThat(recorder.end).isEqualTo("complete"));
        assertThat(recorder.bytes()).isEqualTo(TestServer.LARGE);
    }

    @Test
    void every_good_response_is_shown_to_the_guard_once_also_where_no_copy_is_wanted() throws Exception {
        guard.keeps = false;
        exchange(Outgoing.post(server.uri("/guarded/echo"), new byte[10]));
        exchange(Outgoing.get(server.uri("/guarded/empty")));
        exchange(Outgoing.get(server.uri("/guarded/status/404")));
        eventually(() -> assertThat(guard.calls)
                .extracting(call -> call.shown)
                .containsExactly(List.of(200), List.of(204), List.of(404)));
    }

    @Test
    void a_recorded_body_is_what_its_headers_say() throws Exception {
        guard.instead = STALE;
        Outgoing request = Outgoing.get(server.uri("/guarded/gzip"));
        Reply reply = exchange(request);
        ScriptedGuard.Call call = guard.onlyCall();
        if (unpacks()) {
            assertThat(reply.text()).isEqualTo("compressed ".repeat(1000));
        }
        eventually(() -> assertThat(call.recorder.end).isEqualTo("complete"));
        settled("answered 200");
        boolean saysGzip =
                call.answeredHeaders.stream().anyMatch(header -> header.name().equalsIgnoreCase("Content-Encoding"));
        byte[] recorded = call.recorder.bytes();
        boolean isGzip = recorded.length > 1 && recorded[0] == 0x1f && (recorded[1] & 0xff) == 0x8b;
        assertThat(isGzip).as("body is gzip, as its headers say").isEqualTo(saysGzip);
        for (Answer.Header header : call.answeredHeaders) {
            if (header.name().equalsIgnoreCase("Content-Length")) {
                assertThat(Integer.parseInt(header.value())).isEqualTo(recorded.length);
            }
        }
    }

    @Test
    void an_answer_to_a_call_that_was_led_elsewhere_comes_from_there_as_the_real_one_does() throws Exception {
        Outgoing request = Outgoing.get(server.uri("/guarded/redirect"));
        URI last = server.uri("/guarded/hello");
        guard.instead = STALE;
        Reply real = exchange(request);
        Assumptions.assumeTrue(real.address() != null && followsRedirects());
        assertThat(real.address()).isEqualTo(last);
        eventually(() -> assertThat(guard.onlyCall().recorder.address).isEqualTo(last));

        guard.answerAtOnce(new Answer.Http(STALE.strategy(), STALE.status(), STALE.headers(), STALE.body(), last));
        Reply stale = exchange(request);
        assertThat(stale.text()).isEqualTo("from the cache, ä");
        assertThat(stale.address()).isEqualTo(last);
        guard.answerAtOnce(STALE);
        assertThat(exchange(request).address()).isEqualTo(request.uri());
    }

    @Test
    void redirects_inside_the_client_count_once() throws Exception {
        Reply reply = exchange(Outgoing.get(server.uri("/guarded/redirect")));
        assertThat(reply.status()).isEqualTo(followsRedirects() ? 200 : 302);
        settled("answered " + reply.status());
        assertThat(server.hits.get()).isEqualTo(followsRedirects() ? 2 : 1);
    }

    @Test
    void a_refused_connection_fails_as_without_the_agent() throws Exception {
        failsAsWithoutTheAgent(TestServer.refused("/free/hello"), TestServer.refused("/guarded/hello"));
        settled("failed");
        assertThat(guard.onlyCall().failure).isInstanceOf(IOException.class);
    }

    @Test
    void an_answer_takes_the_place_of_a_refused_connection() throws Exception {
        guard.instead = STALE;
        isStale(exchange(Outgoing.get(TestServer.refused("/guarded/hello"))));
        settled("failed");
    }

    @Test
    void an_answer_takes_the_place_of_a_request_with_a_body_that_was_refused() throws Exception {
        guard.instead = STALE;
        isStale(exchange(Outgoing.post(TestServer.refused("/guarded/echo"), new byte[100_000])));
        settled("failed");
    }

    @Test
    void an_unknown_host_fails_as_without_the_agent() throws Exception {
        URI unknown = URI.create("http://no-such-host.invalid/free");
        failsAsWithoutTheAgent(unknown, URI.create("http://no-such-host.invalid/guarded"));
        settled("failed");
    }

    @Test
    void a_broken_handshake_fails_as_without_the_agent() throws Exception {
        String secure = server.rawUri("").toString().replace("http:", "https:");
        if (tellsHandshakesOneWay()) {
            failsAsWithoutTheAgent(URI.create(secure + "/free"), URI.create(secure + "/guarded"));
        } else {
            Throwable thrown = catchThrowable(() -> exchange(Outgoing.get(URI.create(secure + "/guarded"))));
            assertThat(unwrapped(thrown)).isInstanceOf(IOException.class);
        }
        settled("failed");
    }

    @Test
    void a_reset_connection_fails_as_without_the_agent() throws Exception {
        failsAsWithoutTheAgent(server.rawUri("/free/reset"), server.rawUri("/guarded/reset"));
        settled("failed");
    }

    @Test
    void a_dependency_that_never_answers_is_a_failure_after_the_clients_own_time_out() throws Exception {
        if (timesOut()) {
            failsAsWithoutTheAgent(server.rawUri("/free/silent"), server.rawUri("/guarded/silent"));
            settled("failed");
        }
    }

    @Test
    void a_truncated_body_fails_as_without_the_agent_and_is_not_kept() throws Exception {
        guard.instead = STALE;
        breaks("truncated");
        ScriptedGuard.Recorder recorder = guard.onlyCall().recorder;
        if (recorder != null) {
            eventually(() -> assertThat(recorder.end).isEqualTo("abandoned"));
        }
    }

    @Test
    void a_truncated_body_is_a_failure() throws Exception {
        breaks("truncated");
    }

    @Test
    void a_body_whose_connection_is_reset_is_a_failure() throws Exception {
        breaks("reset-body");
    }

    @Test
    void a_body_that_does_not_go_on_is_a_failure_after_the_clients_own_time_out() throws Exception {
        Assumptions.assumeTrue(timesOutReading(), "this client's time-outs end with the head");
        breaks("silent-body");
    }

    @Test
    void a_body_that_the_application_closes_early_leaves_the_call_to_its_head() throws Exception {
        server.hold = new java.util.concurrent.CountDownLatch(1);
        AutoCloseable half = begun(Outgoing.get(server.uri("/guarded/half")), true);
        Assumptions.assumeTrue(half != null, "this client reads bodies before it answers");
        // Some clients read what is left before they close.
        server.hold.countDown();
        half.close();
        settled("answered 200");
    }

    @Test
    void a_body_that_nobody_reads_leaves_the_call_to_its_head() throws Exception {
        server.hold = new java.util.concurrent.CountDownLatch(1);
        AutoCloseable unread = begun(Outgoing.get(server.uri("/guarded/half")), false);
        Assumptions.assumeTrue(unread != null, "this client reads bodies without being asked to");
        settled("answered 200");
        server.hold.countDown();
        unread.close();
        settled("answered 200");
    }

    /** A body that breaks is told to the application as without the agent, and to the rules once. */
    private void breaks(String how) {
        Throwable free = catchThrowable(() -> exchange(Outgoing.get(server.rawUri("/free/" + how))));
        Throwable guarded = catchThrowable(() -> exchange(Outgoing.get(server.rawUri("/guarded/" + how))));
        if (guard.instead == null || !settlesAfterTheBody()) {
            if (free == null) {
                // This client takes a broken connection for the end of the body.
                assertThat(guarded).isNull();
            } else {
                alike(guarded, free);
            }
        }
        // Whether something was handed over by then is the client's, and for some the network's, to decide.
        eventually(() -> assertThat(guard.onlyCall().outcome()).isIn("failed", "broken"));
        assertThat(guard.onlyCall().failure)
                .isInstanceOfAny(IOException.class, java.util.concurrent.TimeoutException.class);
    }

    @Test
    void a_rejection_reaches_no_server() throws Exception {
        guard.reject();
        Throwable thrown = catchThrowable(() -> exchange(Outgoing.get(server.uri("/guarded/hello"))));
        isRejection(thrown);
        assertThat(server.hits.get()).isZero();
        assertThat(guard.onlyCall().outcome()).isEqualTo("rejected");
    }

    @Test
    void a_rejection_of_a_request_with_a_body_reaches_no_server() throws Exception {
        guard.reject();
        Outgoing post = Outgoing.post(server.uri("/guarded/echo"), new byte[100_000]);
        isRejection(catchThrowable(() -> exchange(post)));
        assertThat(server.hits.get()).isZero();
        assertThat(guard.onlyCall().outcome()).isEqualTo("rejected");
    }

    @Test
    void a_thousand_rejections_leak_no_connection() throws Exception {
        assertThat(exchange(Outgoing.get(server.uri("/guarded/hello"))).text()).isEqualTo("Hello");
        guard.reject();
        for (int i = 0; i < 1_000; i++) {
            isRejection(catchThrowable(() -> exchange(Outgoing.get(server.uri("/guarded/hello")))));
        }
        guard.admission = null;
        for (int i = 0; i < 3 * POOLED; i++) {
            assertThat(exchange(Outgoing.get(server.uri("/guarded/hello"))).text())
                    .isEqualTo("Hello");
        }
    }

    @Test
    void an_answer_takes_the_place_of_a_rejected_call() throws Exception {
        guard.answerAtOnce(STALE);
        isStale(exchange(Outgoing.get(server.uri("/guarded/hello"))));
        assertThat(server.hits.get()).isZero();
        assertThat(guard.onlyCall().outcome()).isEqualTo("substituted");
    }

    @Test
    void an_answer_takes_the_place_of_a_rejected_call_to_an_ipv6_address() throws Exception {
        guard.answerAtOnce(STALE);
        isStale(exchange(Outgoing.get(URI.create("http://[::1]:9/guarded/hello"))));
        assertThat(guard.onlyCall().request.uri()).asString().contains("://[::1]:9/");
    }

    @Test
    void an_answer_takes_the_place_of_a_rejected_request_with_a_body() throws Exception {
        guard.answerAtOnce(STALE);
        isStale(exchange(Outgoing.post(server.uri("/guarded/echo"), new byte[100_000])));
        assertThat(server.hits.get()).isZero();
    }

    @Test
    void answers_may_be_large_or_empty_or_failures_themselves() throws Exception {
        guard.answerAtOnce(new Answer.Http("respond", 200, List.of(), TestServer.LARGE));
        assertThat(exchange(Outgoing.get(server.uri("/guarded/hello"))).body()).isEqualTo(TestServer.LARGE);
        guard.answerAtOnce(new Answer.Http("respond", 204, List.of(), new byte[0]));
        Reply empty = exchange(Outgoing.get(server.uri("/guarded/hello")));
        assertThat(empty.status()).isEqualTo(204);
        assertThat(empty.body()).isEmpty();
        guard.answerAtOnce(new Answer.Http(
                "respond", 503, List.of(new Answer.Header("Content-Type", "application/json")), "{}".getBytes()));
        Reply failed = exchange(Outgoing.get(server.uri("/guarded/hello")));
        assertThat(failed.status()).isEqualTo(503);
        assertThat(failed.text()).isEqualTo("{}");
        assertThat(server.hits.get()).isZero();
    }

    @Test
    void the_answer_to_head_has_no_body() throws Exception {
        guard.answerAtOnce(STALE);
        Reply reply = exchange(new Outgoing("HEAD", server.uri("/guarded/hello"), java.util.Map.of(), null));
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.header("Age")).containsExactly("7");
    }

    @Test
    void trace_context_is_sent_along_when_the_application_sends_none() throws Exception {
        guard.traceparent = "00-11111111111111111111111111111111-2222222222222222-01";
        exchange(Outgoing.get(server.uri("/guarded/hello")));
        assertThat(server.lastTraceparent).isEqualTo(guard.traceparent);
        assertThat(server.traceparents).isEqualTo(1);
        String own = "00-33333333333333333333333333333333-4444444444444444-01";
        exchange(Outgoing.get(server.uri("/guarded/hello")).with("traceparent", own));
        assertThat(server.lastTraceparent).isEqualTo(own);
        assertThat(server.traceparents).isEqualTo(1);
        byte[] body = Arrays.copyOf(TestServer.LARGE, 10_000);
        assertThat(exchange(Outgoing.post(server.uri("/guarded/echo"), body)).body())
                .isEqualTo(body);
        assertThat(server.lastTraceparent).isEqualTo(guard.traceparent);
    }

    @Test
    void trace_context_is_sent_once_with_each_request_that_a_call_makes() throws Exception {
        guard.traceparent = "00-11111111111111111111111111111111-2222222222222222-01";
        if (tracesRedirects()) {
            exchange(Outgoing.get(server.uri("/guarded/redirect")));
            assertThat(server.lastTraceparent).isEqualTo(guard.traceparent);
            assertThat(server.traceparents).isEqualTo(1);
        }
        if (repeats()) {
            server.reset();
            guard.repetitions = 2;
            server.flaky.set(2);
            exchange(Outgoing.get(server.uri("/guarded/flaky")));
            assertThat(server.hits).hasValue(3);
            assertThat(server.lastTraceparent).isEqualTo(guard.traceparent);
            assertThat(server.traceparents).isEqualTo(1);
        }
    }

    @Test
    void trace_context_of_the_applications_is_sent_as_it_is_in_any_case_of_letters() throws Exception {
        guard.traceparent = "00-11111111111111111111111111111111-2222222222222222-01";
        String own = "00-33333333333333333333333333333333-4444444444444444-01";
        for (String name : new String[] {"TraceParent", "TRACEPARENT"}) {
            exchange(Outgoing.get(server.uri("/guarded/hello")).with(name, own));
            assertThat(server.lastTraceparent).as(name).isEqualTo(own);
            assertThat(server.traceparents).as(name).isEqualTo(1);
        }
    }

    @Test
    void the_key_of_a_request_that_may_be_sent_again_goes_out_with_each_sending() throws Exception {
        guard.idempotencyKey = "b0c1";
        byte[] body = Arrays.copyOf(TestServer.LARGE, 10_000);
        for (boolean traces : new boolean[] {false, true}) {
            guard.traceparent = traces ? "00-11111111111111111111111111111111-2222222222222222-01" : null;
            server.reset();
            assertThat(exchange(Outgoing.post(server.uri("/guarded/echo"), body))
                            .body())
                    .isEqualTo(body);
            assertThat(server.idempotencyKeys).containsExactly("b0c1");
            exchange(Outgoing.post(server.uri("/guarded/echo"), body).with("idempotency-key", "of the application"));
            assertThat(server.idempotencyKeys).containsExactly("b0c1", "of the application");
        }
        if (repeats()) {
            server.reset();
            guard.repetitions = 2;
            server.flaky.set(2);
            exchange(new Outgoing(
                    "POST", server.uri("/guarded/flaky"), java.util.Map.of(), tellsBodies() ? body : null));
            assertThat(server.idempotencyKeys).containsExactly("b0c1", "b0c1", "b0c1");
        }
    }

    @Test
    void the_callers_thread_is_left_as_it_was() throws Exception {
        untouched(200);
        guard.repetitions = repeats() ? 1 : 0;
        server.flaky.set(1);
        as(() -> exchange(Outgoing.get(server.uri("/guarded/flaky"))));
        guard.repetitions = 0;
        as(() -> exchange(Outgoing.get(server.uri("/guarded/status/503"))));
        URI refused = TestServer.refused("/guarded/hello");
        as(() -> catchThrowable(() -> exchange(Outgoing.get(refused))));
        guard.reject();
        as(() -> catchThrowable(() -> exchange(Outgoing.get(server.uri("/guarded/hello")))));
        guard.answerAtOnce(STALE);
        untouched(200);
    }

    private void untouched(int status) throws Exception {
        as(() -> assertThat(exchange(Outgoing.get(server.uri("/guarded/hello"))).status())
                .isEqualTo(status));
    }

    /** Makes a call as somebody, who is nobody else afterwards. */
    private void as(java.util.concurrent.Callable<?> call) throws Exception {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        ClassLoader own = new ClassLoader(before) {};
        Context context = Traced.context();
        thread.setContextClassLoader(own);
        WHO.set("me");
        WHOSE.set("mine");
        try (Scope current = context.makeCurrent()) {
            call.call();
            assertThat(WHO.get()).isEqualTo("me");
            assertThat(WHOSE.get()).isEqualTo("mine");
            assertThat(Context.current()).isSameAs(context);
            assertThat(thread.getContextClassLoader()).isSameAs(own);
        } finally {
            WHO.remove();
            WHOSE.remove();
            thread.setContextClassLoader(before);
        }
    }

    @Test
    void the_body_of_a_request_is_told_where_it_can_be() throws Exception {
        byte[] body = Arrays.copyOf(TestServer.LARGE, 10_000);
        exchange(Outgoing.post(server.uri("/guarded/echo"), body));
        byte[] told = guard.onlyCall().request.body();
        if (tellsBodies()) {
            assertThat(told).isEqualTo(body);
        } else {
            assertThat(told).isNull();
        }
        guard.calls.clear();
        exchange(Outgoing.get(server.uri("/guarded/hello")));
        assertThat(guard.onlyCall().request.body()).isEmpty();
    }

    @Test
    void what_takes_a_call_in_charge_is_told_its_body() throws Exception {
        byte[] body = Arrays.copyOf(TestServer.LARGE, 10_000);
        guard.instead = STALE;
        isStale(exchange(Outgoing.post(server.uri("/guarded/status/503"), body)));
        isTaken(body);
        isStale(exchange(Outgoing.post(TestServer.refused("/guarded/echo"), body)));
        isTaken(body);
        guard.answerAtOnce(STALE);
        isStale(exchange(Outgoing.post(server.uri("/guarded/echo"), body)));
        isTaken(body);
    }

    @Test
    void what_takes_a_call_in_charge_is_told_a_body_that_can_be_read_once() throws Exception {
        Once plain = new Once();
        Reply echoed = exchangeOnce(server.uri("/guarded/echo"), plain);
        Assumptions.assumeTrue(echoed != null, "this client's bodies can be read again");
        assertThat(echoed.body()).isEqualTo(plain.bytes);
        guard.calls.clear();
        guard.instead = STALE;
        Once passed = new Once();
        assertThat(exchangeOnce(server.uri("/guarded/echo"), passed).body()).isEqualTo(passed.bytes);
        guard.calls.clear();
        Once failed = new Once();
        isStale(exchangeOnce(server.uri("/guarded/status/503"), failed));
        isTakenOnce(failed, true);
        Once refused = new Once();
        isStale(exchangeOnce(TestServer.refused("/guarded/echo"), refused));
        isTakenOnce(refused, false);
        guard.answerAtOnce(STALE);
        Once rejected = new Once();
        isStale(exchangeOnce(server.uri("/guarded/echo"), rejected));
        isTakenOnce(rejected, false);
        Once long1 = new Once(1_100_000);
        isStale(exchangeOnce(server.uri("/guarded/echo"), long1));
        assertThat(guard.onlyCall().taken).isNull();
        guard.calls.clear();
        guard.admission = null;
        Once long2 = new Once(1_100_000);
        assertThat(exchangeOnce(server.uri("/guarded/echo"), long2).body()).isEqualTo(long2.bytes);
    }

    private void isTakenOnce(Once body, boolean sent) {
        byte[] taken = guard.onlyCall().taken;
        guard.calls.clear();
        if (takesBodiesOnce(sent)) {
            assertThat(taken).isEqualTo(body.bytes);
        } else {
            assertThat(taken).isNull();
        }
        assertThat(body.begun.get()).isLessThanOrEqualTo(1);
    }

    private void isTaken(byte[] body) {
        byte[] taken = guard.onlyCall().taken;
        guard.calls.clear();
        if (takesBodies()) {
            assertThat(taken).isEqualTo(body);
        } else {
            assertThat(taken).isNull();
        }
    }

    @Test
    void a_failed_call_is_made_again_where_the_rule_says_so() throws Exception {
        Assumptions.assumeTrue(repeats(), "this client's calls cannot be made again");
        guard.repetitions = 2;
        server.flaky.set(1);
        byte[] body = tellsBodies() ? Arrays.copyOf(TestServer.LARGE, 10_000) : null;
        Outgoing request =
                new Outgoing(body == null ? "GET" : "PUT", server.uri("/guarded/flaky"), java.util.Map.of(), body);
        Reply reply = exchange(request);
        assertThat(guard.onlyCall().repeatable).isTrue();
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.body()).isEqualTo(body == null ? new byte[0] : body);
        assertThat(server.hits.get()).isEqualTo(2);
        settled("answered 200");
    }

    @Test
    void a_call_that_fails_again_and_again_fails_as_the_last_time() throws Exception {
        Assumptions.assumeTrue(repeats(), "this client's calls cannot be made again");
        guard.repetitions = 2;
        server.flaky.set(10);
        Reply reply = exchange(Outgoing.get(server.uri("/guarded/flaky")));
        assertThat(reply.status()).isEqualTo(503);
        assertThat(reply.text()).isEqualTo("not yet");
        assertThat(server.hits.get()).isEqualTo(3);
        settled("answered 503");
        guard.calls.clear();
        URI refused = TestServer.refused("/guarded/hello");
        assertThat(catchThrowable(() -> exchange(Outgoing.get(refused)))).isNotNull();
        settled("failed");
        assertThat(guard.onlyCall().repeated).isEqualTo(2);
        guard.calls.clear();
        guard.instead = STALE;
        isStale(exchange(Outgoing.get(refused)));
    }

    @Test
    void repeated_calls_leak_no_connection() throws Exception {
        Assumptions.assumeTrue(repeats(), "this client's calls cannot be made again");
        guard.repetitions = 3 * POOLED;
        guard.instead = STALE;
        isStale(exchange(Outgoing.get(server.uri("/guarded/large-failure"))));
        assertThat(server.hits.get()).isEqualTo(3 * POOLED + 1);
        assertThat(exchange(Outgoing.get(server.uri("/free/hello"))).text()).isEqualTo("Hello");
    }

    @Test
    void a_call_that_takes_longer_than_the_rules_deadline_has_failed() throws Exception {
        guard.deadlineMillis = 300;
        server.hold = new java.util.concurrent.CountDownLatch(1);
        Throwable thrown = catchThrowable(() -> exchange(Outgoing.get(server.uri("/guarded/hold"))));
        assertThat(thrown).isNotNull();
        settled("failed");
        assertThat(guard.onlyCall().failure)
                .isInstanceOfAny(IOException.class, java.util.concurrent.TimeoutException.class);
        server.hold.countDown();
        connectionIsGone();
        guard.calls.clear();
        guard.deadlineMillis = 20_000;
        assertThat(exchange(Outgoing.get(server.uri("/guarded/hello"))).text()).isEqualTo("Hello");
        settled("answered 200");
    }

    @Test
    void a_call_that_met_its_deadline_holds_its_connection_no_longer() throws Exception {
        Assumptions.assumeTrue(hangsUp(), "this client's calls cannot be ended while they wait for an answer");
        // A client's first call may take longer than that to reach the server.
        for (guard.deadlineMillis = 300; server.unheard.get() == 0; guard.deadlineMillis *= 2) {
            assertThat(catchThrowable(() -> exchange(Outgoing.get(server.rawUri("/guarded/mute")))))
                    .isNotNull();
            assertThat(guard.deadlineMillis).isLessThan(20_000);
        }
        eventually(() -> assertThat(server.hungUp).hasValue(server.unheard.get()));
    }

    @Test
    void an_answer_takes_the_place_of_a_call_that_met_its_deadline() throws Exception {
        guard.deadlineMillis = 300;
        guard.instead = STALE;
        server.hold = new java.util.concurrent.CountDownLatch(1);
        isStale(exchange(Outgoing.get(server.uri("/guarded/hold"))));
        settled("failed");
    }

    @Test
    void a_broken_guard_lets_the_call_through_and_is_counted() throws Exception {
        guard.breaks = true;
        long before = Bridge.failures();
        assertThat(exchange(Outgoing.get(server.uri("/guarded/hello"))).text()).isEqualTo("Hello");
        long counted = Bridge.failures() - before;
        assertThat(counted).isPositive();
        failuresBefore += counted;
    }

    @Test
    void calls_at_the_same_time_do_not_disturb_each_other() throws Exception {
        guard.instead = STALE;
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (int thread = 0; thread < 8; thread++) {
            all.add(CompletableFuture.runAsync(
                    () -> {
                        for (int i = 0; i < 20; i++) {
                            try {
                                boolean good = i % 2 == 0;
                                Reply reply = exchange(
                                        Outgoing.get(server.uri(good ? "/guarded/hello" : "/guarded/status/503")));
                                assertThat(reply.text())
                                        .isEqualTo(good ? "Hello" : new String(STALE.body(), StandardCharsets.UTF_8));
                            } catch (Exception failure) {
                                throw new AssertionError(failure);
                            }
                        }
                    },
                    command -> new Thread(command).start()));
        }
        for (CompletableFuture<Void> one : all) {
            one.get(50, TimeUnit.SECONDS);
        }
        assertThat(guard.calls).hasSize(160);
        eventually(() -> assertThat(guard.calls)
                .allSatisfy(call -> assertThat(call.outcome()).startsWith("answered")));
    }

    /** Waits until the only call is settled so: some clients settle a moment after the application has its reply. */
    final void settled(String outcome) {
        eventually(() -> assertThat(guard.onlyCall().outcome()).isEqualTo(outcome));
        if (!waits()) {
            assertThat(guard.onlyCall().waited)
                    .as("an asynchronous client was made to wait")
                    .isFalse();
        }
    }

    /** What is left in a buffer, which is empty then. */
    static byte[] taken(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    final void eventually(org.awaitility.core.ThrowingRunnable assertion) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(5))
                .untilAsserted(assertion);
    }

    final void isStale(Reply reply) {
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.text()).isEqualTo("from the cache, ä");
        assertThat(reply.header("x-resilience-fallback")).containsExactly("stale_cache");
        assertThat(reply.header("Age")).containsExactly("7");
        assertThat(reply.header("X-Twice")).containsExactly("one", "two");
        assertThat(reply.header("Content-Type")).containsExactly("text/plain;charset=utf-8");
    }

    final void isRejection(Throwable thrown) {
        Throwable cause = unwrapped(thrown);
        if (rejectionIsThrownAsItIs()) {
            assertThat(cause).isInstanceOf(CircuitBreakerOpenException.class);
            return;
        }
        for (Throwable next = thrown; next != null; next = next.getCause()) {
            if (next instanceof CircuitBreakerOpenException) {
                return;
            }
        }
        throw new AssertionError("no rejection among the causes", thrown);
    }

    private void failsAsWithoutTheAgent(URI freeUri, URI guardedUri) {
        Throwable free = catchThrowable(() -> exchange(Outgoing.get(freeUri)));
        assertThat(guard.calls).isEmpty();
        Throwable guarded = catchThrowable(() -> exchange(Outgoing.get(guardedUri)));
        alike(guarded, free);
    }

    private static void alike(Throwable guarded, Throwable free) {
        assertThat(free).isNotNull();
        assertThat(guarded).isNotNull();
        assertThat(unwrapped(guarded).getClass()).isEqualTo(unwrapped(free).getClass());
        assertThat(guarded.getClass()).isEqualTo(free.getClass());
    }

    static Throwable unwrapped(Throwable thrown) {
        return thrown instanceof ExecutionException && thrown.getCause() != null ? thrown.getCause() : thrown;
    }
}
