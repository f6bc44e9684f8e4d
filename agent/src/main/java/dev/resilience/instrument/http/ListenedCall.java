package dev.resilience.instrument.http;

import dev.resilience.CircuitBreakerOpenException;
import dev.resilience.bootstrap.Bridge;
import dev.resilience.fallback.Answer;
import dev.resilience.guard.HttpCall;
import dev.resilience.guard.HttpResponseView;
import dev.resilience.guard.Ruling;
import dev.resilience.guard.ThreadMarks;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A call of a client that tells listeners how it goes. It is made with a listener of ours in place of the application's,
 * which hears nothing of a failed response before it is known whether something takes its place, and everything of any other
 * as it comes. Nothing here waits. A failed response is settled at its head, any other with its {@link Body}.
 */
public abstract class ListenedCall {

    private final HttpCall call;
    private final Elsewhere elsewhere;
    private final long beganNanos = System.nanoTime();
    private @Nullable Deadline deadline;

    /** @param clients where the client itself would tell how a call goes; null when it has no such place yet */
    protected ListenedCall(HttpCall call, @Nullable Executor clients) {
        this.call = call;
        this.elsewhere = new Elsewhere(clients);
    }

    /** Whether the very same call can be made again. */
    protected abstract boolean repeatable();

    /** Makes the call, which tells a new {@link Progress}. @param along what to {@linkplain HttpCall#sentAlong send along} */
    protected abstract void make(List<Answer.Header> along) throws Throwable;

    protected abstract void respond(Answer.Http answer);

    protected abstract void reject(CircuitBreakerOpenException rejection);

    /** Tells the application of a failure before any response. */
    protected abstract void fail(Throwable failure);

    /** Ends the running call by the client's own means, which tells its listener. */
    protected abstract void abort(TimeoutException timeout);

    /** Whether the application itself gave the call up. @param failure what the client told */
    protected abstract boolean givenUp(Throwable failure);

    /** The failure that the rules are asked about. */
    protected Throwable told(Throwable failure) {
        return failure;
    }

    /** The body of a response that is handed on; null for one that was settled at its head. */
    public final @Nullable Body body(HttpResponseView head) {
        if (call.fails(head)) {
            return null;
        }
        Body body = Body.of(call, head, failure -> !late() && givenUp(failure)).open();
        // It comes without being asked for.
        body.awaited();
        return body;
    }

    /** Tells a body how its response ended. @param failure null for one that came whole */
    public final void end(Body body, @Nullable Throwable failure) {
        if (failure == null) {
            body.complete();
        } else {
            body.broken(told(failure));
        }
    }

    public final void start() {
        if (repeatable()) {
            call.canRepeat();
        }
        CompletionStage<Ruling> stage = call.admitAsync();
        Ruling known = stage.toCompletableFuture().getNow(null);
        if (known instanceof Ruling.Proceed) {
            attempt();
        } else {
            // Never inside the method that was called: an application that calls again when told so would do it
            // on an ever deeper stack.
            later(stage, this::admitted);
        }
    }

    private void admitted(Ruling ruling) {
        if (ruling instanceof Ruling.Substitute substitute) {
            respond((Answer.Http) substitute.answer());
        } else if (ruling instanceof Ruling.Reject reject) {
            reject(reject.exception());
        } else {
            attempt();
        }
    }

    private void attempt() {
        long millis = call.endpoint().deadlineMillis();
        if (millis > 0) {
            long left = millis - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beganNanos);
            deadline = Deadline.in(
                    Math.max(left, 1),
                    () -> elsewhere.execute(() -> abort(new TimeoutException(Deadline.message(millis)))));
        }
        Throwable thrown = null;
        ThreadMarks.enter();
        try {
            make(call.sentAlong());
        } catch (Throwable atOnce) {
            thrown = atOnce;
        } finally {
            ThreadMarks.exit();
        }
        if (thrown != null) {
            failed(thrown);
        }
    }

    private void failed(Throwable failure) {
        endDeadline();
        if (!late() && givenUp(failure)) {
            call.cancelled();
            fail(failure);
            return;
        }
        when(Repetition.ruled(call, () -> call.failedAsync(told(failure))), ruling -> {
            if (!replaced(ruling)) {
                fail(failure);
            }
        });
    }

    private boolean late() {
        Deadline due = deadline;
        return due != null && due.passed();
    }

    private void endDeadline() {
        Deadline due = deadline;
        if (due != null) {
            due.end();
        }
    }

    private boolean replaced(Ruling ruling) {
        if (ruling instanceof Ruling.Again) {
            attempt();
            return true;
        }
        if (ruling instanceof Ruling.Substitute substitute) {
            respond((Answer.Http) substitute.answer());
            return true;
        }
        return false;
    }

    private void when(CompletionStage<Ruling> stage, Consumer<Ruling> next) {
        Ruling known = stage.toCompletableFuture().getNow(null);
        if (known != null) {
            next.accept(known);
            return;
        }
        later(stage, next);
    }

    private void later(CompletionStage<Ruling> stage, Consumer<Ruling> next) {
        stage.whenComplete((ruling, failure) -> elsewhere.execute(() -> {
            try {
                next.accept(ruling);
            } catch (Throwable ours) {
                Bridge.failed(ours);
                fail(ours);
            }
        }));
    }

    /** How one attempt goes, as its listener tells it. Its events come one after the other, on any thread. */
    public abstract class Progress {

        private boolean headed;
        private boolean passing;
        private boolean ended;
        private @Nullable Ruling ruling;

        /** Hands the application the head, and from then on everything. */
        protected abstract void handOnHead();

        /** Lets the body flow to nobody. */
        protected abstract void drain();

        /** Hands the application the end of a call whose head it was handed. */
        protected abstract void handOnEnd();

        /** Whether the application hears of everything by now. */
        public final synchronized boolean passing() {
            return passing;
        }

        /** The response's head is there. */
        public final void head(HttpResponseView head) {
            CompletionStage<Ruling> stage = null;
            try {
                if (call.fails(head)) {
                    stage = Repetition.ruled(call, () -> call.answeredAsync(head));
                }
            } catch (Throwable failure) {
                Bridge.failed(failure);
            }
            synchronized (this) {
                headed = true;
            }
            if (stage == null) {
                ruled(Ruling.Proceed.INSTANCE);
            } else {
                when(stage, this::ruled);
            }
        }

        private void ruled(Ruling made) {
            boolean proceed = made instanceof Ruling.Proceed;
            if (proceed) {
                handOnHead();
            }
            boolean over;
            synchronized (this) {
                ruling = made;
                passing = proceed;
                over = ended;
            }
            if (over) {
                finish(made);
            } else if (!proceed) {
                drain();
            }
        }

        /** The call is over. @param failure null for a response that came whole */
        public final void end(@Nullable Throwable failure) {
            Ruling known;
            boolean head;
            synchronized (this) {
                ended = true;
                known = ruling;
                head = headed;
            }
            if (head) {
                endDeadline();
                if (known != null) {
                    finish(known);
                }
            } else {
                failed(failure == null ? new java.io.IOException("neither response nor failure") : failure);
            }
        }

        private void finish(Ruling made) {
            if (!replaced(made)) {
                handOnEnd();
            }
        }
    }
}
