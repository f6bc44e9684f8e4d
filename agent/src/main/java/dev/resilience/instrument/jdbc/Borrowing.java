package dev.resilience.instrument.jdbc;

import dev.resilience.bootstrap.Passage;
import dev.resilience.guard.Endpoint;
import dev.resilience.guard.JdbcCall;
import dev.resilience.guard.Ruling;
import dev.resilience.guard.SqlFailures;
import dev.resilience.guard.ThreadMarks;
import dev.resilience.instrument.Adapter;
import java.lang.ref.WeakReference;
import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * {@code DataSource.getConnection}, of pools and drivers alike. While the circuit is open nobody waits for a pool to give up;
 * what a pool executes on the way to a connection is its own business.
 */
final class Borrowing implements Adapter {

    private final Known known;

    Borrowing(Known known) {
        this.known = known;
    }

    @Override
    public @Nullable Passage enter(
            Object self, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
        if (ThreadMarks.active() || !(self instanceof DataSource source)) {
            return null;
        }
        Source about = known.source(source);
        String url = about.origin().url();
        if (url != null && !known.guard.coversJdbc(url)) {
            return null;
        }
        Loan loan = new Loan(source, about, first instanceof String user ? user : null);
        if (!loan.decided()) {
            OnThread thread = OnThread.get();
            thread.connected = false;
            thread.pooling++;
        }
        return loan;
    }

    private final class Loan extends Passage {

        private final DataSource source;
        private final Source about;
        private final @Nullable String asked;
        private Origin origin;

        /** @param user that the application asked for by name */
        Loan(DataSource source, Source about, @Nullable String user) {
            this.source = source;
            this.about = about;
            this.asked = user;
            this.origin = of(about.origin());
        }

        private Origin of(Origin told) {
            return asked == null ? told : new Origin(null, told.url(), null, asked);
        }

        /** Whether the circuit decides and the source is not asked. */
        boolean decided() {
            if (openEndpoint() == null) {
                return false;
            }
            origin = of(about.refreshed(source));
            Endpoint endpoint = openEndpoint();
            String url = origin.url();
            if (endpoint == null || url == null) {
                return false;
            }
            if (mayGoOffline(url)) {
                result = known.offline.connection(origin, endpoint, null);
                skipped = true;
            } else if (connect(endpoint, url).admit() instanceof Ruling.Reject reject) {
                thrown = Rejections.of(reject.exception());
                skipped = true;
            }
            return skipped;
        }

        private @Nullable Endpoint openEndpoint() {
            String url = origin.url();
            Endpoint endpoint = url == null ? null : known.guard.matchConnect(url);
            return endpoint != null && known.guard.open(endpoint) ? endpoint : null;
        }

        @Override
        protected void exit(@Nullable Object given, @Nullable Throwable failure) {
            OnThread thread = OnThread.get();
            thread.pooling--;
            if (failure != null) {
                failed(failure);
            } else if (given instanceof Connection connection && !OfflineConnections.is(connection)) {
                learn(thread, connection);
                // The stack first: a connection may take a question for an error of its own, as DBCP's managed ones do.
                if (known.offline.someLent() && MigrationTools.onStack() && known.offline.isInside(connection)) {
                    refuse(connection);
                }
            }
        }

        /** Made on the pool's own thread, where nobody could see for whom: the tool waits and asks again, as without us. */
        private void refuse(Connection offline) {
            try {
                offline.close();
            } catch (SQLException ignored) {
                // It holds nothing.
            }
            result = null;
            thrown = Rejections.offline(origin.url() == null ? "" : origin.url());
        }

        /** A driver's own source makes connections without {@code Driver.connect}, and a pool lends wrappers of them. */
        private void learn(OnThread thread, Connection connection) {
            String url = origin.url();
            if (!thread.connected
                    && !Boolean.TRUE.equals(about.wrapping())
                    && url != null
                    && known.guard.coversJdbc(url)) {
                thread.lent = new WeakReference<>(connection);
                thread.lender = about;
                thread.lentFrom = origin;
            }
        }

        private void failed(Throwable failure) {
            String url = origin.url();
            Endpoint endpoint = url == null ? null : known.guard.matchConnect(url);
            if (url == null || endpoint == null) {
                return;
            }
            boolean ofDatabase = SqlFailures.of(failure);
            // A pool's own words may not say what the matter is; the circuit does.
            if (!ofDatabase && !known.guard.open(endpoint)) {
                return;
            }
            if (ofDatabase && !counted(failure)) {
                JdbcCall call = connect(endpoint, url);
                if (call.admit() instanceof Ruling.Proceed) {
                    call.failed(failure);
                }
            }
            if (mayGoOffline(url)) {
                result = known.offline.connection(origin, endpoint, failure);
                thrown = null;
            }
        }

        private boolean mayGoOffline(String url) {
            return known.guard.answersWithoutConnection(url)
                    && OnThread.get().physical == 0
                    && !MigrationTools.onStack();
        }

        /** Whether the attempt was counted where it was made, or is only the pool's: exhausted, closed. */
        private boolean counted(Throwable failure) {
            boolean lost = false;
            Throwable cause = failure;
            for (int depth = 0; cause != null && depth < 16; depth++) {
                if (known.counted.get(cause) != null) {
                    return true;
                }
                lost |= cause instanceof SQLException e
                        && e.getSQLState() != null
                        && e.getSQLState().startsWith("08");
                cause = cause.getCause();
            }
            if (lost) {
                known.counted.put(failure, true);
            }
            return !lost;
        }

        private JdbcCall connect(Endpoint endpoint, String address) {
            return known.guard.beginConnect(endpoint, new ConnectRequest(ShownUrl.of(address), origin.user()));
        }
    }
}
