package dev.resilience.instrument.http;

import dev.resilience.CircuitBreakerOpenException;
import dev.resilience.bootstrap.Bridge;
import dev.resilience.bootstrap.Passage;
import dev.resilience.fallback.Answer;
import dev.resilience.guard.HttpCall;
import dev.resilience.guard.HttpResponseView;
import dev.resilience.guard.Ruling;
import dev.resilience.guard.ThreadMarks;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A call of a client that works on its caller's thread, where everything happens. A failed response is settled at its head;
 * any other with its {@link Body}, which is the application's to read, in its own time.
 *
 * @param <R> the client's response
 */
public abstract class BlockingPassage<R> extends Passage {

    private static final int FIRST_FINAL = 200;

    private final HttpCall call;
    private @Nullable Deadline deadline;

    protected BlockingPassage(HttpCall call) {
        this.call = call;
    }

    /** Whether {@link #again()} can make the very same call: its body, if it has one, can be sent twice. */
    protected abstract boolean repeatable();

    /** Makes the call again, as the woven method did. */
    protected abstract R again() throws Throwable;

    /** Ends the running call, from another thread, by the client's own means, which may tell listeners of the application's. */
    protected abstract void abort();

    /** What the client throws when its own time is up. */
    protected abstract Throwable timedOut(String message, Throwable aborted);

    /** Whether the application itself gave the call up. */
    protected abstract boolean givenUp(Throwable failure);

    protected abstract HttpResponseView head(R response);

    /** Tells {@code body} what the application reads. */
    protected abstract R watched(R response, Body body);

    /** Where the response came from in the end; null where nothing but the address that was asked is known. */
    protected @Nullable URI ledTo(R response) {
        return null;
    }

    /** Whether the application itself gave up a call whose body it reads. */
    protected boolean givenUpReading(Throwable failure) {
        return givenUp(failure);
    }

    /** Makes the client's response of an answer. */
    protected abstract R respond(Answer.Http answer);

    /** Lets go of a response that is replaced, so that its connection can serve again. */
    protected abstract void discard(R response);

    /** Wraps the rejection as the client wraps I/O errors. */
    protected Throwable rejection(CircuitBreakerOpenException rejection) {
        return rejection;
    }

    /** Makes the arguments that the call is made with, where there is something to {@linkplain HttpCall#sentAlong send along}. */
    protected void sendAlong(List<Answer.Header> headers) {}

    /** Makes the arguments that the call is made with, so that it ends by itself in so many milliseconds, if it can be told to. */
    protected void limit(long millis) {}

    /** Whether something can take the call's place when it fails. */
    protected final boolean answerable() {
        return call.endpoint().hasFallback();
    }

    /** The call is admitted and about to be made. */
    protected void made() {}

    /** The call is over: undoes what {@link #sendAlong} and {@link #made} left on the thread and the request. */
    protected void done() {}

    /** Asks for admission, and does what it rules. */
    public final BlockingPassage<R> open() {
        if (repeatable()) {
            call.canRepeat();
        }
        Ruling ruling = call.admit();
        if (ruling instanceof Ruling.Reject reject) {
            thrown = rejection(reject.exception());
            skipped = true;
        } else if (ruling instanceof Ruling.Substitute substitute) {
            result = respond((Answer.Http) substitute.answer());
            skipped = true;
        } else {
            prepare();
        }
        return this;
    }

    private void prepare() {
        try {
            made();
            List<Answer.Header> along = call.sentAlong();
            if (!along.isEmpty()) {
                sendAlong(along);
            }
            long millis = call.endpoint().deadlineMillis();
            if (millis > 0) {
                limit(millis);
                Elsewhere elsewhere = new Elsewhere();
                deadline = Deadline.in(millis, () -> elsewhere.execute(this::abort));
            }
        } catch (Throwable failure) {
            // The call passes unguarded, and its permit must not stay out.
            done();
            call.cancelled();
            throw failure;
        }
    }

    @Override
    @SuppressWarnings("unchecked") // the woven method's signature says so
    protected final void exit(@Nullable Object given, @Nullable Throwable failure) {
        R response = (R) given;
        Throwable failed = failure == null ? null : timely(failure);
        Ruling ruling = rule(response, failed);
        while (ruling instanceof Ruling.Again again) {
            if (!pause(again.waitMillis())) {
                call.cancelled();
                break;
            }
            if (call.repeat()) {
                if (response != null) {
                    discard(response);
                    response = null;
                }
                failed = null;
                ThreadMarks.enter();
                try {
                    response = again();
                } catch (Throwable anew) {
                    failed = timely(anew);
                } finally {
                    ThreadMarks.exit();
                }
            }
            ruling = rule(response, failed);
        }
        if (deadline != null) {
            deadline.end();
        }
        done();
        give(ruling, response, failed);
    }

    private void give(Ruling ruling, @Nullable R response, @Nullable Throwable failed) {
        result = response;
        thrown = failed;
        if (ruling instanceof Ruling.Substitute substitute) {
            R answer = respond((Answer.Http) substitute.answer());
            if (response != null) {
                discard(response);
            }
            result = answer;
            thrown = null;
        } else if (response != null) {
            HttpResponseView view = head(response);
            if (followed(view)) {
                result = watch(response, view);
            }
        }
    }

    private R watch(R response, HttpResponseView view) {
        Body body = Body.of(call, view, this::givenUpReading)
                .ledTo(() -> ledTo(response))
                .open();
        try {
            return watched(response, body);
        } catch (Throwable failure) {
            Bridge.failed(failure);
            body.abandon();
            return response;
        }
    }

    /** Whether a call waits for what comes after such a head: what does not fail, and does not switch to another protocol. */
    private boolean followed(HttpResponseView view) {
        return view.status() >= FIRST_FINAL && !call.fails(view);
    }

    private Ruling rule(@Nullable R response, @Nullable Throwable failed) {
        if (response != null) {
            HttpResponseView view = head(response);
            return followed(view) ? Ruling.Proceed.INSTANCE : call.answered(view);
        }
        boolean late = deadline != null && deadline.passed();
        if (failed == null || (!late && givenUp(failed))) {
            call.cancelled();
            return Ruling.Proceed.INSTANCE;
        }
        return call.failed(failed);
    }

    /** The failure as the client would tell it, when it was the deadline that ended the call. */
    private Throwable timely(Throwable failure) {
        Deadline passed = deadline;
        if (passed == null || !passed.passed()) {
            return failure;
        }
        return timedOut(Deadline.message(call.endpoint().deadlineMillis()), failure);
    }

    /** @return false when the thread was interrupted, which it still is then */
    public static boolean pause(long millis) {
        if (millis <= 0) {
            return true;
        }
        try {
            Thread.sleep(millis);
            return true;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Runs what may fail without harm to the application's call. */
    protected static void quietly(Attempt attempt) {
        try {
            attempt.run();
        } catch (Throwable failure) {
            Bridge.failed(failure);
        }
    }

    /** Something that may fail. */
    @FunctionalInterface
    protected interface Attempt {
        void run() throws Throwable;
    }
}
