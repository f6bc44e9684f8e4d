package dev.resilience.matrix;

import dev.resilience.CircuitBreakerOpenException;
import dev.resilience.fallback.Answer;
import dev.resilience.fallback.BodyRecorder;
import dev.resilience.guard.Endpoint;
import dev.resilience.guard.HttpCall;
import dev.resilience.guard.HttpRequestView;
import dev.resilience.guard.HttpResponseView;
import dev.resilience.guard.Ruling;
import dev.resilience.guard.ThreadMarks;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;

/** Rules as a test says, and writes down what an adapter told it. Calls to paths under {@code /guarded} are matched. */
final class ScriptedGuard {

    final List<Call> calls = new CopyOnWriteArrayList<>();

    /** What admission rules; null proceeds. */
    volatile Ruling admission;

    /** What takes the place of a failed call or of a response with a status of 500 and more. */
    volatile Answer.Http instead;

    /** Where rulings of asynchronous callers come from, as from a store; null rules at once. */
    volatile ExecutorService later;

    /** Holds rulings from {@link #later} back until it completes. */
    volatile CompletableFuture<Void> gate = CompletableFuture.completedFuture(null);

    /** Holds back what is ruled on outcomes; null for {@link #gate}, which holds back admissions too. */
    volatile CompletableFuture<Void> outcomes;

    volatile String traceparent;
    volatile String idempotencyKey;
    volatile boolean breaks;
    volatile long deadlineMillis;

    /** Whether it is asked for the cookies of requests when they are made: some clients add them later. */
    volatile boolean asksForCookies;

    /** Whether a call is settled by the first outcome that it is told, as by the real guard; else each is written down. */
    volatile boolean onceOnly;

    /** Whether copies of bodies are wanted. */
    volatile boolean keeps = true;

    /** Whether calls are said to pass, before they are admitted. */
    volatile boolean passes = true;

    /** How often a failed call may be made again. */
    volatile int repetitions;

    void reject() {
        admission = new Ruling.Reject(new CircuitBreakerOpenException("matrix", 1_000));
    }

    void answerAtOnce(Answer.Http answer) {
        admission = new Ruling.Substitute(answer);
        instead = answer;
    }

    /** The only call there was. */
    Call onlyCall() {
        if (calls.size() != 1) {
            throw new AssertionError("expected one guarded call, but there were " + calls);
        }
        return calls.get(0);
    }

    Endpoint matchHttp(String method, URI uri) {
        return matchHttp(method, uri.getScheme(), uri.getHost(), uri.getPort(), uri.getRawPath());
    }

    Endpoint matchHttp(String method, String scheme, String host, int port, String path) {
        if (ThreadMarks.active() || path == null || !path.startsWith("/guarded")) {
            return null;
        }
        if (breaks) {
            throw new IllegalStateException("the guard is broken on purpose");
        }
        boolean hasFallback = instead != null;
        return new Endpoint() {
            @Override
            public String service() {
                return "matrix";
            }

            @Override
            public String name() {
                return method + " " + scheme + "://" + host + ":" + port + path;
            }

            @Override
            public boolean hasFallback() {
                return hasFallback;
            }

            @Override
            public boolean passes() {
                return passes && admission == null;
            }

            @Override
            public boolean rejects() {
                return admission != null;
            }

            @Override
            public boolean repeats() {
                return repetitions > 0;
            }

            @Override
            public long deadlineMillis() {
                return deadlineMillis;
            }
        };
    }

    HttpCall begin(Endpoint endpoint, HttpRequestView request) {
        Call call = new Call(endpoint, request);
        calls.add(call);
        return call;
    }

    final class Call implements HttpCall {

        private final Endpoint endpoint;
        final HttpRequestView request;
        final List<String> cookies;
        final Thread beganOn = Thread.currentThread();

        /** How the call was settled, in order; one entry where the adapter is right. */
        final List<String> settlements = new CopyOnWriteArrayList<>();

        /** The request's body as what takes a call in charge is told it; null when nothing was asked to. */
        volatile byte[] taken;

        volatile boolean waited;
        volatile boolean repeatable;
        volatile int repeated;
        volatile boolean ruledAgain;
        volatile Throwable failure;
        volatile Recorder recorder;

        /** Statuses of responses of which a copy may be wanted. */
        final List<Integer> shown = new CopyOnWriteArrayList<>();

        volatile List<Answer.Header> answeredHeaders;

        Call(Endpoint endpoint, HttpRequestView request) {
            this.endpoint = endpoint;
            this.request = request;
            this.cookies = asksForCookies ? request.header("Cookie") : null;
        }

        String outcome() {
            if (settlements.size() > 1) {
                throw new AssertionError("settled more than once: " + settlements);
            }
            return settlements.isEmpty() ? "unsettled" : settlements.get(0);
        }

        @Override
        public Endpoint endpoint() {
            return endpoint;
        }

        @Override
        public Ruling admit() {
            waited = true;
            return taken(ruled(admission)).toCompletableFuture().join();
        }

        @Override
        public CompletionStage<Ruling> admitAsync() {
            return stage(taken(ruled(admission)), null);
        }

        private Ruling ruled(Ruling ruling) {
            if (ruling == null) {
                return Ruling.Proceed.INSTANCE;
            }
            if (!(ruling instanceof Ruling.Proceed)) {
                settlements.add(ruling instanceof Ruling.Reject ? "rejected" : "substituted");
            }
            return ruling;
        }

        @Override
        public Ruling failed(Throwable cause) {
            waited = true;
            return taken(fail(cause)).toCompletableFuture().join();
        }

        @Override
        public CompletionStage<Ruling> failedAsync(Throwable cause) {
            return stage(taken(fail(cause)), outcomes);
        }

        @Override
        public void canRepeat() {
            repeatable = true;
        }

        @Override
        public void cannotRepeat() {
            repeatable = false;
        }

        @Override
        public boolean repeat() {
            repeated++;
            return true;
        }

        private boolean again() {
            return repeatable && repeated < repetitions;
        }

        private Ruling fail(Throwable cause) {
            if (again()) {
                ruledAgain = true;
                return new Ruling.Again(1);
            }
            failure = cause;
            settlements.add("failed");
            return instead == null ? Ruling.Proceed.INSTANCE : new Ruling.Substitute(instead);
        }

        private void settled(String outcome) {
            if (!onceOnly || settlements.isEmpty()) {
                settlements.add(outcome);
            }
        }

        /** As what takes a call in charge is told it. */
        private CompletionStage<Ruling> taken(Ruling ruling) {
            if (!(ruling instanceof Ruling.Substitute)) {
                return CompletableFuture.completedFuture(ruling);
            }
            return request.gathered().handle((gathered, unreadable) -> {
                taken = request.body();
                return ruling;
            });
        }

        @Override
        public Ruling answered(HttpResponseView response) {
            waited = true;
            return taken(answer(response)).toCompletableFuture().join();
        }

        @Override
        public CompletionStage<Ruling> answeredAsync(HttpResponseView response) {
            return stage(taken(answer(response)), outcomes);
        }

        private Ruling answer(HttpResponseView response) {
            if (fails(response) && again()) {
                ruledAgain = true;
                return new Ruling.Again(1);
            }
            settled("answered " + response.status());
            answeredHeaders = response.headers();
            return fails(response) && instead != null ? new Ruling.Substitute(instead) : Ruling.Proceed.INSTANCE;
        }

        private CompletionStage<Ruling> stage(CompletionStage<Ruling> ruling, CompletableFuture<Void> held) {
            ExecutorService executor = later;
            return executor == null ? ruling : (held == null ? gate : held).thenComposeAsync(open -> ruling, executor);
        }

        @Override
        public boolean fails(HttpResponseView response) {
            return response.status() >= 500;
        }

        @Override
        public BodyRecorder recorder(HttpResponseView response) {
            if (recorder != null) {
                throw new AssertionError("asked for the recorder twice");
            }
            shown.add(response.status());
            recorder = keeps ? new Recorder() : null;
            return recorder;
        }

        @Override
        public void broken(Throwable cause) {
            if (settlements.isEmpty()) {
                failure = cause;
                settlements.add("broken");
            }
        }

        @Override
        public void cancelled() {
            settled("cancelled");
        }

        @Override
        public List<Answer.Header> sentAlong() {
            List<Answer.Header> along = new ArrayList<>();
            if (traceparent != null) {
                along.add(new Answer.Header("traceparent", traceparent));
            }
            if (idempotencyKey != null) {
                along.add(new Answer.Header("Idempotency-Key", idempotencyKey));
            }
            return along;
        }

        @Override
        public String toString() {
            return endpoint.name() + " " + settlements;
        }
    }

    static final class Recorder implements BodyRecorder {

        private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
        volatile String end = "none";
        volatile URI address;

        @Override
        public void ledTo(URI address) {
            this.address = address;
        }

        @Override
        public synchronized void write(ByteBuffer piece) {
            byte[] bytes = new byte[piece.remaining()];
            piece.duplicate().get(bytes);
            kept.writeBytes(bytes);
        }

        @Override
        public synchronized void write(byte[] piece, int offset, int length) {
            kept.write(piece, offset, length);
        }

        @Override
        public void complete() {
            end = end.equals("none") ? "complete" : end + ", complete";
        }

        @Override
        public void abandon() {
            end = end.equals("none") ? "abandoned" : end + ", abandoned";
        }

        synchronized byte[] bytes() {
            return kept.toByteArray();
        }
    }
}
