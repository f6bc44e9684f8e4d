package dev.resilience.instrument.http;

import dev.resilience.bootstrap.Bridge;
import dev.resilience.fallback.BodyRecorder;
import dev.resilience.guard.HttpCall;
import dev.resilience.guard.HttpResponseView;
import java.io.EOFException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The body of a response whose head does not fail, on its way to the application: settles the call when it is known how the
 * body went, and takes the copy that may be kept of it.
 *
 * <p>A body that breaks makes the call a failed one. One that ends, or that the application closes or cancels, leaves it to
 * its head, and so does one that nobody begins to read within a tenth of a second, that nobody reads on within one, or that
 * has not ended after half a minute: neither a trial permit nor an outcome waits for readers who do not come, or for streams
 * that do not end.
 *
 * <p>Ends once, by whichever comes first; thread-safe.
 */
public final class Body {

    private final HttpCall call;
    private final HttpResponseView head;
    private final Predicate<Throwable> givenUp;

    /** Null where no copy is wanted, or where one could not be taken. */
    private volatile @Nullable BodyRecorder recorder;

    private long length = -1;
    private long written;
    private boolean over;
    private boolean settled;
    private volatile boolean begun;
    private volatile boolean awaited;

    /** How often it was looked at, and how often since somebody read. Used by the one thread that looks. */
    private int looks;

    private int idleLooks;

    private Body(HttpCall call, HttpResponseView head, Predicate<Throwable> givenUp) {
        this.call = call;
        this.head = head;
        this.givenUp = givenUp;
        this.recorder = call.recorder(head);
    }

    /**
     * For a response that does not {@linkplain HttpCall#fails fail} and was not settled. To be {@linkplain #open opened}.
     *
     * @param givenUp whether a body that ended in this was the application's to end
     */
    public static Body of(HttpCall call, HttpResponseView head, Predicate<Throwable> givenUp) {
        return new Body(call, head, givenUp);
    }

    /** The response is the application's from now on. */
    public Body open() {
        call.headed(head);
        OpenBodies.add(this);
        return this;
    }

    /** All of the body will be written here, and as long it is to be; -1 when that is unknown. */
    public synchronized Body expecting(long announced) {
        length = announced;
        return this;
    }

    /** Whether a copy is wanted: only then it needs to be written here, unless a length is expected. */
    public boolean keeps() {
        return recorder != null;
    }

    /**
     * Where the response came from in the end; null where it is not known, or none of Java's addresses. Asked only where a copy
     * is wanted. To be told before the end.
     */
    public Body ledTo(Supplier<@Nullable URI> address) {
        if (recorder != null) {
            URI known;
            try {
                known = address.get();
            } catch (RuntimeException unknown) {
                return this;
            }
            synchronized (this) {
                if (!over && known != null) {
                    copy(to -> to.ledTo(known));
                }
            }
        }
        return this;
    }

    /** Somebody waits for what comes next. */
    public void awaited() {
        begun = true;
        awaited = true;
    }

    /** It is the reader's turn to ask for more, or not to. */
    public void given() {
        awaited = false;
    }

    public synchronized void write(byte[] piece, int offset, int size) {
        if (!over) {
            written += size;
            if (keeps()) {
                copy(to -> to.write(piece, offset, size));
            }
        }
    }

    public synchronized void write(ByteBuffer piece) {
        if (!over) {
            written += piece.remaining();
            if (keeps()) {
                copy(to -> to.write(piece));
            }
        }
    }

    /** Whether all that was announced has come: some readers stop there. */
    public synchronized boolean whole() {
        return length >= 0 && written >= length;
    }

    /** The body ended. Some clients take a connection that breaks for its end. */
    public void complete() {
        String cut = null;
        synchronized (this) {
            if (written < length) {
                cut = "the body ended after " + written + " of " + length + " bytes";
            }
        }
        end(cut == null, cut == null ? null : new EOFException(cut));
    }

    /** The application wants no more of it. */
    public void abandon() {
        end(whole(), null);
    }

    /** The body broke off, unless all that was announced had come by then. */
    public void broken(Throwable failure) {
        boolean whole = whole();
        end(whole, whole || givenUp.test(failure) ? null : failure);
    }

    /** The call failed otherwise, and is settled elsewhere. */
    public void drop() {
        synchronized (this) {
            settled = true;
        }
        end(false, null);
    }

    /** Looks whether anybody is to be waited for. @return whether nobody is, and the call is settled */
    boolean looked() {
        looks++;
        idleLooks = awaited ? 0 : idleLooks + 1;
        int patience = begun ? OpenBodies.IDLE_LOOKS : OpenBodies.UNREAD_LOOKS;
        if (looks < OpenBodies.LONGEST_LOOKS && idleLooks < patience) {
            return false;
        }
        if (settles()) {
            call.answeredAsync(head);
        }
        return true;
    }

    private void end(boolean kept, @Nullable Throwable failure) {
        synchronized (this) {
            if (over) {
                return;
            }
            over = true;
            copy(kept ? BodyRecorder::complete : BodyRecorder::abandon);
        }
        OpenBodies.remove(this);
        if (!settles()) {
            return;
        }
        try {
            if (failure == null) {
                call.answeredAsync(head);
            } else {
                call.broken(failure);
            }
        } catch (Throwable ours) {
            Bridge.failed(ours);
        }
    }

    /** No copy is worth the end of an answer that the application waits for, whatever goes wrong with it. */
    private void copy(Consumer<BodyRecorder> step) {
        BodyRecorder to = recorder;
        if (to != null) {
            try {
                step.accept(to);
            } catch (Throwable failure) {
                recorder = null;
                Bridge.failed(failure);
            }
        }
    }

    private synchronized boolean settles() {
        boolean first = !settled;
        settled = true;
        return first;
    }
}
