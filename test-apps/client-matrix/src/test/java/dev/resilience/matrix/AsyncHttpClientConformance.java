package dev.resilience.matrix;

import static dev.resilience.matrix.Answers.STALE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every asynchronous client must do besides: never wait, never throw where it would fail a future, heed cancellation. */
abstract class AsyncHttpClientConformance extends HttpClientConformance {

    /** A call on its way. @param cancel gives it up as an application would */
    record Started(CompletableFuture<Reply> reply, Runnable cancel) {}

    /** How often the threads are looked at. */
    private static final int LOOKS = 10;

    private ExecutorService store;

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
        store = Executors.newSingleThreadExecutor(work -> new Thread(work, "store"));
    }

    @AfterEach
    void closeStore() {
        guard.gate.complete(null);
        if (guard.outcomes != null) {
            guard.outcomes.complete(null);
        }
        store.shutdownNow();
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
            Thread.getAllStackTraces().forEach((thread, stack) -> {
                boolean parked = thread.getState() != Thread.State.RUNNABLE;
                boolean ours = Arrays.stream(stack)
                        .map(StackTraceElement::getClassName)
                        .anyMatch(name -> name.startsWith("dev.resilience.instrument.")
                                || name.startsWith("dev.resilience.guard."));
                if (parked && ours && !thread.getName().startsWith("resilience-")) {
                    throw new AssertionError(thread + " is parked inside the agent: " + Arrays.toString(stack));
                }
            });
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
    void cancelling_after_the_end_changes_nothing() throws Exception {
        Started started = start(Outgoing.get(server.uri("/guarded/hello")));
        started.reply().get(30, TimeUnit.SECONDS);
        started.cancel().run();
        settled("answered 200");
    }
}
