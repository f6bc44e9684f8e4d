package dev.resilience.guard;

import java.io.EOFException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientException;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Which failures of a database call are the database's, and which the caller's own: those prove that it is alive.
 *
 * <p>The database is to blame for connections lost or refused (SQLSTATE class 08), exhausted resources (53), an operator's
 * intervention and time-outs (57), errors of its own system (58, PostgreSQL's appendix A and DB2's list), ODBC's time-outs
 * (HYT00, HYT01), the transient, recoverable and connection classes of {@code java.sql}, a broken socket beneath, the codes of
 * {@link VendorCodes} where a vendor's SQLSTATE tells too little, and what is one of {@link PoolTimeOuts}.
 */
public final class SqlFailures {

    /** Exceptions looked at: chains may be long or circular. */
    private static final int MOST = 32;

    /** Dynamic SQL, unsupported features, cardinality, data, constraints, statement names, syntax and access. */
    private static final Set<String> CALLERS = Set.of("07", "0A", "21", "22", "23", "26", "42");

    private SqlFailures() {}

    /** Whether the database is to blame. Looks along causes and next exceptions. */
    public static boolean of(Throwable failure) {
        Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        Deque<Throwable> waiting = new ArrayDeque<>();
        waiting.add(failure);
        while (!waiting.isEmpty() && seen.size() < MOST) {
            Throwable next = waiting.remove();
            if (!seen.add(next)) {
                continue;
            }
            if (blames(next) || PoolTimeOuts.is(next)) {
                return true;
            }
            if (next.getCause() != null) {
                waiting.add(next.getCause());
            }
            if (next instanceof SQLException chained && chained.getNextException() != null) {
                waiting.add(chained.getNextException());
            }
        }
        return false;
    }

    private static boolean blames(Throwable failure) {
        if (failure instanceof SQLException e) {
            return (isOfBlamingClass(failure) && !isCallers(e))
                    || blamesState(e.getSQLState())
                    || VendorCodes.blames(e);
        }
        return failure instanceof SocketException
                || failure instanceof SocketTimeoutException
                || failure instanceof UnknownHostException
                || failure instanceof ClosedChannelException
                || failure instanceof EOFException
                || failure instanceof TimeoutException;
    }

    private static boolean isOfBlamingClass(Throwable failure) {
        return failure instanceof SQLTransientException
                || failure instanceof SQLRecoverableException
                || failure instanceof SQLNonTransientConnectionException;
    }

    /** MariaDB's driver makes a transient connection exception of every state that it does not know. */
    private static boolean isCallers(SQLException failure) {
        String state = failure.getSQLState();
        return state != null
                && state.length() >= 2
                && (CALLERS.contains(state.substring(0, 2)) || VendorCodes.areCallers(state))
                && !(failure.getCause() instanceof SQLException met && isMariaDbsDrivers(met));
    }

    /**
     * Whether no database complains but MariaDB's driver, as of a connection that it has closed itself: HikariCP gives the
     * time-out of a borrower the state of what it met last.
     */
    private static boolean isMariaDbsDrivers(SQLException failure) {
        return failure.getErrorCode() == -1 && "42000".equals(failure.getSQLState());
    }

    private static boolean blamesState(@Nullable String state) {
        return state != null
                && (state.startsWith("08")
                        || state.startsWith("53")
                        || state.startsWith("57")
                        || state.startsWith("58")
                        || state.equals("HYT00")
                        || state.equals("HYT01"));
    }
}
