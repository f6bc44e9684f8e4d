package dev.resilience.breaker;

import dev.resilience.config.Mode;
import dev.resilience.config.ServiceConfig;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How one circuit decides. Immutable.
 *
 * @param failureThreshold failed calls in the window that open
 * @param failureRate share of failed calls in the window that opens, 0 to 1
 * @param eitherOpens whether threshold or rate is enough; false: it takes both
 * @param windowMillis how long an outcome counts, at most; it is forgotten within the last twentieth of it
 * @param minimumCalls no verdict on a rate before so many calls in the window
 * @param slowNanos a call that takes as long is slow; {@link Long#MAX_VALUE} for none
 * @param slowRate share of slow calls in the window that opens; used only with {@code slowNanos}
 * @param timeoutGrowth factor on the next OPEN time after each failed recovery; 1 for none
 * @param longestTimeoutMillis bound of a grown OPEN time
 * @param longestRetryAfterMillis bound of an OPEN time that the dependency asked for
 * @param minInstances so many instances must have had bad calls in the window before the fleet opens; fewer open for
 *     themselves alone
 * @param rampUpMillis how long the share of calls let through rises after a recovery; 0 for all at once
 */
public record BreakerSettings(
        int failureThreshold,
        double failureRate,
        boolean eitherOpens,
        long windowMillis,
        long timeoutMillis,
        int halfOpenQuota,
        int successThreshold,
        long halfOpenTimeoutMillis,
        int minimumCalls,
        long slowNanos,
        double slowRate,
        double timeoutGrowth,
        long longestTimeoutMillis,
        long longestRetryAfterMillis,
        int minInstances,
        long rampUpMillis,
        Mode mode) {

    private static final long TEN_MINUTES = 600_000;

    /** Bounds the work, not the time. */
    private static final int MOST_GROWTHS = 1_000;

    /** The documented defaults. */
    public static final BreakerSettings DEFAULTS = new BreakerSettings(
            5,
            0.5,
            false,
            60_000,
            60_000,
            3,
            2,
            300_000,
            5,
            Long.MAX_VALUE,
            1.0,
            1.0,
            TEN_MINUTES,
            TEN_MINUTES,
            1,
            0,
            Mode.ENFORCE);

    public static BreakerSettings of(ServiceConfig service) {
        ServiceConfig.Breaker breaker = service.breaker();
        ServiceConfig.SlowCalls slow = breaker.slowCalls();
        long timeout = breaker.timeout().toMillis();
        Duration longest = breaker.maxTimeout();
        Duration rampUp = breaker.rampUp();
        return new BreakerSettings(
                breaker.failureThreshold(),
                breaker.failureRate(),
                breaker.openWhen() == ServiceConfig.OpenWhen.EITHER,
                breaker.window().toMillis(),
                timeout,
                breaker.halfOpenQuota(),
                breaker.successThreshold(),
                breaker.halfOpenTimeout().toMillis(),
                breaker.minimumCalls(),
                slow == null ? Long.MAX_VALUE : slow.longerThan().toNanos(),
                slow == null ? 1.0 : slow.rate(),
                breaker.timeoutGrowth(),
                longest == null ? Math.max(TEN_MINUTES, timeout) : longest.toMillis(),
                longest == null ? 10 * timeout : longest.toMillis(),
                breaker.minInstances(),
                rampUp == null ? 0 : rampUp.toMillis(),
                service.mode());
    }

    /** Those of another region of a service: what holds the service's own circuit must not hold what stands in for it. */
    public static BreakerSettings ofRegion(ServiceConfig service) {
        BreakerSettings own = of(service);
        return own.mode == Mode.FORCED_OPEN || own.mode == Mode.FORCED_CLOSED ? own.withMode(Mode.ENFORCE) : own;
    }

    public BreakerSettings withMode(Mode changed) {
        return new BreakerSettings(
                failureThreshold,
                failureRate,
                eitherOpens,
                windowMillis,
                timeoutMillis,
                halfOpenQuota,
                successThreshold,
                halfOpenTimeoutMillis,
                minimumCalls,
                slowNanos,
                slowRate,
                timeoutGrowth,
                longestTimeoutMillis,
                longestRetryAfterMillis,
                minInstances,
                rampUpMillis,
                changed);
    }

    /** Whether calls can be slow at all. */
    public boolean watchesSlowness() {
        return slowNanos != Long.MAX_VALUE;
    }

    /** Neither a state nor the window lasts longer. */
    long longestMillis() {
        return Math.max(windowMillis, Math.max(halfOpenTimeoutMillis, longestMillis(State.OPEN)));
    }

    /** No state lasts longer, whatever was heard of it. */
    long longestMillis(State state) {
        return switch (state) {
            case CLOSED, HALF_OPEN -> halfOpenTimeoutMillis;
            case OPEN -> Math.max(timeoutMillis, Math.max(longestTimeoutMillis, longestRetryAfterMillis));
        };
    }

    /**
     * How long OPEN lasts.
     *
     * @param relapses recoveries that failed since the circuit was last closed
     * @param retryAfterMillis what the dependency asked for; nothing when not positive
     * @param epoch spreads grown times by up to a tenth, so that circuits that broke together do not try together
     */
    long openMillis(int relapses, long retryAfterMillis, long epoch) {
        if (retryAfterMillis > 0) {
            return Math.min(retryAfterMillis, longestRetryAfterMillis);
        }
        double grown = timeoutMillis;
        // Multiplied, not raised to a power: the store's script must come to the same last digit.
        for (int i = 0;
                i < Math.min(relapses, MOST_GROWTHS) && timeoutGrowth > 1 && grown < longestTimeoutMillis;
                i++) {
            grown *= timeoutGrowth;
        }
        if (relapses > 0 && timeoutGrowth > 1) {
            grown *= 1 + 0.1 * spread(epoch);
        }
        return Math.max(timeoutMillis, Math.min((long) grown, longestTimeoutMillis));
    }

    /** From 0 up to 1, and far apart for neighbours; exact in the doubles that the script has. */
    private static double spread(long epoch) {
        return Math.floorMod(epoch, 1L << 20) * 2_654_435_761L % (1L << 32) / 4_294_967_296.0;
    }

    /** Why these counts open the circuit, or null when they do not. */
    @Nullable
    Cause verdict(long calls, long failures, long slow) {
        boolean enoughCalls = calls >= minimumCalls;
        boolean count = failures >= failureThreshold;
        boolean rate = enoughCalls && failures > 0 && failures >= failureRate * calls;
        if (eitherOpens ? count || rate : count && rate) {
            return Cause.FAILURES;
        }
        boolean tooSlow = watchesSlowness() && enoughCalls && slow > 0 && slow >= slowRate * calls;
        return tooSlow ? Cause.SLOWNESS : null;
    }
}
