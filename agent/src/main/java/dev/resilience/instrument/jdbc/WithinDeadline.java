package dev.resilience.instrument.jdbc;

import dev.resilience.bootstrap.Passage;
import dev.resilience.guard.Endpoint;
import dev.resilience.guard.SqlFailures;
import java.sql.Connection;
import org.jspecify.annotations.Nullable;

/** What a driver is asked of its connection between statements, and may ask the database for: within the rule's deadline. */
abstract class WithinDeadline extends Passage {

    final ConnectionState state;
    final Connection connection;
    final Endpoint endpoint;
    final String url;

    /** Null where there is none to keep. */
    final @Nullable NetworkDeadline deadline;

    private final boolean closedBefore;

    /** @param waits whether the database may be asked at all */
    WithinDeadline(ConnectionState state, Connection connection, Database database, Endpoint endpoint, boolean waits) {
        this.state = state;
        this.connection = connection;
        this.endpoint = endpoint;
        this.url = database.url();
        this.closedBefore = state.isClosed();
        this.deadline = waits ? QueryDeadline.set(connection, endpoint.deadlineMillis()) : null;
    }

    @Override
    protected final void exit(@Nullable Object given, @Nullable Throwable failure) {
        if (deadline != null) {
            deadline.restore();
        }
        if (failure == null) {
            went();
        } else if (!closedBefore && !state.isAborted() && SqlFailures.of(failure)) {
            lost(failure);
        }
    }

    void went() {}

    /** Its database is gone, or hangs. May set what the caller gets in the failure's place. */
    abstract void lost(Throwable failure);
}
