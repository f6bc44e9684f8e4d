package dev.resilience.guard;

import dev.resilience.CircuitBreakerOpenException;
import dev.resilience.bootstrap.Bridge;
import dev.resilience.breaker.Circuit;
import dev.resilience.breaker.InFlightLimit;
import dev.resilience.breaker.Outcome;
import dev.resilience.breaker.Permit;
import dev.resilience.breaker.State;
import dev.resilience.config.Mode;
import dev.resilience.fallback.Answer;
import dev.resilience.fallback.Request;
import dev.resilience.fallback.Trouble;
import dev.resilience.metrics.CallOutcome;
import dev.resilience.telemetry.CallTracer.CallSpan;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One logical call: permit, outcome, figures, span and fallback, each exactly once. What is left to the kinds of calls is how
 * a span begins.
 *
 * <p>The circuit and the figures hear of the outcome before a fallback is asked, so a slow one delays nobody but its caller.
 */
abstract class CallInProgress<R extends Request> implements GuardedCall {

    /** Strategies bound their own time; a caller waits no longer than this for one that does not. */
    private static final long LONGEST_WAIT_MILLIS = 30_000;

    static final CompletionStage<Ruling> PROCEED = CompletableFuture.completedFuture(Ruling.Proceed.INSTANCE);

    @SuppressWarnings("rawtypes")
    private static final AtomicIntegerFieldUpdater<CallInProgress> SETTLED =
            AtomicIntegerFieldUpdater.newUpdater(CallInProgress.class, "settled");

    final ServiceEndpoint endpoint;
    final R request;
    private @Nullable Permit permit;
    private CallSpan span = CallSpan.NONE;
    private long beganNanos;

    /** How long a call took whose outcome waits for a body; -1 for any other. */
    private long tookNanos = -1;

    /** No int: by those two bytes a call would be one word larger. */
    private short attempts = 1;

    private boolean repeatable;
    private volatile int settled;

    /** Of {@code max_concurrent}. */
    private volatile InFlightLimit.@Nullable Place place;

    CallInProgress(ServiceEndpoint endpoint, R request) {
        this.endpoint = endpoint;
        this.request = request;
    }

    abstract CallSpan newSpan();

    /** What an exception says about the dependency. */
    abstract Outcome outcomeOf(Throwable failure);

    abstract boolean isSafeToRepeat(RetryPolicy retry);

    @Override
    public final Endpoint endpoint() {
        return endpoint;
    }

    /** No span is to tell of the call. */
    final void untold() {
        span = CallSpan.NONE;
    }

    final CallSpan span() {
        return span;
    }

    final long beganNanos() {
        return beganNanos;
    }

    /** The circuit's state at admission; for a call that was not admitted, at present. */
    final State stateAdmittedIn() {
        Permit given = permit;
        return given == null ? endpoint.circuit().state() : given.state();
    }

    @Override
    public final Ruling admit() {
        try {
            begin();
            Circuit dependency = endpoint.openDependency();
            if (dependency != null) {
                return await(rejected(null, dependency));
            }
            if (!enter()) {
                return await(overLimit());
            }
            Permit given = endpoint.circuit().tryAcquire();
            return given.granted() ? admitted(given) : await(rejected(given, endpoint.circuit()));
        } catch (Throwable failure) {
            return passed(failure);
        }
    }

    @Override
    public final CompletionStage<Ruling> admitAsync() {
        try {
            begin();
            Circuit dependency = endpoint.openDependency();
            if (dependency != null) {
                return guarded(rejected(null, dependency));
            }
            if (!enter()) {
                return guarded(overLimit());
            }
            return guarded(endpoint.circuit()
                    .tryAcquireAsync()
                    .thenCompose(given -> given.granted()
                            ? CompletableFuture.completedFuture(given.trial() ? admittedLate(given) : admitted(given))
                            : rejected(given, endpoint.circuit())));
        } catch (Throwable failure) {
            return CompletableFuture.completedFuture(passed(failure));
        }
    }

    @Override
    public final Ruling failed(Throwable failure) {
        try {
            return await(afterFailure(failure));
        } catch (Throwable own) {
            return passed(own);
        }
    }

    @Override
    public final CompletionStage<Ruling> failedAsync(Throwable failure) {
        try {
            return guarded(afterFailure(failure));
        } catch (Throwable own) {
            return CompletableFuture.completedFuture(passed(own));
        }
    }

    @Override
    public final void cancelled() {
        try {
            settle(Outcome.IGNORED, 0, null, -1);
        } catch (Throwable failure) {
            Bridge.failed(failure);
        }
    }

    @Override
    public final void canRepeat() {
        RetryPolicy retry = endpoint.retry();
        repeatable = retry != null && isSafeToRepeat(retry);
    }

    @Override
    public final void cannotRepeat() {
        repeatable = false;
    }

    @Override
    public final boolean repeat() {
        // The application may have ended it in the pause before.
        if (settled == 0 && mayRepeat()) {
            attempts++;
            return true;
        }
        repeatable = false;
        return false;
    }

    /** The rejection of a call that was not even tried. */
    final CompletionStage<Ruling> rejectedUntried() {
        begin();
        return rejected(null, endpoint.circuit());
    }

    /**
     * Whether the call is to be made again before its failure is told to anybody.
     *
     * @param retryAfterMillis what the dependency asked for, -1 when it did not
     * @return null when it is not
     */
    final Ruling.@Nullable Again again(long retryAfterMillis) {
        RetryPolicy retry = endpoint.retry();
        if (retry == null || settled != 0 || !mayRepeat()) {
            return null;
        }
        long now = nanos();
        long wait = retry.nextWaitMillis(attempts, retryAfterMillis, now);
        long deadline = endpoint.deadlineMillis();
        boolean late = deadline > 0 && TimeUnit.NANOSECONDS.toMillis(now - beganNanos) + wait >= deadline;
        return wait < 0 || late ? null : new Ruling.Again(wait);
    }

    /** The call is over as far as time goes; its outcome is still to come. */
    final void answered() {
        tookNanos = nanos() - beganNanos;
        Permit given = permit;
        if (given != null) {
            endpoint.circuit().answered(given);
        }
        leave();
    }

    /** Tells circuit, figures and span. @return false when the call was settled before */
    final boolean settle(Outcome outcome, int status, @Nullable Throwable failure, long retryAfterMillis) {
        if (!SETTLED.compareAndSet(this, 0, 1)) {
            return false;
        }
        Permit given = permit;
        boolean answered = tookNanos >= 0 && outcome != Outcome.FAILURE;
        long took = answered ? tookNanos : nanos() - beganNanos;
        if (given != null) {
            endpoint.circuit().settle(given, outcome, took, retryAfterMillis);
        }
        leave();
        switch (outcome) {
            case SUCCESS -> {
                made(CallOutcome.SUCCESS, took);
                end(CallOutcome.SUCCESS.label(), null, status, failure);
            }
            case IGNORED -> end(null, null, status, failure);
            case FAILURE -> {
                if (!endpoint.answersFailures()) {
                    made(CallOutcome.FAILURE, took);
                    end(CallOutcome.FAILURE.label(), null, status, failure);
                }
            }
        }
        return true;
    }

    /** What the caller of a failed call gets; the call is settled already, its figures wait for the answer. */
    final CompletionStage<Ruling> instead(int status, @Nullable Throwable failure) {
        if (!endpoint.answersFailures()) {
            return PROCEED;
        }
        Trouble trouble = new Trouble(false, openMillis(), status, failure, span.identity());
        return ask(trouble, CallOutcome.FAILURE).thenApply(answer -> {
            if (answer != null) {
                return new Ruling.Substitute(answer);
            }
            made(CallOutcome.FAILURE, nanos() - beganNanos);
            end(CallOutcome.FAILURE.label(), null, status, failure);
            return Ruling.Proceed.INSTANCE;
        });
    }

    /** The failure cannot be answered any more: its figures are due now. */
    final void unanswerable(Throwable failure) {
        if (endpoint.answersFailures()) {
            made(CallOutcome.FAILURE, nanos() - beganNanos);
            end(CallOutcome.FAILURE.label(), null, 0, failure);
        }
    }

    /** The monotonic clock. */
    private long nanos() {
        return endpoint.nanoTime().getAsLong();
    }

    /** Waits on the caller's own thread. */
    final Ruling await(CompletionStage<Ruling> stage) throws ExecutionException, TimeoutException {
        if (stage == PROCEED) {
            return Ruling.Proceed.INSTANCE;
        }
        CompletableFuture<Ruling> future = stage.toCompletableFuture();
        Ruling known = future.getNow(null);
        if (known != null) {
            return known;
        }
        boolean interrupted = false;
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LONGEST_WAIT_MILLIS);
        try {
            while (true) {
                try {
                    return future.get(end - System.nanoTime(), TimeUnit.NANOSECONDS);
                } catch (InterruptedException later) {
                    // The application's own call would see it; ours hands it on.
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    final CompletionStage<Ruling> guarded(CompletionStage<Ruling> stage) {
        return stage.exceptionally(this::passed);
    }

    /** The agent failed: the call goes its way. */
    final Ruling passed(Throwable failure) {
        Bridge.failed(failure);
        return Ruling.Proceed.INSTANCE;
    }

    private void begin() {
        beganNanos = nanos();
        span = newSpan();
        if (repeatable && endpoint.retry() != null) {
            endpoint.retry().budget().call(beganNanos);
        }
    }

    /** Retries are for a circuit that is CLOSED: what else it is, its trials or its end must decide. */
    private boolean mayRepeat() {
        return repeatable && endpoint.circuit().state() == State.CLOSED && endpoint.interferes();
    }

    private boolean enter() {
        InFlightLimit limit = endpoint.limit();
        if (limit == null || !endpoint.interferes()) {
            return true;
        }
        InFlightLimit.Place given = limit.enter(holder());
        place = given;
        return given != null;
    }

    /** Nobody ends the call once nobody holds this any more. */
    private Object holder() {
        return Objects.requireNonNullElse(request.holder(), this);
    }

    private void leave() {
        InFlightLimit limit = endpoint.limit();
        InFlightLimit.Place given = place;
        if (limit != null && given != null) {
            limit.leave(given);
        }
    }

    private CompletionStage<Ruling> overLimit() {
        InFlightLimit limit = Objects.requireNonNull(endpoint.limit());
        return rejected(
                0,
                () -> new CircuitBreakerOpenException(
                        endpoint.service(),
                        0,
                        "Service '" + endpoint.service() + "' has " + limit.most()
                                + " calls in flight, as many as it may have"));
    }

    private Ruling admitted(Permit given) {
        permit = given;
        if (given.trial()) {
            given.heldBy(holder());
        }
        if (given.state() == State.OPEN || (given.state() == State.HALF_OPEN && !given.trial())) {
            endpoint.recorder().wouldReject();
        }
        return Ruling.Proceed.INSTANCE;
    }

    /** The call may have been given up while its permit was asked for: nobody would give that back. */
    private Ruling admittedLate(Permit given) {
        Ruling ruling = admitted(given);
        // Either this sees the end, or the end sees the permit.
        VarHandle.fullFence();
        if (settled != 0) {
            endpoint.circuit().settle(given, Outcome.IGNORED, 0, -1);
        }
        return ruling;
    }

    private CompletionStage<Ruling> rejected(@Nullable Permit refused, Circuit culprit) {
        if (culprit.mode() == Mode.FORCED_OPEN) {
            ForcedOpen forced = ForcedOpen.of(culprit);
            return rejected(forced.remainingMillis(), forced::exception);
        }
        long retryAfter = refused == null ? culprit.retryAfterMillis() : refused.retryAfterMillis();
        return rejected(retryAfter, () -> new CircuitBreakerOpenException(culprit.service(), retryAfter));
    }

    private CompletionStage<Ruling> rejected(long retryAfter, Supplier<CircuitBreakerOpenException> exception) {
        settled = 1;
        leave();
        if (!endpoint.answersRejections()) {
            return CompletableFuture.completedFuture(reject(exception.get()));
        }
        return ask(new Trouble(true, retryAfter, 0, null, span.identity()), CallOutcome.REJECTED)
                .thenApply(answer -> answer == null ? reject(exception.get()) : new Ruling.Substitute(answer));
    }

    private Ruling reject(CircuitBreakerOpenException rejection) {
        endpoint.recorder().record(CallOutcome.REJECTED, nanos() - beganNanos);
        end(CallOutcome.REJECTED.label(), null, 0, rejection);
        return new Ruling.Reject(rejection);
    }

    private CompletionStage<Ruling> afterFailure(Throwable failure) {
        Outcome outcome = outcomeOf(failure);
        Ruling again = outcome == Outcome.FAILURE ? again(-1) : null;
        if (again != null) {
            return CompletableFuture.completedFuture(again);
        }
        if (!settle(outcome, 0, failure, -1) || outcome != Outcome.FAILURE) {
            return PROCEED;
        }
        return instead(0, failure);
    }

    private CompletionStage<@Nullable Answer> ask(Trouble trouble, CallOutcome without) {
        long askedNanos = nanos();
        return endpoint.chain()
                .answer(request, trouble, endpoint.recorder()::fallbackFailed)
                .thenApply(answer -> {
                    if (answer != null) {
                        long now = nanos();
                        endpoint.recorder().fallback(answer.strategy(), without, now - beganNanos, now - askedNanos);
                        if (without == CallOutcome.FAILURE) {
                            span.mark(endpoint.recorder(), now - beganNanos);
                        }
                        end(CallOutcome.FALLBACK.label(), answer.strategy(), trouble.status(), trouble.failure());
                    }
                    return answer;
                });
    }

    private void end(@Nullable String outcome, @Nullable String fallback, int status, @Nullable Throwable failure) {
        if (span == CallSpan.NONE) {
            return;
        }
        State state = stateAdmittedIn();
        State now = endpoint.circuit().state();
        if (state != now) {
            span.stateChanged(state.name(), now.name());
        }
        span.end(state.name(), outcome, fallback, status, failure);
    }

    /** A call that reached the dependency and that no fallback answered. */
    private void made(CallOutcome outcome, long took) {
        endpoint.recorder().record(outcome, took);
        span.mark(endpoint.recorder(), took);
    }

    /** How long the circuit stays open, when the failure opened it. */
    private long openMillis() {
        return endpoint.circuit().state() == State.OPEN ? endpoint.circuit().retryAfterMillis() : 0;
    }
}
