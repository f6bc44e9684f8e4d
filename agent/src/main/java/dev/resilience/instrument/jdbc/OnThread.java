package dev.resilience.instrument.jdbc;

import dev.resilience.guard.ThreadMarks;
import java.lang.ref.WeakReference;
import java.sql.Connection;
import org.jspecify.annotations.Nullable;

/** Where the current thread is between the layers of pools and drivers. */
final class OnThread {

    private static final long NEVER = -1;

    private static final ThreadLocal<OnThread> CURRENT = ThreadLocal.withInitial(OnThread::new);

    final ThreadMarks.Depth marks = ThreadMarks.ofThread();

    /** Above zero while a pool looks for, tests or sets up a connection: what it executes then is its own business. */
    int pooling;

    /** Above zero while a pool sets a connection up: how well that goes says nothing of a connection that has no database. */
    int settingUp;

    /** Above zero while a source is asked for a connection. */
    int borrowing;

    /** The last attempt to connect that had begun when a source was asked last; none before the first. */
    long askedAfter = NEVER;

    /** Above zero while a driver makes a connection that it builds upon. */
    int physical;

    /** Whether a statement is being made, by whatever layer. */
    boolean preparing;

    /** The connection found in the deepest layer met while preparing. */
    @Nullable
    ConnectionState found;

    /** Whether the connection found was closed already when it was asked. */
    boolean foundClosed;

    /** The deepest layer met while preparing: a {@link Connection}, of which to be sure costs as much as the rest. */
    @Nullable
    Object deepest;

    /** Whether a driver made a connection while pooling. */
    boolean connected;

    /** Whether it was told where a connection that is being lent leads to. */
    boolean told;

    /** What a source gave last that does not wrap others for sure, and the source itself. */
    @Nullable
    WeakReference<Connection> lent;

    @Nullable
    Source lender;

    @Nullable
    Origin lentFrom;

    private OnThread() {}

    /** Whether the attempt was begun for the connection that this thread asked for last, if it ever asked a source. */
    boolean askedBefore(long attempt) {
        return attempt > askedAfter;
    }

    /** A connection without a database makes a statement. */
    void reached(Connection standIn, ConnectionState state) {
        found = state;
        if (preparing) {
            deepest = standIn;
        }
    }

    static OnThread get() {
        return CURRENT.get();
    }
}
