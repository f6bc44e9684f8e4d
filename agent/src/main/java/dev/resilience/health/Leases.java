package dev.resilience.health;

import java.time.Duration;
import java.util.concurrent.CompletionStage;

/** Makes one instance of the fleet the holder of a duty. Thread-safe; never waits. */
public interface Leases {

    /** The token of a duty that is held without asking anybody, because there is nobody to ask. */
    long OWN = 1;

    /**
     * Takes or renews a lease.
     *
     * @return a fencing token above 0, growing with every change of holder, while this instance holds the duty; 0 while
     *     another does. Completes normally always: with no store to ask, every instance holds its own, with {@link #OWN}.
     */
    CompletionStage<Long> hold(String duty, Duration ttl);

    /** Gives up a lease that this instance holds, at once for whoever asks next. Completes normally always. */
    default CompletionStage<Long> release(String duty) {
        return hold(duty, Duration.ofMillis(1));
    }
}
