package dev.resilience.instrument.http;

import dev.resilience.bootstrap.Bridge;
import dev.resilience.fallback.Answer;
import dev.resilience.guard.HttpCall;
import dev.resilience.guard.Ruling;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A call of a client that answers later, from its admission over each attempt to what the application gets. Never makes a
 * thread wait, and lets the application's callbacks run on its own threads, the client's, or those of the common pool, but on
 * none of the agent's. May be given up on any thread at any time; else used by one thread after the other.
 */
public abstract class AsyncCall {

    private static final Executor POOL = new CompletableFuture<Void>().defaultExecutor();

    private final HttpCall call;
    private final long beganNanos = System.nanoTime();

    private volatile boolean opening;
    private volatile boolean cancelled;
    private volatile boolean late;
    private volatile boolean handedOn;
    private volatile @Nullable Deadline deadline;

    protected AsyncCall(HttpCall call) {
        this.call = call;
    }

    /** Whether {@link #attempt()} can make the very same call again: its body, if it has one, can be sent twice. */
    protected abstract boolean repeatable();

    /** Makes the call once, past the gate. What comes of it is told to {@link #failed} or {@link #held}. */
    protected abstract void attempt();

    /** Ends the attempt that runs, if one does, by the client's own means. */
    protected abstract void abort();

    /** What the client fails with when its own time is up. */
    protected abstract Exception timedOut(String message);

    /** Gives the application an answer in place of the client's. */
    protected abstract void answer(Answer.Http answer);

    /** Gives the application a failure. */
    protected abstract void fail(Throwable failure);

    /** The application gave the call up before it was made: lets go of what the call holds. */
    protected abstract void release();

    /** @return what the attempt threw at once, which is the caller's; null when it threw nothing */
    public final @Nullable RuntimeException open() {
        if (repeatable()) {
            call.canRepeat();
        }
        opening = true;
        try {
            when(call.admitAsync(), this::admitted);
            return null;
        } catch (RuntimeException thrown) {
            return thrown;
        } finally {
            opening = false;
        }
    }

    /** The trace context to send along, null when there is none. */
    protected final @Nullable String traceparent() {
        return call.traceparent();
    }

    protected final HttpCall call() {
        return call;
    }

    /** Whether the application gave the call up. */
    public final boolean givenUp() {
        return cancelled;
    }

    /** The application gives the call up. */
    public final void cancel() {
        cancelled = true;
        abort();
    }

    /** The body of a response that is handed on and was not settled by {@link #held}; null for one that was. */
    public final @Nullable Body body(ResponseHead head) {
        if (call.fails(head)) {
            return null;
        }
        handedOn = true;
        Body body = Body.of(call, head, failure -> cancelled).open();
        // It comes without being asked for.
        body.awaited();
        return body;
    }

    /** What an attempt that ended in this failed of. */
    public final Throwable cause(Throwable failure) {
        return late ? timedOut(Deadline.message(call.endpoint().deadlineMillis())) : failure;
    }

    /** An attempt ended in this. Where the application has the head already, nothing can take its place. */
    public final void failed(Throwable failure) {
        over();
        if (handedOn) {
            fail(cause(failure));
            return;
        }
        if (cancelled) {
            call.cancelled();
            return;
        }
        Throwable told = cause(failure);
        when(Repetition.ruled(call, () -> call.failedAsync(told)), ruling -> {
            if (!replaced(ruling)) {
                fail(told);
            }
        });
    }

    /**
     * An attempt ended because somebody cancelled it: the application, the deadline, or the client itself.
     *
     * @return whether that is the end of the call; a deadline's is settled here as a failure
     */
    public final boolean ended() {
        if (late && !cancelled) {
            failed(new CancellationException());
            return false;
        }
        over();
        if (!handedOn) {
            call.cancelled();
        }
        return true;
    }

    /**
     * Settles an answered attempt that fails; any other is settled with its {@link #body}.
     *
     * @return null when the response is the application's; else what is ruled on it later, for {@link #when}
     */
    public final @Nullable CompletionStage<Ruling> held(ResponseHead head) {
        try {
            if (!call.fails(head)) {
                return null;
            }
            CompletionStage<Ruling> ruling = Repetition.ruled(call, () -> call.answeredAsync(head));
            return ruling.toCompletableFuture().getNow(null) instanceof Ruling.Proceed ? null : ruling;
        } catch (Throwable failure) {
            Bridge.failed(failure);
            return null;
        }
    }

    /** Makes the call again, or answers in its place; false where the ruling is to go on. */
    public final boolean replaced(Ruling ruling) {
        if (ruling instanceof Ruling.Again) {
            begin();
            return true;
        }
        if (ruling instanceof Ruling.Substitute substitute) {
            answer((Answer.Http) substitute.answer());
            return true;
        }
        return false;
    }

    /** The attempt is over: nothing needs to end it any more. */
    public final void over() {
        Deadline due = deadline;
        if (due != null) {
            due.end();
        }
    }

    /** Goes on at once where the ruling is there; else off the thread that rules, which is the store's or the timer's. */
    public final void when(CompletionStage<Ruling> stage, Consumer<Ruling> next) {
        Ruling known = stage.toCompletableFuture().getNow(null);
        if (known != null) {
            next.accept(known);
            return;
        }
        stage.whenCompleteAsync(
                (ruling, failure) -> {
                    try {
                        next.accept(ruling);
                    } catch (Throwable ours) {
                        Bridge.failed(ours);
                        fail(ours);
                    }
                },
                POOL);
    }

    private void admitted(Ruling ruling) {
        if (ruling instanceof Ruling.Substitute substitute) {
            answer((Answer.Http) substitute.answer());
        } else if (ruling instanceof Ruling.Reject reject) {
            fail(reject.exception());
        } else {
            begin();
        }
    }

    private void begin() {
        if (cancelled) {
            call.cancelled();
            release();
            return;
        }
        limit();
        try {
            attempt();
        } catch (RuntimeException thrown) {
            over();
            call.cancelled();
            if (opening) {
                throw thrown;
            }
            fail(thrown);
            return;
        }
        if (cancelled) {
            // Meanwhile, and perhaps before there was anything to abort.
            abort();
        }
    }

    private void limit() {
        long millis = call.endpoint().deadlineMillis();
        if (millis > 0) {
            long left = millis - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beganNanos);
            deadline = Deadline.in(Math.max(left, 1), () -> {
                late = true;
                POOL.execute(this::abort);
            });
        }
    }
}
