package dev.resilience.instrument.jdbc;

import dev.resilience.bootstrap.Passage;
import dev.resilience.guard.Endpoint;
import dev.resilience.guard.JdbcCall;
import dev.resilience.guard.Ruling;
import dev.resilience.guard.SqlFailures;
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

    /** Which was asked last, by whatever thread. */
    private volatile @Nullable Last last;

    Borrowing(Known known) {
        this.known = known;
    }

    @Override
    public @Nullable Passage enter(
            Object self, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
        OnThread thread = OnThread.get();
        if (thread.marks.active() || !(self instanceof DataSource source)) {
            return null;
        }
        Source about = about(source);
        Database database = about.database(known);
        if (database != null) {
            thread.told = true;
            if (!database.covered()) {
                return null;
            }
            known.preparing.needed();
        }
        Loan loan = new Loan(
                thread,
                source,
                about,
                first instanceof String user ? user : null,
                second instanceof String password ? password : null);
        if (!loan.decided()) {
            if (database == null) {
                loan.ask();
            }
            if (thread.borrowing++ == 0) {
                thread.askedAfter = known.offline.lastAttempt();
            }
            thread.connected = false;
            thread.pooling++;
        }
        return loan;
    }

    /** Most applications have one. */
    private Source about(DataSource source) {
        Last before = last;
        if (before != null && before.source.refersTo(source)) {
            return before.about;
        }
        Source about = known.source(source);
        last = new Last(new WeakReference<>(source), about);
        return about;
    }

    private record Last(WeakReference<DataSource> source, Source about) {}

    private final class Loan extends Passage {

        private final OnThread thread;
        private final DataSource source;
        private final Source about;
        private final @Nullable String asked;
        private final @Nullable String password;
        private Origin origin;
        private boolean asking;
        private boolean toldBefore;

        /** @param user that the application asked for by name, with his password */
        Loan(OnThread thread, DataSource source, Source about, @Nullable String user, @Nullable String password) {
            this.thread = thread;
            this.password = password;
            this.source = source;
            this.about = about;
            this.asked = user;
            this.origin = of(about.origin());
        }

        /** Listens whether the sources and drivers inside tell where the connection leads. */
        void ask() {
            asking = true;
            toldBefore = thread.told;
            thread.told = false;
        }

        private void askedBy(boolean given) {
            if (given && !thread.told) {
                known.preparing.needed();
            }
            thread.told |= toldBefore;
        }

        private Origin of(Origin told) {
            return asked == null ? told : new Origin(null, told.url(), null, asked, told.settings());
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
                result = offline(endpoint, null);
                skipped = true;
                return true;
            }
            JdbcCall call = connect(endpoint, url);
            if (call.admit() instanceof Ruling.Reject reject) {
                thrown = Rejections.of(reject.exception());
                skipped = true;
            } else {
                // Half open since: the attempt itself asks for its permit.
                call.cancelled();
            }
            return skipped;
        }

        private @Nullable Endpoint openEndpoint() {
            Database database = about.database(known);
            Endpoint endpoint = database == null ? null : database.connecting();
            return endpoint != null && known.guard.open(endpoint) ? endpoint : null;
        }

        @Override
        protected void exit(@Nullable Object given, @Nullable Throwable failure) {
            thread.pooling--;
            thread.borrowing--;
            if (asking) {
                askedBy(given != null);
            }
            if (failure != null) {
                failed(failure);
            } else if (given instanceof Connection connection && !OfflineConnections.is(connection)) {
                String url = origin.url();
                if (asked == null) {
                    known.accepted.learn(source, about);
                } else if (url != null && !thread.connected) {
                    known.accepted.add(url, asked, password);
                }
                learn(connection);
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
        private void learn(Connection connection) {
            String url = origin.url();
            if (!thread.connected
                    && !Boolean.TRUE.equals(about.wrapping())
                    && url != null
                    && known.guard.coversJdbc(url)) {
                thread.lent = new WeakReference<>(connection);
                thread.lender = about;
                thread.lentFrom = withCredentials();
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
            if (!ofDatabase && !known.guard.open(endpoint) && (endpoint.passes() || saysWhy(failure))) {
                return;
            }
            if (ofDatabase && !known.isCounted(failure)) {
                known.count(endpoint, url, origin.user(), failure);
            }
            if (mayGoOffline(url)) {
                result = offline(endpoint, failure);
                thrown = null;
            }
        }

        /** c3p0 says no more than that it tries no longer, whether the database is away or takes the password no more. */
        private static boolean saysWhy(Throwable failure) {
            Throwable cause = failure;
            for (int depth = 0; cause != null && depth < 16; depth++) {
                if (cause instanceof SQLException told && told.getSQLState() != null) {
                    return true;
                }
                cause = cause.getCause();
            }
            return false;
        }

        /** As the source would have set it up: that is part of the key of what was kept. */
        private Connection offline(Endpoint endpoint, @Nullable Throwable lost) {
            JdbcConnections.mayBringDrivers(source.getClass().getClassLoader());
            JdbcConnections.mayBringDrivers(Thread.currentThread().getContextClassLoader());
            Connection connection =
                    known.offline.connection(known.offline.attempt(), withCredentials(), endpoint, lost);
            Source.setUp(source, known.resolve(connection).session);
            if (Source.beginsTransactions(source)) {
                beginTransactions(connection);
            }
            return connection;
        }

        private void beginTransactions(Connection offline) {
            try {
                offline.setAutoCommit(false);
            } catch (SQLException impossible) {
                throw new IllegalStateException(impossible);
            }
        }

        private Origin withCredentials() {
            String url = origin.url();
            if (url == null || !known.guard.lendsConnections(url)) {
                return origin;
            }
            if (asked == null) {
                return Source.withCredentials(source, origin, null);
            }
            // Who was never let in may be somebody else: nothing is made in that name later.
            return known.accepted.knows(url, asked, password)
                    ? Source.withCredentials(source, origin, password == null ? "" : password)
                    : origin;
        }

        private boolean mayGoOffline(String url) {
            return known.guard.answersWithoutConnection(url)
                    && !isAnother(url)
                    && !Source.isClosed(source)
                    && thread.physical == 0
                    && !MigrationTools.onStack();
        }

        /** Whether who asks comes with another password than the database took. */
        private boolean isAnother(String url) {
            return asked == null
                    ? known.accepted.contradicts(url, origin.user(), source, about)
                    : known.accepted.contradicts(url, asked, password);
        }

        private JdbcCall connect(Endpoint endpoint, String address) {
            return known.guard.beginConnect(endpoint, new ConnectRequest(ShownUrl.of(address), origin.user()));
        }
    }
}
