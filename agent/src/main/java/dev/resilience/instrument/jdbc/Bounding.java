package dev.resilience.instrument.jdbc;

import dev.resilience.bootstrap.Passage;
import dev.resilience.guard.Endpoint;
import dev.resilience.guard.ThreadMarks;
import dev.resilience.instrument.Adapter;
import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * {@code setAutoCommit}, {@code commit}, {@code rollback}: where transactions begin and end. They reach the driver always.
 *
 * <p>Some drivers tell the database at once that a transaction begins, and find out there that it is gone: that counts, and
 * where a rule has answers the application's transaction goes on without a database, as on a connection that never had one: what is
 * kept is answered, everything else refused, nothing queued. Its end has nothing to end, whatever the driver makes of it, and
 * the pool that it is given back to has no warnings to clear: it finds out by its own means, and the caller hears of none.
 * Only where the driver itself calls the connection closed: nothing can get to a database by it any more.
 */
final class Bounding implements Adapter {

    private enum Boundary {
        AUTO_COMMIT,
        COMMIT,
        ROLLBACK,
        RETURN
    }

    private final Known known;
    private final Boundary boundary;

    Bounding(Known known, String method) {
        this.known = known;
        this.boundary = switch (method) {
            case "setAutoCommit" -> Boundary.AUTO_COMMIT;
            case "commit" -> Boundary.COMMIT;
            case "rollback" -> Boundary.ROLLBACK;
            case "clearWarnings" -> Boundary.RETURN;
            default -> throw new IllegalArgumentException(method);
        };
    }

    @Override
    public @Nullable Passage enter(
            Object self, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
        ConnectionState state = known.connections.get(self);
        if (state == null || state == ConnectionState.UNKNOWN || state.offline) {
            return null;
        }
        if (boundary == Boundary.RETURN) {
            state.ended = false;
            return state.gone ? new Nothing(state, null) : null;
        }
        boolean partly = boundary == Boundary.ROLLBACK && first != null;
        boolean untold = state.transaction.untold() != null;
        Boolean said = boundary == Boundary.AUTO_COMMIT && first instanceof Boolean told ? told : null;
        InForce before = state.session.inForce();
        boolean begins = Boolean.FALSE.equals(said);
        Begin begin = begins ? begin(state, (Connection) self) : null;
        if (untold || boundary != Boundary.AUTO_COMMIT || ends(state, (Connection) self, first)) {
            note(state, (Connection) self, partly, untold);
        }
        if (said != null) {
            state.autoCommit = null;
        }
        if (begin != null) {
            return begin;
        }
        if (untold && !partly) {
            return new Nothing(state, said);
        }
        boolean goesOn = !partly && state.transaction.begun();
        return said != null || goesOn || (boundary == Boundary.COMMIT && !before.settled())
                ? new Ending(state, (Connection) self, before, said)
                : null;
    }

    /** Said again, it ends nothing. Asks the connection, and only where something is to end. */
    private static boolean ends(ConnectionState state, Connection connection, @Nullable Object autoCommit) {
        if (!state.transaction.begun() && !state.transaction.wrote() && state.session.settled()) {
            return false;
        }
        Boolean before = autoCommit(connection);
        return before != null && !before.equals(autoCommit);
    }

    /** Null where the connection does not tell. */
    static @Nullable Boolean autoCommit(Connection connection) {
        ThreadMarks.enter();
        try {
            return connection.getAutoCommit();
        } catch (SQLException | RuntimeException | AbstractMethodError untold) {
            return null;
        } finally {
            ThreadMarks.exit();
        }
    }

    /** Whether its own driver calls it closed. */
    static boolean isGone(Connection connection) {
        try {
            return connection.isClosed();
        } catch (SQLException | RuntimeException | AbstractMethodError untold) {
            return false;
        }
    }

    private void note(ConnectionState state, Connection connection, boolean partly, boolean untold) {
        boolean begun = state.transaction.begun();
        boolean settled = state.session.settled();
        boolean auto = (begun || !settled) && Boolean.TRUE.equals(autoCommit(connection));
        if (auto && begun && !untold) {
            // What SQL began: PostgreSQL's driver does not end it then, MariaDB's does.
            if (!settled) {
                state.session.unknowable();
            }
            return;
        }
        if (boundary == Boundary.ROLLBACK && !auto) {
            state.session.rolledBack(!partly);
        } else if (!auto) {
            state.session.ended();
        } else {
            state.session.committed();
        }
        if (partly) {
            return;
        }
        if (untold && boundary != Boundary.AUTO_COMMIT) {
            state.transaction.endedWithoutDatabase();
        } else {
            if (untold) {
                state.ended = true;
            }
            state.transaction.over();
        }
    }

    /** Null where it is a pool's own or a layer's, or no rule is there for it. */
    private @Nullable Begin begin(ConnectionState state, Connection connection) {
        OnThread thread = OnThread.get();
        Database database = state.database(known);
        if (thread.marks.active() || thread.pooling > 0 || database == null) {
            return null;
        }
        Endpoint endpoint = database.connecting();
        return endpoint == null ? null : new Begin(state, connection, database, endpoint);
    }

    /**
     * What it said of auto-commit is known where the connection took it, and what was set where it was not refused. Drivers refuse
     * it themselves in auto-commit, and nothing ends.
     */
    private static final class Ending extends Passage {

        private final ConnectionState state;
        private final Connection connection;
        private final InForce before;
        private final @Nullable Boolean autoCommit;

        Ending(ConnectionState state, Connection connection, InForce before, @Nullable Boolean autoCommit) {
            this.state = state;
            this.connection = connection;
            this.before = before;
            this.autoCommit = autoCommit;
        }

        @Override
        protected void exit(@Nullable Object given, @Nullable Throwable failure) {
            if (failure == null) {
                if (autoCommit == null) {
                    state.transaction.over();
                } else {
                    state.autoCommit = autoCommit;
                }
            } else if (!Boolean.TRUE.equals(autoCommit(connection))) {
                state.session.endRefused(before);
            }
        }
    }

    /** The end of a transaction that never began for the database. */
    private static final class Nothing extends Passage {

        private final ConnectionState state;
        private final @Nullable Boolean said;

        Nothing(ConnectionState state, @Nullable Boolean said) {
            this.state = state;
            this.said = said;
        }

        @Override
        protected void exit(@Nullable Object given, @Nullable Throwable failure) {
            thrown = failure instanceof SQLException ? null : failure;
            if (said != null && thrown == null) {
                state.autoCommit = said;
            }
        }
    }

    private final class Begin extends WithinDeadline {

        /** Whether something was written that waits for its commit. */
        private final boolean pending;

        Begin(ConnectionState state, Connection connection, Database database, Endpoint endpoint) {
            super(state, connection, database, endpoint, true);
            this.pending = state.transaction.untold() == null
                    && (state.transaction.begun()
                            || (state.transaction.wrote() && !Boolean.TRUE.equals(autoCommit(connection))));
        }

        @Override
        void went() {
            state.autoCommit = false;
        }

        @Override
        void lost(Throwable failure) {
            if (state.gone && !known.guard.open(endpoint)) {
                // Lent again though it is dead: the pool is to hear of it now, and the database may be well.
                return;
            }
            known.count(endpoint, url, null, failure);
            if (!pending
                    && known.guard.answersWithoutConnection(url)
                    && isGone(connection)
                    && !MigrationTools.onStack()) {
                state.transaction.beginUntold(failure);
                state.autoCommit = false;
                state.gone = true;
                known.losing.up();
                thrown = null;
            }
        }
    }
}
