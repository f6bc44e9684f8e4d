package dev.resilience.instrument.jdbc;

import dev.resilience.bootstrap.Passage;
import dev.resilience.guard.Endpoint;
import dev.resilience.guard.Guard;
import dev.resilience.guard.JdbcCall;
import dev.resilience.guard.Ruling;
import dev.resilience.guard.SqlFailures;
import dev.resilience.guard.ThreadMarks;
import dev.resilience.instrument.Adapter;
import java.lang.ref.WeakReference;
import java.sql.Connection;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;

/**
 * {@code createStatement}, {@code prepareStatement}, {@code prepareCall}: learns to which database the statement of the
 * outermost layer belongs. Every layer that is met on the way says whether it knows its connection; the deepest one is right.
 */
final class Preparing implements Adapter {

    private final Known known;
    private final boolean callable;

    Preparing(Known known, boolean callable) {
        this.known = known;
        this.callable = callable;
    }

    @Override
    public @Nullable Passage enter(
            Object self, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
        if (ThreadMarks.active() || !(self instanceof Connection connection)) {
            return null;
        }
        OnThread thread = OnThread.get();
        ConnectionState state = known.connections.get(connection);
        if (thread.preparing) {
            thread.deepest = connection;
            if (state != null) {
                thread.found = state;
                thread.foundClosed = state.closed;
            }
            return null;
        }
        Preparation preparation = new Preparation(thread, connection, first instanceof String sql ? sql : null);
        thread.found = state;
        thread.foundClosed = state != null && state.closed;
        thread.deepest = connection;
        thread.preparing = true;
        return preparation;
    }

    /** The outermost layer's part of it. */
    private final class Preparation extends Passage {

        private final OnThread thread;
        private final Connection connection;
        private final @Nullable String sql;

        Preparation(OnThread thread, Connection connection, @Nullable String sql) {
            this.thread = thread;
            this.connection = connection;
            this.sql = sql;
        }

        @Override
        protected void exit(@Nullable Object given, @Nullable Throwable failure) {
            ConnectionState state = thread.found;
            Connection deepest = thread.deepest;
            thread.preparing = false;
            thread.found = null;
            thread.deepest = null;
            if (state == null) {
                state = given instanceof Statement || failure != null
                        ? unseen(deepest == null ? connection : deepest)
                        : null;
            }
            if (state == null) {
                return;
            }
            learnLayers(state);
            String url = state.url();
            if (url == null || !known.guard.coversJdbc(url)) {
                return;
            }
            if (given instanceof Statement statement) {
                if (state.closed) {
                    // Some drivers' own pools lend the very connection again that was closed.
                    state.closed = false;
                }
                known.put(statement, new StatementState(state, sql, parameters(known.guard, url, sql)));
            } else if (failure != null && thread.pooling == 0) {
                failed(state, url, failure);
            }
        }

        /** Drivers that prepare on the server lose their connection here, and a pool may lend a dead one again and again. */
        private void failed(ConnectionState state, String url, Throwable failure) {
            // Whoever hears of a broken connection closes it, maybe on another thread: only what was closed before is
            // the caller's.
            if (state.offline || thread.foundClosed || !SqlFailures.of(failure)) {
                return;
            }
            Endpoint endpoint = sql == null ? known.guard.matchConnect(url) : known.guard.matchJdbc(url, sql);
            if (endpoint == null) {
                return;
            }
            JdbcCall call = known.guard.beginConnect(endpoint, new ConnectRequest(ShownUrl.of(url), null));
            if (call.admit() instanceof Ruling.Proceed) {
                call.failed(failure);
            }
            boolean answerable = sql == null ? known.guard.answersWithoutConnection(url) : endpoint.hasFallback();
            if (answerable && !MigrationTools.onStack()) {
                result = known.offline.statement(connection, state, sql, callable);
                thrown = null;
            }
        }

        /** A connection that was not seen when it was made. */
        private ConnectionState unseen(Connection deepest) {
            WeakReference<Connection> lent = thread.lent;
            Origin from = thread.lentFrom;
            if (from != null && lent != null && lent.get() == deepest) {
                ConnectionState state = new ConnectionState(from, false);
                known.connections.put(deepest, state);
                return state;
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

    /** Where parameters are kept, null when neither a fallback nor the session's settings could use them. */
    static @Nullable Parameters parameters(Guard guard, String url, @Nullable String sql) {
        if (sql == null) {
            return null;
        }
        if (SessionSettings.concerns(sql)) {
            return new Parameters();
        }
        Endpoint endpoint = guard.matchJdbc(url, sql);
        return endpoint != null && endpoint.hasFallback() ? new Parameters() : null;
    }
}
