package dev.resilience.instrument.jdbc;

import dev.resilience.bootstrap.Bridge;
import dev.resilience.guard.ThreadMarks;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;

/**
 * A rule's deadline for one execution, by the driver's own means. Its query time-out (whole seconds, rounded up, as JDBC counts)
 * ends a statement that is slow, and leaves the connection whole. A database that does not even hear of that is given up a
 * little later by the connection's network time-out: the driver closes the connection, and its pool throws it away. Shorter
 * ones that the application set stay in force; a driver that has neither runs the statement to its end.
 */
final class QueryDeadline {

    /** What a database has to end a statement, before its connection is given up. */
    static final long GRACE_MILLIS = 1_000;

    private static final int UNTOUCHED = -1;

    private final Statement statement;
    private final @Nullable String url;
    private @Nullable Connection connection;
    private int secondsBefore = UNTOUCHED;
    private @Nullable NetworkDeadline network;

    private QueryDeadline(Statement statement, @Nullable String url) {
        this.statement = statement;
        this.url = url;
    }

    /**
     * @param url of its database
     * @param millis 0 for none
     * @return null when there is nothing to restore
     */
    static @Nullable QueryDeadline set(Statement statement, @Nullable String url, long millis) {
        if (millis <= 0) {
            return null;
        }
        int seconds = seconds(millis);
        QueryDeadline deadline = new QueryDeadline(statement, url);
        ThreadMarks.enter();
        try {
            deadline.setQueryTimeout(seconds);
            deadline.network = deadline.network(networkMillis(seconds));
        } finally {
            ThreadMarks.exit();
        }
        return deadline;
    }

    /** For one answer of the connection itself, as {@link #set} for a statement. @param millis 0 for none */
    static @Nullable NetworkDeadline set(Connection connection, long millis) {
        if (millis <= 0) {
            return null;
        }
        ThreadMarks.enter();
        try {
            return NetworkDeadline.set(connection, networkMillis(seconds(millis)));
        } finally {
            ThreadMarks.exit();
        }
    }

    private static int seconds(long millis) {
        return (int) Math.min(Integer.MAX_VALUE / 1_000 - 2, (millis + 999) / 1_000);
    }

    private static int networkMillis(int seconds) {
        return (int) (seconds * 1_000 + GRACE_MILLIS);
    }

    private void setQueryTimeout(int seconds) {
        try {
            int before = statement.getQueryTimeout();
            if (before <= 0 || before > seconds) {
                statement.setQueryTimeout(seconds);
                secondsBefore = before;
            }
        } catch (SQLException | RuntimeException | AbstractMethodError unsupported) {
            // What cannot be cut short may still be cut off.
        }
    }

    private @Nullable NetworkDeadline network(int millis) {
        try {
            connection = statement.getConnection();
            return NetworkDeadline.set(connection, millis);
        } catch (SQLException | RuntimeException | AbstractMethodError unsupported) {
            return null;
        }
    }

    /** Gives statement and connection back as the application set them. */
    void restore() {
        ThreadMarks.enter();
        try {
            if (network != null) {
                network.restore();
            }
            if (secondsBefore != UNTOUCHED) {
                restoreQueryTimeout();
            }
        } catch (SQLException | AbstractMethodError gone) {
            // With its connection, most likely: nobody will use it again.
        } catch (RuntimeException failure) {
            Bridge.failed(failure);
        } finally {
            ThreadMarks.exit();
        }
    }

    /** H2's is the session's, and outlives the statement that another thread closed meanwhile, or closes at this moment. */
    private void restoreQueryTimeout() throws SQLException {
        try {
            if (!statement.isClosed()) {
                statement.setQueryTimeout(secondsBefore);
                return;
            }
        } catch (SQLException closing) {
            if (Vendor.of(url) != Vendor.H2) {
                throw closing;
            }
        }
        if (connection != null && Vendor.of(url) == Vendor.H2) {
            restoreOnAnother(connection);
        }
    }

    private void restoreOnAnother(Connection session) throws SQLException {
        try (Statement another = session.createStatement()) {
            if (another.getQueryTimeout() != secondsBefore) {
                another.setQueryTimeout(secondsBefore);
            }
        }
    }
}
