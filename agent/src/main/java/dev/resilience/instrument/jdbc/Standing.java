package dev.resilience.instrument.jdbc;

import dev.resilience.guard.ThreadMarks;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * How a transaction stands. PostgreSQL makes a rollback of the commit of one that failed, and its driver is silent of that; one that it
 * refuses to commit is over, and one whose end its driver refuses itself is not.
 */
enum Standing {
    NONE,
    OPEN,
    FAILED,
    UNTOLD;

    /**
     * Asks PostgreSQL's driver, or one made from it, and by that no database. Not to be called under a lock: the driver has its own.
     *
     * @param connection of the driver or of one around it; null when it is gone
     */
    static Standing on(@Nullable Connection connection) {
        if (connection == null) {
            return UNTOLD;
        }
        Standing told = toldBy(connection);
        return told == UNTOLD ? behind(connection) : told;
    }

    /** P6Spy and its like give away the driver's own metadata, and they the connection. */
    private static Standing behind(Connection wrapper) {
        ThreadMarks.enter();
        try {
            DatabaseMetaData metaData = wrapper.getMetaData();
            Connection behind = metaData == null ? null : metaData.getConnection();
            return behind == null ? UNTOLD : toldBy(behind);
        } catch (SQLException | RuntimeException | AbstractMethodError untold) {
            return UNTOLD;
        } finally {
            ThreadMarks.exit();
        }
    }

    private static Standing toldBy(Connection connection) {
        try {
            Object state =
                    connection.getClass().getMethod("getTransactionState").invoke(connection);
            return switch (String.valueOf(state)) {
                case "IDLE" -> NONE;
                case "OPEN" -> OPEN;
                case "FAILED" -> FAILED;
                default -> UNTOLD;
            };
        } catch (ReflectiveOperationException | RuntimeException | LinkageError untold) {
            return UNTOLD;
        }
    }
}
