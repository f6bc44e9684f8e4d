package dev.resilience.guard;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import dev.resilience.breaker.Circuit;
import dev.resilience.breaker.CircuitView;
import dev.resilience.breaker.InFlightLimit;
import dev.resilience.breaker.ModeOrder;
import dev.resilience.breaker.Permit;
import dev.resilience.config.EndpointConfig.Failures;
import dev.resilience.config.EndpointConfig.StatusRange;
import dev.resilience.config.Mode;
import dev.resilience.fallback.Answer;
import dev.resilience.fallback.FallbackChain;
import dev.resilience.metrics.CallOutcome;
import dev.resilience.metrics.CallRecorder.EndpointRecorder;
import dev.resilience.telemetry.CallTracer;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIZ_Result;

/** The ends of one call meet. Results read {@code settlings of the permit, calls recorded, whether its place is free}. */
public final class CallStress {

    private static final IOException BROKEN = new IOException("connection reset");

    private CallStress() {}

    @JCStressTest
    @Outcome(id = "1, 1, true", expect = ACCEPTABLE, desc = "answered")
    @Outcome(id = "1, 0, true", expect = ACCEPTABLE, desc = "given up")
    @State
    public static class AnAnswerAndGivingUpAreOneEnd {

        private final OneCall one = new OneCall();

        @Actor
        public void answer() {
            one.call.answered(new NoResponse());
        }

        @Actor
        public void giveUp() {
            one.call.cancelled();
        }

        @Arbiter
        public void ask(IIZ_Result result) {
            one.tell(result);
        }
    }

    @JCStressTest
    @Outcome(id = "1, 1, true", expect = ACCEPTABLE, desc = "answered or failed")
    @State
    public static class AnAnswerAndAFailureAreOneEnd {

        private final OneCall one = new OneCall();

        @Actor
        public void answer() {
            one.call.answered(new NoResponse());
        }

        @Actor
        public void fail() {
            one.call.failed(BROKEN);
        }

        @Arbiter
        public void ask(IIZ_Result result) {
            one.tell(result);
        }
    }

    @JCStressTest
    @Outcome(id = "1, 0, true", expect = ACCEPTABLE, desc = "given up; the place was given back by either, once")
    @State
    public static class AHeadAndGivingUpFreeOnePlace {

        private final OneCall one = new OneCall();

        @Actor
        public void head() {
            one.call.headed(new NoResponse());
        }

        @Actor
        public void giveUp() {
            one.call.cancelled();
        }

        @Arbiter
        public void ask(IIZ_Result result) {
            one.tell(result);
        }
    }

    private static final class OneCall {

        private final AtomicInteger settlings = new AtomicInteger();
        private final AtomicInteger recorded = new AtomicInteger();
        private final InFlightLimit limit = new InFlightLimit(1);
        final HttpCall call = new GuardedHttpCall(
                new ServiceEndpoint(
                        "calcom",
                        "fetch",
                        false,
                        new CountingCircuit(settlings),
                        List.of(),
                        new FailureRules(new Failures(
                                List.of(new StatusRange(500, 599)),
                                List.of("java.io.IOException"),
                                List.of(),
                                List.of(),
                                false)),
                        FallbackChain.EMPTY,
                        Set.of(),
                        null,
                        false,
                        limit,
                        0,
                        null,
                        false,
                        new CountingRecorder(recorded),
                        CallTracer.NONE,
                        () -> 0),
                new NoRequest());

        OneCall() {
            call.admit();
        }

        void tell(IIZ_Result result) {
            result.r1 = settlings.get();
            result.r2 = recorded.get();
            result.r3 = limit.enter(this) != null && limit.enter(this) == null;
        }
    }

    private record CountingRecorder(AtomicInteger recorded) implements EndpointRecorder {

        @Override
        public void record(CallOutcome outcome, long durationNanos) {
            recorded.incrementAndGet();
        }

        @Override
        public void fallback(String strategy, CallOutcome instead, long durationNanos, long answeringNanos) {
            recorded.incrementAndGet();
        }

        @Override
        public void fallbackFailed(String strategy) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void wouldReject() {
            throw new UnsupportedOperationException();
        }
    }

    /** Grants everything. */
    private record CountingCircuit(AtomicInteger settlings) implements Circuit, Permit {

        @Override
        public String service() {
            return "calcom";
        }

        @Override
        public dev.resilience.breaker.State state() {
            return dev.resilience.breaker.State.CLOSED;
        }

        @Override
        public Mode mode() {
            return Mode.ENFORCE;
        }

        @Override
        public ModeOrder order() {
            return ModeOrder.NONE;
        }

        @Override
        public long retryAfterMillis() {
            return 0;
        }

        @Override
        public Permit tryAcquire() {
            return this;
        }

        @Override
        public CompletionStage<Permit> tryAcquireAsync() {
            return CompletableFuture.completedFuture(this);
        }

        @Override
        public void settle(
                Permit permit, dev.resilience.breaker.Outcome outcome, long durationNanos, long retryAfterMillis) {
            settlings.incrementAndGet();
        }

        @Override
        public CircuitView view() {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletionStage<CircuitView> reset(String who) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean granted() {
            return true;
        }

        @Override
        public boolean trial() {
            return false;
        }

        @Override
        public long epoch() {
            return 0;
        }
    }

    private record NoResponse() implements HttpResponseView {

        @Override
        public int status() {
            return 503;
        }

        @Override
        public List<String> header(String name) {
            return List.of();
        }

        @Override
        public List<Answer.Header> headers() {
            return List.of();
        }
    }

    private record NoRequest() implements HttpRequestView {

        @Override
        public String method() {
            return "GET";
        }

        @Override
        public URI uri() {
            return URI.create("https://api.cal.com/");
        }

        @Override
        public List<String> header(String name) {
            return List.of();
        }

        @Override
        public List<Answer.Header> headers() {
            return List.of();
        }

        @Override
        public byte[] body() {
            return new byte[0];
        }
    }
}
