package dev.resilience.guard;

import java.sql.SQLException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientException;
import org.jspecify.annotations.Nullable;

/** Which failures of a database call are the database's, and which the caller's own. */
final class SqlFailures {

    /** Exceptions looked at: chains may be circular. */
    private static final int MOST = 32;

    private SqlFailures() {}

    /**
     * Whether the database, rather than the caller, is to blame: connection lost or refused (SQLSTATE class 08), resources
     * exhausted (53), operator intervention (57), time-outs, and the transient and recoverable exception classes. Anything
     * else proves that the database is alive.
     */
    static boolean of(Throwable failure) {
        int seen = 0;
        for (Throwable cause = failure; cause != null && seen < MOST; cause = cause.getCause()) {
            for (Throwable next = cause; next != null && seen < MOST; next = next(next)) {
                seen++;
                if (isFailure(next)) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean isFailure(Throwable failure) {
        if (failure instanceof SQLTransientException || failure instanceof SQLRecoverableException) {
            return true;
        }
        String state = failure instanceof SQLException e ? e.getSQLState() : null;
        return state != null && (state.startsWith("08") || state.startsWith("53") || state.startsWith("57"));
    }

    private static @Nullable Throwable next(Throwable failure) {
        return failure instanceof SQLException e ? e.getNextException() : null;
    }
}
