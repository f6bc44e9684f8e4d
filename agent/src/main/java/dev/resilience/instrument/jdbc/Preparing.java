package dev.resilience.instrument.jdbc;

import dev.resilience.bootstrap.Passage;
import dev.resilience.guard.Endpoint;
import dev.resilience.guard.SqlFailures;
import dev.resilience.instrument.Adapter;
import java.lang.ref.WeakReference;
import java.sql.Connection;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code createStatement}, {@code prepareStatement}, {@code prepareCall}: learns to which database the statement of the
 * outermost layer belongs. Every layer that is met on the way says whether it knows its connection; the deepest one is right.
 */
final class Preparing implements Adapter {

    private static final Set<String> METHODS = Set.of("createStatement", "prepareStatement", "prepareCall");

    private final Known known;
    private final boolean callable;

    Preparing(Known known, boolean callable) {
        this.known = known;
        this.callable = callable;
    }

    @Override
    public @Nullable Passage enter(
            Object self, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
        OnThread thread = OnThread.get();
        if (thread.marks.active() || (thread.preparing && thread.deepest == self)) {
            return null;
        }
        ConnectionState state = known.connections.get(self);
        if (state == null && !(self instanceof Connection)) {
            // An abstract class of the application's may have a method of that name.
            return null;
        }
        String sql = first instanceof String text ? text : null;
        boolean keys = third == null && StatementState.asksForKeys(second);
        if (thread.preparing) {
            thread.deepest = self;
            if (state != null) {
                thread.found = state;
                thread.foundClosed = state.isClosed();
            }
        }
        if (state != null && state.transaction.untold() != null && thread.pooling == 0) {
            // A pool that heard the driver refuse it would call its connection closed in the middle of the transaction.
            return new Instead(known.offline.statement((Connection) self, state, sql, callable, keys, again -> null));
        }
        if (thread.preparing) {
            return null;
        }
        Preparation preparation = new Preparation(thread, self, sql, keys);
        thread.found = state;
        thread.foundClosed = state != null && state.isClosed();
        thread.deepest = self;
        thread.preparing = true;
        return preparation;
    }

    /** The outermost layer's part of it. */
    private final class Preparation extends Passage {

        private final OnThread thread;
        private final Object connection;
        private final @Nullable String sql;
        private final boolean keys;

        Preparation(OnThread thread, Object connection, @Nullable String sql, boolean keys) {
            this.thread = thread;
            this.connection = connection;
            this.sql = sql;
            this.keys = keys;
        }

        @Override
        protected void exit(@Nullable Object given, @Nullable Throwable failure) {
            ConnectionState state = thread.found;
            Object deepest = thread.deepest;
            thread.preparing = false;
            thread.found = null;
            thread.deepest = null;
            if (state == null) {
                // There are connections that nobody saw being made: they may lead anywhere, those not used yet, too.
                known.preparing.needed();
                state = given != null || failure != null
                        ? unseen((Connection) (deepest == null ? connection : deepest))
                        : null;
            }
            if (state == null) {
                return;
            }
            learnLayers(state);
            Database database = state.database(known);
            if (database == null) {
                return;
            }
            if (!database.covered()) {
                known.preparing.idle();
                return;
            }
            known.preparing.needed();
            if (given != null) {
                if (state.isClosed()) {
                    state.reopen();
                }
                StatementState statement = StatementState.of(state, database, sql);
                statement.preparedForKeys = keys;
                statement.madeBefore = state.offline && !OfflineConnections.is(deepest);
                known.put(given, statement);
            } else if (failure != null && thread.pooling == 0) {
                failed(state, database, failure, deepest == null ? connection : deepest);
            }
        }

        /** Drivers that prepare on the server lose their connection here, and a pool may lend a dead one again and again. */
        private void failed(ConnectionState state, Database database, Throwable failure, Object deepest) {
            // Whoever hears of a broken connection closes it, maybe on another thread: only what was closed before is
            // the caller's.
            if (state.offline || thread.foundClosed || state.isAborted() || !SqlFailures.of(failure)) {
                return;
            }
            String url = database.url();
            Endpoint endpoint = sql == null ? database.connecting() : database.endpoint(database.statement(sql));
            if (endpoint == null) {
                return;
            }
            if (!state.isCutOff()) {
                known.count(endpoint, url, null, failure);
            }
            boolean answerable = sql == null ? known.guard.answersWithoutConnection(url) : endpoint.hasFallback();
            if (answerable && !MigrationTools.onStack() && !isForItself(deepest)) {
                result = known.offline.statement((Connection) connection, state, sql, callable, keys, again -> null);
                thrown = null;
            }
        }

        /** PostgreSQL's takes what it makes so, for a manager's transactions or to tell of the database, for its own class. */
        private boolean isForItself(Object driver) {
            return packageOf(Callers.of(METHODS))
                    .equals(packageOf(driver.getClass().getName()));
        }

        private static String packageOf(String name) {
            return name.substring(0, name.lastIndexOf('.') + 1);
        }

        /** A connection that was not seen when it was made. */
        private ConnectionState unseen(Connection deepest) {
            WeakReference<Connection> lent = thread.lent;
            Origin from = thread.lentFrom;
            if (from != null && lent != null && lent.get() == deepest) {
                return known.met(deepest, new ConnectionState(from, false));
            }
            return known.resolve(deepest);
        }

        private void learnLayers(ConnectionState state) {
            WeakReference<Connection> lent = thread.lent;
            Source lender = thread.lender;
            if (lender != null && lent != null && lent.get() == connection) {
                lender.wraps(state != known.connections.get(connection));
                thread.lent = null;
                thread.lender = null;
                thread.lentFrom = null;
            }
        }
    }
}
