package dev.resilience.guard;

import java.sql.SQLException;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;

/**
 * What pools throw at a borrower for whom they have no connection, where neither SQLSTATE nor a class of {@code java.sql} says so: read from
 * the sources of c3p0, Druid, Tomcat JDBC, Agroal and Commons Pool, on which DBCP stands. HikariCP's is of a transient class.
 */
final class PoolTimeOuts {

    private static final Set<String> CLASSES = Set.of(
            "com.alibaba.druid.pool.GetConnectionTimeoutException",
            "com.mchange.v2.resourcepool.TimeoutException",
            "org.apache.tomcat.jdbc.pool.PoolExhaustedException");

    /**
     * Those of Commons Pool, which has no class of its own for it: a time-out, a pool that is exhausted and does not wait, and
     * a connection that could not be validated or made ready are one and the same.
     */
    private static final List<String> PACKAGES =
            List.of("org.apache.commons.pool.", "org.apache.commons.pool2.", "org.apache.tomcat.dbcp.");

    /** Agroal's, which has neither a class nor a state for it. */
    private static final String AGROALS = "Sorry, acquisition timeout!";

    private PoolTimeOuts() {}

    static boolean is(Throwable failure) {
        Class<?> type = failure.getClass();
        return CLASSES.contains(type.getName())
                || (type == SQLException.class && AGROALS.equals(failure.getMessage()))
                || (type == NoSuchElementException.class && isOfCommonsPool(failure.getStackTrace()));
    }

    private static boolean isOfCommonsPool(StackTraceElement[] stack) {
        return stack.length > 0 && PACKAGES.stream().anyMatch(stack[0].getClassName()::startsWith);
    }
}
