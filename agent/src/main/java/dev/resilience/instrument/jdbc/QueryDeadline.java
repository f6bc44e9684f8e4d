package dev.resilience.instrument.jdbc;

import dev.resilience.bootstrap.Bridge;
import dev.resilience.guard.ThreadMarks;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * A rule's deadline as the driver's own query time-out, for one execution: in whole seconds, rounded up, as JDBC counts. A
 * shorter one that the application set stays in force. A driver without time-outs runs the statement to its end.
 */
final class QueryDeadline {

    private static final int UNTOUCHED = -1;

    private final Statement statement;
    private final int before;

    private QueryDeadline(Statement statement, int before) {
        this.statement = statement;
        this.before = before;
    }

    /** @param millis 0 for none */
    static QueryDeadline set(Statement statement, long millis) {
        if (millis <= 0) {
            return new QueryDeadline(statement, UNTOUCHED);
        }
        int seconds = (int) Math.min(Integer.MAX_VALUE, (millis + 999) / 1_000);
        ThreadMarks.enter();
        try {
            int before = statement.getQueryTimeout();
            if (before > 0 && before <= seconds) {
                return new QueryDeadline(statement, UNTOUCHED);
            }
            statement.setQueryTimeout(seconds);
            return new QueryDeadline(statement, before);
        } catch (SQLException | RuntimeException | AbstractMethodError unsupported) {
            return new QueryDeadline(statement, UNTOUCHED);
        } finally {
            ThreadMarks.exit();
        }
    }

    /** Gives the statement back as the application set it. */
    void restore() {
        if (before == UNTOUCHED) {
            return;
        }
        ThreadMarks.enter();
        try {
            if (!statement.isClosed()) {
                statement.setQueryTimeout(before);
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
