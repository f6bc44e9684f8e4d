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
    private int secondsBefore = UNTOUCHED;
    private @Nullable Connection connection;
    private int networkBefore;

    private QueryDeadline(Statement statement) {
        this.statement = statement;
    }

    /**
     * @param millis 0 for none
     * @return null when there is nothing to restore
     */
    static @Nullable QueryDeadline set(Statement statement, long millis) {
        if (millis <= 0) {
            return null;
        }
        int seconds = (int) Math.min(Integer.MAX_VALUE / 1_000 - 1, (millis + 999) / 1_000);
        QueryDeadline deadline = new QueryDeadline(statement);
        ThreadMarks.enter();
        try {
            deadline.setQueryTimeout(seconds);
            deadline.setNetworkTimeout((int) (seconds * 1_000 + GRACE_MILLIS));
        } finally {
            ThreadMarks.exit();
        }
        return deadline;
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

    private void setNetworkTimeout(int millis) {
        try {
            Connection of = statement.getConnection();
            int before = of == null ? UNTOUCHED : of.getNetworkTimeout();
            if (of != null && (before <= 0 || before > millis)) {
                of.setNetworkTimeout(Runnable::run, millis);
                networkBefore = before;
                connection = of;
            }
        } catch (SQLException | RuntimeException | AbstractMethodError unsupported) {
            // Nothing more can be done.
        }
    }

    /** Gives statement and connection back as the application set them. */
    void restore() {
        ThreadMarks.enter();
        try {
            Connection of = connection;
            if (of != null && !of.isClosed()) {
                of.setNetworkTimeout(Runnable::run, networkBefore);
            }
            if (secondsBefore != UNTOUCHED && !statement.isClosed()) {
                statement.setQueryTimeout(secondsBefore);
            }
        } catch (SQLException | AbstractMethodError gone) {
            // With its connection, most likely: nobody will use it again.
        } catch (RuntimeException failure) {
            Bridge.failed(failure);
        } finally {
            ThreadMarks.exit();
        }
    }
}
