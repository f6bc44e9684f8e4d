package dev.resilience.guard;

import dev.resilience.fallback.RowsRecorder;
import org.jspecify.annotations.Nullable;

/** A guarded statement execution. */
public interface JdbcCall extends GuardedCall {

    /**
     * There is no connection to make the call on, because an attempt to get one was rejected just before: decides as a
     * rejecting {@link #admit()} does, and is asked in its place. Asks for no permit, never rules {@link Ruling.Proceed}.
     */
    Ruling refused();

    /** An attempt to connect went well. It says nothing of the statements to come: counted nowhere, and no span tells of it. */
    void connected();

    /** The statement ran. Settles the call. */
    void succeeded();

    /**
     * Takes the rows as the application reads them, when they may be kept; null when not. To be asked once, after
     * {@link #succeeded()}.
     */
    @Nullable
    RowsRecorder recorder();
}
