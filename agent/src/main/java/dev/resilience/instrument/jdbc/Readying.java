package dev.resilience.instrument.jdbc;

import dev.resilience.bootstrap.Passage;
import dev.resilience.guard.Endpoint;
import dev.resilience.instrument.Adapter;
import java.sql.Connection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What frameworks set and ask before a transaction begins: whether it only reads, its isolation, whether they have to begin one.
 * Drivers that tell the database of it find out there that it is gone, and others refuse it on a connection that was found dead. Where a
 * rule has answers the caller does not hear of that: what he begins or executes next finds it out again, counts, and is answered. Only
 * where the driver itself calls the connection closed, so that nothing gets to a database by it, set or not, and where no transaction
 * is under way. He is answered what was said of auto-commit before, and nothing that is made up.
 */
final class Readying implements Adapter {

    /** What it does when a connection is given back, behind what the application itself asked of that. */
    private static final List<String> HIKARI = List.of("com.zaxxer.hikari.pool.PoolBase");

    private final Known known;
    private final boolean asks;
    private final boolean putBackLast;

    Readying(Known known, String method) {
        this.known = known;
        this.asks = method.equals("getAutoCommit");
        this.putBackLast = method.equals("setTransactionIsolation");
    }

    @Override
    public @Nullable Passage enter(
            Object self, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
        OnThread thread = OnThread.get();
        if (thread.marks.active() || thread.pooling > 0) {
            return null;
        }
        ConnectionState state = known.connections.get(self);
        if (state == null || state == ConnectionState.UNKNOWN || state.offline) {
            return null;
        }
        Database database = state.database(known);
        Endpoint endpoint = database == null ? null : database.connecting();
        return database == null || endpoint == null ? null : new Ready(state, (Connection) self, database, endpoint);
    }

    private final class Ready extends WithinDeadline {

        /** No driver asks the database for auto-commit. */
        Ready(ConnectionState state, Connection connection, Database database, Endpoint endpoint) {
            super(state, connection, database, endpoint, !asks);
        }

        @Override
        void lost(Throwable failure) {
            if (isAnswered()) {
                state.foundDead = true;
                known.losing.up();
                result = asks ? state.autoCommit : null;
                thrown = null;
            } else if (deadline != null) {
                // The database may have hung: a connection that was found dead before takes no deadline.
                known.count(endpoint, url, null, failure);
            }
        }

        private boolean isAnswered() {
            return !isPending()
                    && !isToBeGivenUp()
                    && (!asks || state.autoCommit != null)
                    && known.guard.answersWithoutConnection(url)
                    && Bounding.isGone(connection)
                    && !MigrationTools.onStack();
        }

        /** Whether a transaction is under way that the database was told of, or may be. */
        private boolean isPending() {
            return state.transaction.untold() == null
                    && (Boolean.FALSE.equals(state.autoCommit)
                            || state.transaction.begun()
                            || (state.transaction.wrote() && !Boolean.TRUE.equals(state.autoCommit))
                            || !state.session.isAsItBegan());
        }

        /**
         * Lent again though it is dead: the pool is to hear of it, and the database may be well. Not while it is given back: HikariCP
         * puts the isolation back behind auto-commit, and others read-only, and the application's own {@code close} would throw.
         */
        private boolean isToBeGivenUp() {
            if (state.ended && (putBackLast || Callers.are(HIKARI))) {
                return false;
            }
            boolean again = state.gone || (asks && !state.foundDead);
            return again && state.transaction.untold() == null && !known.guard.open(endpoint);
        }
    }
}
