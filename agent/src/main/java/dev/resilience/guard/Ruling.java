package dev.resilience.guard;

import dev.resilience.CircuitBreakerOpenException;
import dev.resilience.fallback.Answer;

/** What the guard says of a call, before it is made and after. */
public sealed interface Ruling {

    /** Before: make the call. After: give the caller what the call gave. */
    record Proceed() implements Ruling {
        public static final Proceed INSTANCE = new Proceed();
    }

    /** Give the caller this instead. */
    record Substitute(Answer answer) implements Ruling {}

    /** Before only: do not make the call, fail with this, wrapped as the client wraps I/O errors. */
    record Reject(CircuitBreakerOpenException exception) implements Ruling {}

    /**
     * After only, and only to an adapter that {@linkplain GuardedCall#canRepeat() can}: wait, ask {@link
     * GuardedCall#repeat()}, and make the same call again.
     */
    record Again(long waitMillis) implements Ruling {}
}
