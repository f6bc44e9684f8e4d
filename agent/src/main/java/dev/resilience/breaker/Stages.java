package dev.resilience.breaker;

import dev.resilience.config.Mode;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Makes what calls see of a circuit from where its ledger stands and what its mode makes of that. Immutable. */
final class Stages {

    private static final long NANOS = 1_000_000;

    private final LongSupplier nanoTime;

    Stages(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /**
     * @param now milliseconds on the circuit's clock
     * @param counters where outcomes of CLOSED are counted
     */
    Stage of(Ledger own, long now, BreakerSettings settings, Mode mode, Counters counters) {
        boolean lenient = mode == Mode.MONITOR;
        long epoch = own.epoch();
        long slow = settings.slowNanos();
        if (mode == Mode.DISABLED || mode == Mode.FORCED_CLOSED) {
            return passing(epoch);
        }
        if (mode == Mode.FORCED_OPEN) {
            return stage(State.OPEN, epoch, Stage.WayIn.SHARED, false, slow, Long.MAX_VALUE);
        }
        Stage.WayIn trial = lenient ? Stage.WayIn.SHADOW_TRIAL : Stage.WayIn.TRIAL;
        return switch (own.state()) {
            case CLOSED -> closed(own, now, settings, lenient, counters);
            case OPEN -> stage(State.OPEN, epoch, Stage.WayIn.SHARED, lenient, slow, endNanos(own, now));
            case HALF_OPEN -> stage(State.HALF_OPEN, epoch, trial, lenient, slow, endNanos(own, now));
        };
    }

    /** Lets every call pass and counts none. */
    Stage passing(long epoch) {
        return stage(State.CLOSED, epoch, Stage.WayIn.SHARED, true, Long.MAX_VALUE, Long.MAX_VALUE);
    }

    /** Refuses a call though the circuit is closed. */
    Stage turningAway(Stage from) {
        return stage(from.state(), from.epoch(), from.wayIn(), false, from.slowNanos(), Long.MAX_VALUE);
    }

    /** When OPEN or HALF_OPEN ends, on the circuit's clock in nanoseconds. */
    static long endNanos(Ledger own, long now) {
        return own.state() == State.CLOSED ? Long.MAX_VALUE : (now + own.remaining(now)) * NANOS;
    }

    private Stage closed(Ledger own, long now, BreakerSettings settings, boolean lenient, Counters counters) {
        Ramp ramp = null;
        if (!lenient && own.isRamping(now, settings)) {
            ramp = new Ramp((now - own.age(now)) * NANOS, settings.rampUpMillis() * NANOS);
        }
        boolean shared = ramp == null && !settings.watchesSlowness();
        Stage.WayIn wayIn = shared ? Stage.WayIn.SHARED : Stage.WayIn.OWN;
        return stage(State.CLOSED, own.epoch(), wayIn, true, settings.slowNanos(), Long.MAX_VALUE, counters, ramp);
    }

    private Stage stage(State state, long epoch, Stage.WayIn wayIn, boolean granted, long slowNanos, long untilNanos) {
        return stage(state, epoch, wayIn, granted, slowNanos, untilNanos, null, null);
    }

    private Stage stage(
            State state,
            long epoch,
            Stage.WayIn wayIn,
            boolean granted,
            long slowNanos,
            long untilNanos,
            @Nullable Counters counters,
            @Nullable Ramp ramp) {
        return new Stage(state, epoch, wayIn, granted, counters, slowNanos, untilNanos, nanoTime, ramp);
    }
}
