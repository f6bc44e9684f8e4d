package dev.resilience.instrument.jdbc;

import java.lang.ref.WeakReference;
import java.sql.Connection;
import org.jspecify.annotations.Nullable;

/** Where the current thread is between the layers of pools and drivers. */
final class OnThread {

    private static final ThreadLocal<OnThread> CURRENT = ThreadLocal.withInitial(OnThread::new);

    /** Above zero while a pool looks for, tests or sets up a connection: what it executes then is its own business. */
    int pooling;

    /** Above zero while a driver makes a connection that it builds upon. */
    int physical;

    /** Whether a statement is being made, by whatever layer. */
    boolean preparing;

    /** The connection found in the deepest layer met while preparing. */
    @Nullable
    ConnectionState found;

    /** Whether the connection found was closed already when it was asked. */
    boolean foundClosed;

    /** The deepest layer met while preparing. */
    @Nullable
    Connection deepest;

    /** Whether a driver made a connection while pooling. */
    boolean connected;

    /** What a source gave last that does not wrap others for sure, and the source itself. */
    @Nullable
    WeakReference<Connection> lent;

    @Nullable
    Source lender;

    @Nullable
    Origin lentFrom;

    private OnThread() {}

    static OnThread get() {
        return CURRENT.get();
    }
}
