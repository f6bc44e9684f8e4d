package dev.resilience.instrument.jdbc;

import dev.resilience.bootstrap.Passage;
import dev.resilience.guard.Endpoint;
import dev.resilience.guard.SqlFailures;
import dev.resilience.guard.ThreadMarks;
import dev.resilience.instrument.Adapter;
import java.sql.Connection;
import org.jspecify.annotations.Nullable;

/**
 * What frameworks ask and set before a transaction begins: its isolation, whether it only reads, whether they have to begin one.
 * Drivers that tell the database of it find out there that it is gone. Where a rule has answers the caller does not hear of that:
 * whatever he begins or executes next on the dead connection finds it out again, counts, and is answered. Only where the driver
 * itself calls the connection closed: nothing can get to a database by it, set or not.
 */
final class Readying implements Adapter {

    private final Known known;
    private final String method;

    Readying(Known known, String method) {
        this.known = known;
        this.method = method;
    }

    @Override
    public @Nullable Passage enter(
            Object self, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
        ConnectionState state = known.connections.get(self);
        if (state == null || state == ConnectionState.UNKNOWN || state.offline) {
            return null;
        }
        OnThread thread = OnThread.get();
        Database database = state.database(known);
        if (thread.marks.active() || thread.pooling > 0 || database == null || !database.covered()) {
            return null;
        }
        Endpoint endpoint = database.connecting();
        return endpoint == null ? null : new Ready(state, (Connection) self, database.url(), endpoint);
    }

    private final class Ready extends Passage {

        private final ConnectionState state;
        private final Connection connection;
        private final String url;
        private final Endpoint endpoint;
        private final boolean closedBefore;
        private final @Nullable NetworkDeadline deadline;

        Ready(ConnectionState state, Connection connection, String url, Endpoint endpoint) {
            this.state = state;
            this.connection = connection;
            this.url = url;
            this.endpoint = endpoint;
            this.closedBefore = state.isClosed();
            // The others are an answer of the driver's own mostly, and asked often.
            this.deadline = QueryDeadline.set(connection, method.endsWith("Isolation") ? endpoint.deadlineMillis() : 0);
        }

        @Override
        protected void exit(@Nullable Object given, @Nullable Throwable failure) {
            if (deadline != null) {
                ThreadMarks.enter();
                try {
                    deadline.restore();
                } finally {
                    ThreadMarks.exit();
                }
            }
            if (failure != null && !closedBefore && SqlFailures.of(failure) && isAnswered()) {
                result = instead();
                thrown = null;
                known.losing.up();
            }
        }

        private boolean isAnswered() {
            boolean untold = state.transaction.untold() != null;
            boolean pending = !untold && (state.transaction.begun() || state.transaction.wrote());
            // Lent again though it is dead: the pool is to hear of it now, and the database may be well.
            boolean lentDead = !untold && state.gone && !known.guard.open(endpoint);
            return !pending
                    && !lentDead
                    && known.guard.answersWithoutConnection(url)
                    && Bounding.isGone(connection)
                    && !MigrationTools.onStack();
        }

        private @Nullable Object instead() {
            return switch (method) {
                case "getAutoCommit" -> state.transaction.untold() == null;
                case "getTransactionIsolation" -> Connection.TRANSACTION_READ_COMMITTED;
                default -> null;
            };
        }
    }
}
