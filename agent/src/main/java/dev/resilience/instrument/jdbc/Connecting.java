package dev.resilience.instrument.jdbc;

import dev.resilience.bootstrap.Bridge;
import dev.resilience.bootstrap.Passage;
import dev.resilience.guard.Endpoint;
import dev.resilience.guard.JdbcCall;
import dev.resilience.guard.Ruling;
import dev.resilience.guard.SqlFailures;
import dev.resilience.guard.ThreadMarks;
import dev.resilience.instrument.Adapter;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.SQLException;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * {@code Driver.connect}: remembers where each connection leads, counts an attempt that fails, and makes none while the
 * circuit is open. {@code DriverManager} asks every driver there is; only the one that accepts the address is guarded.
 */
final class Connecting implements Adapter {

    private final Known known;

    Connecting(Known known) {
        this.known = known;
    }

    @Override
    public @Nullable Passage enter(
            Object self, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
        if (ThreadMarks.active()
                || !(self instanceof Driver driver)
                || !(first instanceof Object[] arguments)
                || !(arguments[0] instanceof String url)) {
            return null;
        }
        Properties properties = arguments[1] instanceof Properties given ? given : null;
        Endpoint endpoint = known.guard.matchConnect(url);
        if (endpoint == null) {
            return new Unguarded(Origin.of(driver, url, properties).withoutProperties());
        }
        try {
            if (!driver.acceptsURL(url)) {
                return null;
            }
        } catch (SQLException refused) {
            return null;
        }
        Guarded passage = new Guarded(Origin.of(driver, url, properties), url, properties, endpoint);
        passage.decide();
        return passage;
    }

    private void made(@Nullable Object given, Origin origin, @Nullable Endpoint endpoint) {
        if (given instanceof Connection connection && !OfflineConnections.is(connection)) {
            String url = origin.url();
            if (url == null || known.database(url).covered()) {
                known.preparing.needed();
            }
            ConnectionState before = known.connections.get(connection);
            ConnectionState state = before == null || before == ConnectionState.UNKNOWN
                    ? new ConnectionState(origin, false)
                    : before.lentAgain(origin);
            state.session.isOf(connection);
            known.connections.put(connection, state);
            OnThread thread = OnThread.get();
            thread.connected = true;
            thread.told = true;
            if (endpoint != null) {
                // A pool fills itself before any statement runs, and a probe need not wait for one.
                state.serves(endpoint);
            }
        }
    }

    /** To a database that no rule names; a later configuration may. */
    private final class Unguarded extends Passage {

        private final Origin origin;

        Unguarded(Origin origin) {
            this.origin = origin;
        }

        @Override
        protected void exit(@Nullable Object given, @Nullable Throwable failure) {
            if (given != null) {
                made(given, origin, null);
            }
        }
    }

    private final class Guarded extends Passage {

        private final Origin origin;
        private final String url;
        private final @Nullable Properties properties;
        private final Endpoint endpoint;
        private final long attempt = known.offline.attempt();
        private @Nullable JdbcCall call;

        /** Null when the attempt has no deadline, or no means to keep it. */
        private @Nullable DriverTimeouts timeouts;

        Guarded(Origin origin, String url, @Nullable Properties properties, Endpoint endpoint) {
            this.origin = origin;
            this.url = url;
            this.properties = properties;
            this.endpoint = endpoint;
        }

        void decide() {
            boolean answerable = known.guard.answersWithoutConnection(url);
            if (answerable && known.guard.open(endpoint) && goOffline(null)) {
                skipped = true;
                return;
            }
            JdbcCall begun = known.guard.beginConnect(endpoint, new ConnectRequest(ShownUrl.of(url), origin.user()));
            if (begun.admit() instanceof Ruling.Reject reject) {
                skipped = true;
                if (!answerable || !goOffline(null)) {
                    SQLException rejection = Rejections.of(reject.exception());
                    known.counted.put(rejection, true);
                    thrown = rejection;
                }
                return;
            }
            call = begun;
            setDeadline(endpoint.deadlineMillis());
            ThreadMarks.enter();
        }

        private void setDeadline(long millis) {
            DriverTimeouts driver = millis <= 0 ? null : DriverTimeouts.of(url);
            if (driver != null) {
                arguments = new Object[] {url, driver.with(properties, url, millis)};
                timeouts = driver;
            }
        }

        @Override
        protected void exit(@Nullable Object given, @Nullable Throwable failure) {
            if (timeouts != null && given instanceof Connection connection) {
                takeBack(timeouts, connection);
            }
            ThreadMarks.exit();
            JdbcCall begun = call;
            if (begun == null) {
                return;
            }
            if (failure == null) {
                begun.connected();
                if (given != null) {
                    known.accepted.add(url, origin.user(), Accepted.password(url, origin.properties()));
                }
                made(given, origin, endpoint);
                return;
            }
            known.counted.put(failure, true);
            begun.failed(failure);
            if (SqlFailures.of(failure) && known.guard.answersWithoutConnection(url) && goOffline(failure)) {
                thrown = null;
            }
        }

        private void takeBack(DriverTimeouts from, Connection connection) {
            try {
                from.takeBack(connection, properties, url);
            } catch (SQLException | RuntimeException failure) {
                Bridge.failed(failure);
            }
        }

        private boolean goOffline(@Nullable Throwable lost) {
            if (OnThread.get().physical > 0
                    || MigrationTools.onStack()
                    || known.accepted.contradicts(url, origin.user(), Accepted.password(url, origin.properties()))) {
                return false;
            }
            result = known.offline.connection(attempt, origin, endpoint, lost);
            return true;
        }
    }
}
