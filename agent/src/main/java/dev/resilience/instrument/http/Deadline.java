package dev.resilience.instrument.http;

import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** When a call must be over: one that is not is ended. Thread-safe. */
public final class Deadline {

    private final Runnable abort;
    private boolean ended;
    private boolean passed;
    private volatile @Nullable Future<?> scheduled;

    private Deadline(Runnable abort) {
        this.abort = abort;
    }

    /** Runs {@code abort}, which must not wait for anything, in so many milliseconds, unless the call has ended by then. */
    public static Deadline in(long millis, Runnable abort) {
        Deadline deadline = new Deadline(abort);
        deadline.scheduled = Timer.in(millis, deadline::pass);
        return deadline;
    }

    /** The call is over. */
    public void end() {
        synchronized (this) {
            ended = true;
        }
        Future<?> due = scheduled;
        if (due != null) {
            due.cancel(false);
        }
    }

    /** Whether the call was ended because its time was up. */
    public synchronized boolean passed() {
        return passed;
    }

    /** What a call is told to have failed of. */
    public static String message(long millis) {
        return "no answer within the deadline of " + millis + " ms that resilience.jar was configured with";
    }

    private void pass() {
        synchronized (this) {
            if (ended) {
                return;
            }
            passed = true;
        }
        abort.run();
    }
}
