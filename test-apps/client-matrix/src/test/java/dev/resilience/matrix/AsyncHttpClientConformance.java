package dev.resilience.matrix;

import static dev.resilience.matrix.Answers.STALE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.opentelemetry.context.Scope;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every asynchronous client must do besides: never wait, never throw where it would fail a future, heed cancellation. */
abstract class AsyncHttpClientConformance extends HttpClientConformance {

    /** A call on its way. @param cancel gives it up as an application would */
    record Started(CompletableFuture<Reply> reply, Runnable cancel) {}

    /** How often the threads are looked at. */
    private static final int LOOKS = 10;

    /** Calls on their way at once, of which most wait for a connection. */
    private static final int MANY = 200;

    /** How often an application calls again as soon as it is told. */
    private static final int TIMES = 300;

    /** Frames that such an application needs, however often it calls. */
    private static final int DEEP = 300;

    /** That of the agent's threads, which none of the application's may be left with. */
    private static final ClassLoader AGENTS = new ClassLoader(null) {};

    private ExecutorService store;
    private volatile Thread starting;
    private volatile Runnable whenTold = () -> {};

    /** What an application's callback completes. Remembers where it was told. */
    final class Told extends CompletableFuture<Reply> {

        volatile Thread on;
        volatile ClassLoader loader;
        volatile boolean inside;
        volatile String who;
        volatile String traced;
        final AtomicInteger times = new AtomicInteger();

        @Override
        public boolean complete(Reply reply) {
            here();
            boolean first = super.complete(reply);
            whenTold.run();
            return first;
        }

        @Override
        public boolean completeExceptionally(Throwable failure) {
            here();
            boolean first = super.completeExceptionally(failure);
            whenTold.run();
            return first;
        }

        private void here() {
            Thread thread = Thread.currentThread();
            times.incrementAndGet();
            loader = thread.getContextClassLoader();
            inside = thread == starting;
            who = WHO.get();
            traced = Traced.whose();
            on = thread;
        }
    }

    /** The names of threads on which this client's callbacks may run, as a pattern. */
    abstract String callbackThreads();

    /** Whether a call can be given up that has failed already and waits for what is ruled on that. */
    boolean givesUpFailed() {
        return true;
    }

    /** Whether calls that wait for a connection can be given up, and the connection is another's. */
    boolean forgetsWaiting() {
        return true;
    }

    /** Whether a callback may be told inside the method that is called, where the call never left. */
    boolean tellsInside() {
        return false;
    }

    /**
     * Starts a PUT whose body can be read once only.
     *
     * @return null where this client, as called here, has no such bodies
     */
    Started startOnce(URI to, Once body) throws Exception {
        return null;
    }

    @Override
    Reply exchangeOnce(URI to, Once body) throws Exception {
        Started started = startOnce(to, body);
        return started == null ? null : started.reply().get(60, TimeUnit.SECONDS);
    }

    /** Starts a call. Throws only what the client throws at once. */
    abstract Started start(Outgoing request) throws Exception;

    @Override
    Reply exchange(Outgoing request) throws Exception {
        return start(request).reply().get(30, TimeUnit.SECONDS);
    }

    @Override
    boolean waits() {
        return false;
    }

    @BeforeEach
    void openStore() {
        store = Executors.newSingleThreadExecutor(work -> {
            Thread thread = new Thread(work, "store");
            thread.setContextClassLoader(AGENTS);
            return thread;
        });
    }

    @AfterEach
    void closeStore() {
        guard.gate.complete(null);
        if (guard.outcomes != null) {
            guard.outcomes.complete(null);
        }
        store.shutdownNow();
        whenTold = () -> {};
    }

    @Test
    void callbacks_run_where_the_clients_own_do_and_on_no_thread_of_the_agents() throws Exception {
        Outgoing good = Outgoing.get(server.uri("/guarded/hello"));
        Outgoing bad = Outgoing.get(server.uri("/guarded/status/503"));
        Outgoing refused = Outgoing.get(TestServer.refused("/guarded/hello"));
        told("success", good, 200);
        told("failed status", bad, 503);
        told("no connection", refused, null);
        guard.later = store;
        told("late permit", good, 200);
        told("late ruling on a failed status", bad, 503);
        told("late ruling on no connection", refused, null);
        guard.instead = STALE;
        told("late answer for a failed status", bad, 200);
        told("late answer for no connection", refused, 200);
        guard.answerAtOnce(STALE);
        told("late answer", good, 200);
        guard.reject();
        told("late rejection", good, null);
        guard.later = null;
        guard.reject();
        told("rejection", good, null);
        guard.answerAtOnce(STALE);
        told("answer", good, 200);
        guard.admission = null;
        guard.instead = null;
        if (repeats()) {
            guard.repetitions = 1;
            server.flaky.set(1);
            told("retry", Outgoing.get(server.uri("/guarded/flaky")), 200);
            guard.repetitions = 0;
        }
        guard.deadlineMillis = 200;
        server.hold = new CountDownLatch(1);
        told("deadline", Outgoing.get(server.uri("/guarded/hold")), null);
        guard.instead = STALE;
        told("answer after the deadline", Outgoing.get(server.uri("/guarded/hold")), 200);
    }

    /** @param status null for a failure */
    private void told(String what, Outgoing request, Integer status) throws Exception {
        Told told = started(request);
        Reply reply = told.handle((given, failure) -> given).get(30, TimeUnit.SECONDS);
        assertThat(reply == null ? null : (Integer) reply.status()).as(what).isEqualTo(status);
        assertThat(told.loader).as(what + ": context class loader").isNotSameAs(AGENTS);
        assertThat(told.who).as(what + ": thread-local").isEqualTo(told.inside ? "me" : null);
        assertThat(told.traced).as(what + ": trace context").isEqualTo(told.inside ? "mine" : null);
        if (told.inside) {
            assertThat(tellsInside()).as(what + ": told inside the call").isTrue();
        } else {
            assertThat(told.on.getName()).as(what).matches(callbackThreads());
        }
        eventually(() -> assertThat(told.times).as(what + ": told").hasValue(1));
    }

    private Told started(Outgoing request) throws Exception {
        starting = Thread.currentThread();
        WHO.set("me");
        try (Scope mine = Traced.context().makeCurrent()) {
            return (Told) start(request).reply();
        } finally {
            starting = null;
            WHO.remove();
        }
    }

    @Test
    void an_application_that_calls_again_as_soon_as_it_is_told_needs_no_deeper_stack_each_time() throws Exception {
        guard.reject();
        callsAgain();
        guard.answerAtOnce(STALE);
        callsAgain();
    }

    @Test
    void a_body_that_can_be_read_once_is_sent_whole_or_not_at_all() throws Exception {
        Once good = new Once();
        Started echoed = startOnce(server.uri("/guarded/echo"), good);
        Assumptions.assumeTrue(echoed != null, "this client's bodies can be read again");
        assertThat(echoed.reply().get(30, TimeUnit.SECONDS).body()).isEqualTo(good.bytes);
        assertThat(good.begun).hasValue(1);
        settled("answered 200");
        // Neither queue nor failover nor a review can have what is not known.
        assertThat(guard.onlyCall().request.body()).isNull();
        assertThat(guard.onlyCall().repeatable).isFalse();

        guard.calls.clear();
        guard.later = store;
        Once late = new Once();
        assertThat(startOnce(server.uri("/guarded/echo"), late)
                        .reply()
                        .get(30, TimeUnit.SECONDS)
                        .body())
                .isEqualTo(late.bytes);
        guard.later = null;

        guard.calls.clear();
        guard.repetitions = 2;
        server.flaky.set(1);
        server.hits.set(0);
        Once failed = new Once();
        assertThat(startOnce(server.uri("/guarded/flaky"), failed)
                        .reply()
                        .get(30, TimeUnit.SECONDS)
                        .status())
                .isEqualTo(503);
        settled("answered 503");
        assertThat(failed.begun).hasValue(1);
        assertThat(server.hits).hasValue(1);

        guard.calls.clear();
        guard.instead = STALE;
        server.flaky.set(1);
        Once replaced = new Once();
        isStale(startOnce(server.uri("/guarded/flaky"), replaced).reply().get(30, TimeUnit.SECONDS));
        assertThat(replaced.begun).hasValue(1);

        server.hits.set(0);
        guard.answerAtOnce(STALE);
        isStale(startOnce(server.uri("/guarded/echo"), new Once()).reply().get(30, TimeUnit.SECONDS));
        guard.reject();
        Started rejected = startOnce(server.uri("/guarded/echo"), new Once());
        isRejection(catchThrowable(() -> rejected.reply().get(30, TimeUnit.SECONDS)));
        assertThat(server.hits).hasValue(0);
    }

    @Test
    void deadlines_met_by_many_calls_at_once_leave_the_pool_whole() throws Exception {
        Assumptions.assumeTrue(forgetsWaiting(), "this client loses the connection that a call waited for in vain");
        int heardBefore = server.unheard.get();
        guard.deadlineMillis = 500;
        List<Started> all = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            all.add(start(Outgoing.get(server.rawUri("/guarded/mute"))));
        }
        for (Started one : all) {
            Throwable failure = catchThrowable(() -> one.reply().get(30, TimeUnit.SECONDS));
            assertThat(isTimeout(failure) || sharesConnections())
                    .as("told " + failure)
                    .isTrue();
        }
        eventually(() -> assertThat(guard.calls)
                .allSatisfy(call -> assertThat(call.outcome()).isEqualTo("failed")));
        all.forEach(one -> assertThat(((Told) one.reply()).times).hasValue(1));
        eventually(() -> assertThat(server.hungUp).hasValue(server.unheard.get() - heardBefore));
        guard.deadlineMillis = 20_000;
        for (int i = 0; i < 3 * POOLED; i++) {
            assertThat(exchange(Outgoing.get(server.uri("/guarded/hello"))).text())
                    .isEqualTo("Hello");
        }
    }

    private static boolean isTimeout(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof java.util.concurrent.TimeoutException
                    || cause instanceof java.net.SocketTimeoutException
                    || cause instanceof java.net.http.HttpTimeoutException) {
                return true;
            }
        }
        return false;
    }

    private void callsAgain() throws Exception {
        Outgoing request = Outgoing.get(server.uri("/guarded/hello"));
        AtomicInteger left = new AtomicInteger(TIMES);
        AtomicInteger deepest = new AtomicInteger();
        CompletableFuture<Void> end = new CompletableFuture<>();
        whenTold = () -> {
            deepest.accumulateAndGet(new Throwable().getStackTrace().length, Math::max);
            if (left.decrementAndGet() <= 0) {
                end.complete(null);
                return;
            }
            try {
                start(request);
            } catch (Exception failure) {
                end.completeExceptionally(failure);
            }
        };
        start(request);
        end.get(30, TimeUnit.SECONDS);
        whenTold = () -> {};
        assertThat(deepest.get()).as("frames").isLessThan(DEEP);
    }

    @Test
    void a_rejection_is_a_failed_future_and_never_thrown() throws Exception {
        guard.reject();
        Started started = start(Outgoing.get(server.uri("/guarded/hello")));
        isRejection(catchThrowable(() -> started.reply().get(30, TimeUnit.SECONDS)));
    }

    @Test
    void a_call_waits_for_its_permit_without_a_thread() throws Exception {
        guard.later = store;
        guard.gate = new CompletableFuture<>();
        Started started = start(Outgoing.get(server.uri("/guarded/hello")));
        assertThat(started.reply()).isNotDone();
        assertThat(server.hits.get()).isZero();
        guard.gate.complete(null);
        assertThat(started.reply().get(30, TimeUnit.SECONDS).text()).isEqualTo("Hello");
        settled("answered 200");
    }

    @Test
    void a_request_with_a_body_waits_for_its_permit_without_a_thread() throws Exception {
        guard.later = store;
        guard.gate = new CompletableFuture<>();
        byte[] body = java.util.Arrays.copyOf(TestServer.LARGE, 200_000);
        Started started = start(Outgoing.post(server.uri("/guarded/echo"), body));
        guard.gate.complete(null);
        assertThat(started.reply().get(30, TimeUnit.SECONDS).body()).isEqualTo(body);
        settled("answered 200");
    }

    @Test
    void no_thread_is_parked_while_a_permit_is_awaited() throws Exception {
        guard.later = store;
        guard.gate = new CompletableFuture<>();
        Started started = start(Outgoing.get(server.uri("/guarded/hello")));
        eventually(() -> assertThat(guard.calls).hasSize(1));
        nobodyIsParked();
        assertThat(started.reply()).isNotDone();
        guard.gate.complete(null);
        assertThat(started.reply().get(30, TimeUnit.SECONDS).text()).isEqualTo("Hello");
    }

    @Test
    void no_thread_is_parked_while_it_is_ruled_on_an_outcome() throws Exception {
        guard.later = store;
        guard.instead = STALE;
        for (URI failing : List.of(server.uri("/guarded/large-failure"), TestServer.refused("/guarded/hello"))) {
            guard.calls.clear();
            guard.outcomes = new CompletableFuture<>();
            Started started = start(Outgoing.get(failing));
            eventually(() -> assertThat(guard.onlyCall().settlements).isNotEmpty());
            nobodyIsParked();
            assertThat(started.reply()).isNotDone();
            guard.outcomes.complete(null);
            isStale(started.reply().get(30, TimeUnit.SECONDS));
        }
    }

    /** No thread, the clients' event loops among them, waits for anything inside the agent. */
    private static void nobodyIsParked() {
        for (int look = 0; look < LOOKS; look++) {
            // State and stack of one moment: a thread that is asked for the one after the other has gone on meanwhile.
            for (ThreadInfo thread : ManagementFactory.getThreadMXBean().dumpAllThreads(false, false)) {
                boolean parked = thread.getThreadState() != Thread.State.RUNNABLE;
                boolean ours = Arrays.stream(thread.getStackTrace())
                        .map(StackTraceElement::getClassName)
                        .anyMatch(name -> name.startsWith("dev.resilience.instrument.")
                                || name.startsWith("dev.resilience.guard."));
                if (parked && ours && !thread.getThreadName().startsWith("resilience-")) {
                    throw new AssertionError(thread.getThreadName() + " is parked inside the agent: "
                            + Arrays.toString(thread.getStackTrace()));
                }
            }
        }
    }

    @Test
    void a_late_rejection_is_a_failed_future() throws Exception {
        guard.later = store;
        guard.gate = new CompletableFuture<>();
        guard.reject();
        Started started = start(Outgoing.get(server.uri("/guarded/hello")));
        guard.gate.complete(null);
        isRejection(catchThrowable(() -> started.reply().get(30, TimeUnit.SECONDS)));
        assertThat(server.hits.get()).isZero();
    }

    @Test
    void a_late_answer_takes_the_place_of_a_rejected_call() throws Exception {
        guard.later = store;
        guard.answerAtOnce(STALE);
        isStale(exchange(Outgoing.get(server.uri("/guarded/hello"))));
        isStale(exchange(Outgoing.post(server.uri("/guarded/echo"), new byte[1000])));
        assertThat(server.hits.get()).isZero();
    }

    @Test
    void a_late_answer_takes_the_place_of_a_failed_call() throws Exception {
        guard.later = store;
        guard.instead = STALE;
        isStale(exchange(Outgoing.get(server.uri("/guarded/status/500"))));
        isStale(exchange(Outgoing.get(server.uri("/guarded/large-failure"))));
        isStale(exchange(Outgoing.get(TestServer.refused("/guarded/hello"))));
        for (int i = 0; i < 3 * POOLED; i++) {
            isStale(exchange(Outgoing.get(server.uri("/guarded/large-failure"))));
        }
    }

    @Test
    void a_failed_status_is_handed_on_after_a_late_ruling() throws Exception {
        guard.later = store;
        Reply reply = exchange(Outgoing.get(server.uri("/guarded/status/503")));
        assertThat(reply.status()).isEqualTo(503);
        assertThat(reply.text()).isEqualTo("status 503");
        settled("answered 503");
    }

    @Test
    void a_large_failed_body_is_handed_on_after_a_late_ruling() throws Exception {
        guard.later = store;
        Reply reply = exchange(Outgoing.get(server.uri("/guarded/large-failure")));
        assertThat(reply.status()).isEqualTo(503);
        assertThat(reply.body()).isEqualTo(TestServer.LARGE);
        settled("answered 503");
    }

    @Test
    void cancelling_a_running_call_gives_its_permit_back() throws Exception {
        server.hold = new CountDownLatch(1);
        Started started = start(Outgoing.get(server.uri("/guarded/hold")));
        eventually(() -> assertThat(server.hits.get()).isEqualTo(1));
        started.cancel().run();
        settled("cancelled");
        server.hold.countDown();
        connectionIsGone();
        assertThat(exchange(Outgoing.get(server.uri("/free/hello"))).text()).isEqualTo("Hello");
    }

    @Test
    void cancelling_a_call_that_waits_for_its_permit_makes_no_call() throws Exception {
        guard.later = store;
        guard.gate = new CompletableFuture<>();
        Started started = start(Outgoing.get(server.uri("/guarded/hello")));
        started.cancel().run();
        guard.gate.complete(null);
        settled("cancelled");
        assertThat(server.hits.get()).isZero();
    }

    @Test
    void a_call_that_is_given_up_while_something_is_awaited_is_told_once_at_most_and_leaks_nothing() throws Exception {
        Outgoing good = Outgoing.get(server.uri("/guarded/hello"));
        guard.later = store;
        guard.gate = new CompletableFuture<>();
        guard.reject();
        givenUp("rejection", good, guard.gate);
        guard.gate = new CompletableFuture<>();
        guard.answerAtOnce(STALE);
        givenUp("answer", good, guard.gate);
        guard.admission = null;

        guard.outcomes = new CompletableFuture<>();
        givenUp("failed status", Outgoing.get(server.uri("/guarded/large-failure")), guard.outcomes);
        if (givesUpFailed()) {
            guard.outcomes = new CompletableFuture<>();
            givenUp("no connection", Outgoing.get(TestServer.refused("/guarded/hello")), guard.outcomes);
        }
        guard.instead = null;
        guard.outcomes = new CompletableFuture<>();
        givenUp("failed status without an answer", Outgoing.get(server.uri("/guarded/status/503")), guard.outcomes);

        Assumptions.assumeTrue(repeats(), "this client's calls cannot be made again");
        guard.repetitions = 2;
        server.flaky.set(5);
        guard.outcomes = new CompletableFuture<>();
        givenUp("next attempt", Outgoing.get(server.uri("/guarded/flaky")), guard.outcomes);
        assertThat(server.flaky).as("attempts left to fail").hasValue(4);
    }

    /** @param awaited what comes only when the call was given up */
    private void givenUp(String what, Outgoing request, CompletableFuture<Void> awaited) throws Exception {
        guard.calls.clear();
        Started started = start(request);
        Told told = (Told) started.reply();
        eventually(() -> assertThat(guard.calls)
                .as(what)
                .anyMatch(call -> call.ruledAgain || !call.settlements.isEmpty() || awaited == guard.gate));
        started.cancel().run();
        awaited.complete(null);
        eventually(() -> assertThat(guard.onlyCall().settlements).as(what).hasSize(1));
        connectionIsGone();
        for (int i = 0; i < 2 * POOLED; i++) {
            assertThat(exchange(Outgoing.get(server.uri("/free/status/200"))).status())
                    .isEqualTo(200);
        }
        assertThat(told.times.get()).as(what + ": told").isLessThan(2);
        assertThat(told.isDone() && !told.isCompletedExceptionally())
                .as(what + ": answered")
                .isFalse();
        assertThat(guard.onlyCall().settlements).as(what).hasSize(1);
        guard.calls.clear();
    }

    /**
     * Makes a call whose future fails with a {@code TimeoutException} after so long, by the application's own doing.
     *
     * @return null where the client gives no future that can be made to
     */
    CompletableFuture<?> startOrTimeOut(Outgoing request, long millis) {
        return null;
    }

    @Test
    void a_call_that_the_application_ends_by_a_time_out_of_its_own_has_failed_of_that() throws Exception {
        server.hold = new CountDownLatch(1);
        guard.onceOnly = true;
        CompletableFuture<?> future = startOrTimeOut(Outgoing.get(server.uri("/guarded/hold")), 200);
        Assumptions.assumeTrue(future != null, "this client gives no such future");
        assertThat(catchThrowable(() -> future.get(30, TimeUnit.SECONDS))).hasCauseInstanceOf(TimeoutException.class);
        settled("broken");
        assertThat(guard.onlyCall().failure).isInstanceOf(TimeoutException.class);
        server.hold.countDown();
        assertThat(exchange(Outgoing.get(server.uri("/free/hello"))).text()).isEqualTo("Hello");
        settled("broken");
        guard.calls.clear();
        startOrTimeOut(Outgoing.get(server.uri("/guarded/hello")), 30_000).get(30, TimeUnit.SECONDS);
        settled("answered 200");
    }

    @Test
    void cancelling_after_the_end_changes_nothing() throws Exception {
        Started started = start(Outgoing.get(server.uri("/guarded/hello")));
        started.reply().get(30, TimeUnit.SECONDS);
        started.cancel().run();
        settled("answered 200");
    }
}
