package dev.resilience.instrument.jdbc;

import dev.resilience.guard.ThreadMarks;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of a transaction that is told to commit. PostgreSQL makes a rollback of it where a statement failed before, and its
 * driver is silent of that.
 */
enum Commit {
    GOES,
    IS_ROLLBACK,
    UNTOLD;

    /**
     * Asks PostgreSQL's driver, or one made from it, and by that no database. Not to be called under a lock: the driver has its own.
     *
     * @param connection of the driver or of one around it; null when it is gone
     */
    static Commit on(@Nullable Connection connection) {
        if (connection == null) {
            return UNTOLD;
        }
        Commit told = toldBy(connection);
        return told == UNTOLD ? behind(connection) : told;
    }

    /** P6Spy and its like give away the driver's own metadata, and they the connection. */
    private static Commit behind(Connection wrapper) {
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

    private static Commit toldBy(Connection connection) {
        try {
            Object state =
                    connection.getClass().getMethod("getTransactionState").invoke(connection);
            return switch (String.valueOf(state)) {
                case "IDLE", "OPEN" -> GOES;
                case "FAILED" -> IS_ROLLBACK;
                default -> UNTOLD;
            };
        } catch (ReflectiveOperationException | RuntimeException untold) {
            return UNTOLD;
        }
    }
}
