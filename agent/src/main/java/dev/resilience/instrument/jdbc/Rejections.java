package dev.resilience.instrument.jdbc;

import dev.resilience.CircuitBreakerOpenException;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import org.jspecify.annotations.Nullable;

/** What a caller of JDBC is thrown when its call is not made. */
final class Rejections {

    static final String STATE = "08000";

    private Rejections() {}

    static SQLException of(CircuitBreakerOpenException cause) {
        return new SQLTransientConnectionException(cause.getMessage(), STATE, cause);
    }

    /** @param obstacle why no link of the rule's took the statement in charge, null when none was asked */
    static SQLException of(CircuitBreakerOpenException cause, @Nullable String obstacle) {
        return new SQLTransientConnectionException(cause.getMessage() + notTaken(obstacle), STATE, cause);
    }

    /** For a statement on a connection that has no database behind it and that no rule answers. */
    static SQLException offline(String url) {
        return offline(url, null, null);
    }

    /** @param lost why there is no database behind it, null when the circuit refused it */
    static SQLException offline(String url, @Nullable Throwable lost, @Nullable String obstacle) {
        return new SQLTransientConnectionException(
                "No connection to " + ShownUrl.of(url) + " can be had, and no rule answers this statement in its place"
                        + notTaken(obstacle),
                STATE,
                lost);
    }

    /** Whether it says nothing of the connection. */
    static boolean isRefusal(@Nullable Object failure) {
        return failure instanceof SQLException refused && refused.getCause() instanceof CircuitBreakerOpenException;
    }

    private static String notTaken(@Nullable String obstacle) {
        return obstacle == null ? "" : "; the statement " + obstacle;
    }
}
