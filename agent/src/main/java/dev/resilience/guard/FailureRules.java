package dev.resilience.guard;

import dev.resilience.CircuitBreakerOpenException;
import dev.resilience.breaker.Outcome;
import dev.resilience.config.EndpointConfig.Failures;
import dev.resilience.config.EndpointConfig.StatusRange;
import java.sql.SQLException;
import java.util.Set;
import java.util.concurrent.CancellationException;

/**
 * What a response or an exception says about a dependency, by an endpoint's rules. Exceptions are known by the names of
 * their classes, because the application's own cannot be seen from here, and by those of their causes, because clients wrap.
 * Immutable.
 *
 * <p>What is neither listed nor ignored is a success, as in Resilience4j, with two exceptions: a call that was given up, and
 * an error of programming ({@link RuntimeException}, {@link Error}) say nothing about the dependency.
 */
final class FailureRules {

    /** Causes looked at: chains of exceptions may be circular. */
    private static final int DEEPEST = 16;

    private final StatusRange[] status;
    private final StatusRange[] ignoredStatus;
    private final Set<String> exceptions;
    private final Set<String> ignoredExceptions;
    private final boolean defaultExceptions;

    FailureRules(Failures failures) {
        this.status = failures.status().toArray(new StatusRange[0]);
        this.ignoredStatus = failures.ignoredStatus().toArray(new StatusRange[0]);
        this.exceptions = Set.copyOf(failures.exceptions());
        this.ignoredExceptions = Set.copyOf(failures.ignoredExceptions());
        this.defaultExceptions = failures.defaultExceptions();
    }

    Outcome ofStatus(int code) {
        if (in(ignoredStatus, code)) {
            return Outcome.IGNORED;
        }
        return in(status, code) ? Outcome.FAILURE : Outcome.SUCCESS;
    }

    Outcome ofHttp(Throwable failure) {
        if (saysNothing(failure) || isAny(failure, ignoredExceptions)) {
            return Outcome.IGNORED;
        }
        if (isAny(failure, exceptions)) {
            return Outcome.FAILURE;
        }
        return failure instanceof RuntimeException || failure instanceof Error ? Outcome.IGNORED : Outcome.SUCCESS;
    }

    Outcome ofJdbc(Throwable failure) {
        if (saysNothing(failure) || isAny(failure, ignoredExceptions)) {
            return Outcome.IGNORED;
        }
        if (defaultExceptions && failure instanceof SQLException) {
            return SqlFailures.of(failure) ? Outcome.FAILURE : Outcome.SUCCESS;
        }
        return ofHttp(failure);
    }

    /** A call given up, or one that failed because another circuit rejected a call inside it. */
    private static boolean saysNothing(Throwable failure) {
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < DEEPEST; depth++) {
            if (cause instanceof CancellationException
                    || cause instanceof InterruptedException
                    || cause instanceof CircuitBreakerOpenException) {
                return true;
            }
            cause = cause.getCause();
        }
        return false;
    }

    private static boolean isAny(Throwable failure, Set<String> names) {
        if (names.isEmpty()) {
            return false;
        }
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < DEEPEST; depth++) {
            for (Class<?> type = cause.getClass(); type != null; type = type.getSuperclass()) {
                if (names.contains(type.getName())) {
                    return true;
                }
            }
            cause = cause.getCause();
        }
        return false;
    }

    private static boolean in(StatusRange[] ranges, int code) {
        for (StatusRange range : ranges) {
            if (range.contains(code)) {
                return true;
            }
        }
        return false;
    }
}
