package dev.resilience.instrument.http;

import dev.resilience.bootstrap.Bridge;
import dev.resilience.fallback.Answer;
import dev.resilience.guard.HttpCall;
import dev.resilience.guard.Ruling;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A call of a client that answers later, from its admission over each attempt to what the application gets. Never makes a
 * thread wait, and lets the application's callbacks run where the client's would, or {@link Elsewhere}, but on none of the
 * agent's threads. May be given up on any thread at any time; else used by one thread after the other.
 */
public abstract class AsyncCall {

    /** Set while this thread is told, inside the method it called, what became of the call. */
    private static final ThreadLocal<@Nullable Boolean> TOLD_AT_ONCE = new ThreadLocal<>();

    private final HttpCall call;
    private final Elsewhere elsewhere;
    private final long beganNanos = System.nanoTime();

    private volatile boolean cancelled;
    private volatile boolean late;
    private volatile boolean handedOn;

    /** Whether the guard was told how the attempt went. */
    private volatile boolean handedIn;

    private volatile @Nullable Deadline deadline;

    /** @param elsewhere where it goes on when a ruling comes late: the thread that rules is the store's */
    protected AsyncCall(HttpCall call, Elsewhere elsewhere) {
        this.call = call;
        this.elsewhere = elsewhere;
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

    /** The failure that the rules are asked about. */
    protected Throwable told(Throwable failure) {
        return failure;
    }

    /** The application gave the call up before it was made: lets go of what the call holds. */
    protected abstract void release();

    /** @return what was thrown at once and is the caller's, by the attempt or by a callback; null when nothing was */
    public final @Nullable RuntimeException open() {
        if (repeatable()) {
            call.canRepeat();
        }
        CompletionStage<Ruling> stage = call.admitAsync();
        Ruling known = stage.toCompletableFuture().getNow(null);
        if (known == null) {
            // Also where it is there by now: what became of the call is not told inside the method that was called.
            later(stage, this::admitted);
        } else if (known instanceof Ruling.Proceed) {
            return begin(true);
        } else {
            return tellAtOnce(known);
        }
        return null;
    }

    /**
     * On the client's own threads, or as clients without such tell of what never left: inside the method that was called. An
     * application that calls again when it is told so must not do it on an ever deeper stack.
     */
    private @Nullable RuntimeException tellAtOnce(Ruling ruling) {
        if (elsewhere.isClients() || TOLD_AT_ONCE.get() != null) {
            elsewhere.execute(() -> guarded(() -> admitted(ruling)));
            return null;
        }
        TOLD_AT_ONCE.set(true);
        try {
            admitted(ruling);
            return null;
        } catch (RuntimeException callbacks) {
            return callbacks;
        } finally {
            TOLD_AT_ONCE.remove();
        }
    }

    private void guarded(Runnable next) {
        try {
            next.run();
        } catch (Throwable ours) {
            Bridge.failed(ours);
            fail(ours);
        }
    }

    /** As {@link HttpCall#sentAlong}. */
    protected final List<Answer.Header> sentAlong() {
        return call.sentAlong();
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

    /**
     * The application's future ended in this, or null. Where somebody else ended it, as {@code orTimeout} does, the call has failed
     * of that: a server that hangs would else count as nothing for as long as it hangs.
     */
    public final void futureEnded(@Nullable Throwable failure) {
        if (failure != null && !(failure instanceof CancellationException)) {
            call.broken(told(failure));
        }
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
        Throwable cause = cause(failure);
        Throwable told = told(cause);
        when(Repetition.ruled(call, () -> call.failedAsync(told)), ruling -> {
            if (!replaced(ruling)) {
                fail(cause);
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
        if (!handedOn && !handedIn) {
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
            handedIn = true;
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
            begin(false);
            return true;
        }
        if (ruling instanceof Ruling.Substitute substitute) {
            answered(substitute);
            return true;
        }
        return false;
    }

    private void answered(Ruling.Substitute substitute) {
        if (cancelled) {
            release();
        } else {
            answer((Answer.Http) substitute.answer());
        }
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
        later(stage, next);
    }

    private void later(CompletionStage<Ruling> stage, Consumer<Ruling> next) {
        stage.whenComplete((ruling, failure) -> elsewhere.execute(() -> guarded(() -> next.accept(ruling))));
    }

    private void admitted(Ruling ruling) {
        if (ruling instanceof Ruling.Substitute substitute) {
            answered(substitute);
        } else if (ruling instanceof Ruling.Reject reject) {
            fail(reject.exception());
        } else {
            begin(false);
        }
    }

    /** @return what the attempt threw at once, where that is the caller's; null when it threw nothing */
    private @Nullable RuntimeException begin(boolean callers) {
        if (cancelled) {
            call.cancelled();
            release();
            return null;
        }
        handedIn = false;
        limit();
        try {
            attempt();
        } catch (RuntimeException thrown) {
            over();
            call.cancelled();
            if (callers) {
                return thrown;
            }
            fail(thrown);
            return null;
        }
        if (cancelled) {
            // Meanwhile, and perhaps before there was anything to abort.
            abort();
        }
        return null;
    }

    /** What is left of the call's deadline; 0 when it has none. */
    protected final long leftMillis() {
        long millis = call.endpoint().deadlineMillis();
        return millis <= 0 ? 0 : Math.max(millis - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beganNanos), 1);
    }

    private void limit() {
        long left = leftMillis();
        if (left > 0) {
            deadline = Deadline.in(left, () -> {
                late = true;
                elsewhere.execute(this::abort);
            });
        }
    }
}
