package dev.resilience.breaker;

import dev.resilience.config.Mode;
import java.util.Locale;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What calls see of a circuit, replaced when its ledger or its mode moves, and who is told of that. Guarded by the circuit's
 * lock.
 */
final class Staging {

    /** How far two clocks' views of the end of a state may lie apart before it is worth a new stage. */
    private static final long JITTER_NANOS = 5_000_000;

    private final ServiceCircuit circuit;
    private final @Nullable ServiceCircuit above;
    private final Ledger own;
    private final Stages stages;
    private final TransitionFeed feed;
    private final LongSupplier unixMillis;
    private Counters counters = new Counters();
    private long countersEpoch;
    private Mode mode;
    private Stage stage;
    private long enteredMillis;
    private boolean closed;

    /** @param above the service that this circuit is one host of; null for a service's own circuit */
    Staging(
            ServiceCircuit circuit,
            @Nullable ServiceCircuit above,
            Ledger own,
            Stages stages,
            TransitionFeed feed,
            LongSupplier unixMillis,
            BreakerSettings settings,
            long now) {
        this.circuit = circuit;
        this.above = above;
        this.own = own;
        this.stages = stages;
        this.feed = feed;
        this.unixMillis = unixMillis;
        this.mode = settings.mode();
        this.enteredMillis = now;
        remode(now, settings);
        this.stage = stages.of(own, now, settings, mode, counters);
    }

    Stage stage() {
        return stage;
    }

    Mode mode() {
        return mode;
    }

    /** Where outcomes of the present epoch are counted. */
    Counters counters() {
        return counters;
    }

    boolean isClosed() {
        return closed;
    }

    /** Milliseconds in the present state, as calls see it. */
    long age(long now) {
        return Math.max(0, now - enteredMillis);
    }

    /** Lets every call pass from now on. */
    void close() {
        closed = true;
        show(stages.passing(own.epoch()));
    }

    /** Puts the right mode in force; to be followed by a new stage. @return why it changed, for people; null: it did not */
    @Nullable
    String remode(long now, BreakerSettings settings) {
        ModeOrder order = own.order(now);
        if (order.mode() == null && above != null) {
            ModeOrder ofAll = above.order();
            order = ofAll == null ? order : ofAll;
        }
        Mode wanted = order.mode() == null ? settings.mode() : order.mode();
        if (wanted == mode) {
            return null;
        }
        mode = wanted;
        String name = "mode " + wanted.name().toLowerCase(Locale.ROOT);
        return order.mode() == null ? name : name + " " + order.words();
    }

    /** Puts a new stage in place and tells of a change of state. @param reason null for the ledger's own */
    void restage(long now, BreakerSettings settings, @Nullable String reason) {
        State before = stage.state();
        replace(now, settings);
        if (before == stage.state()) {
            return;
        }
        feed.changed(new Transition(
                circuit.service(),
                before,
                stage.state(),
                stage.epoch(),
                reason == null ? own.words(now, settings) : reason,
                unixMillis.getAsLong(),
                age(now)));
        enteredMillis = now;
    }

    /** Puts the first stage in place that the fleet's word makes: what it says was so before, and is no change. */
    void find(long now, BreakerSettings settings, long sinceMillis, @Nullable String reason) {
        State before = stage.state();
        replace(now, settings);
        enteredMillis = now - sinceMillis;
        if (before != stage.state()) {
            feed.found(new Found(
                    circuit.service(),
                    stage.state(),
                    stage.epoch(),
                    reason == null ? own.words(now, settings) : reason,
                    unixMillis.getAsLong(),
                    sinceMillis));
        }
    }

    /** The epoch was given another number, and what was counted counts. */
    void renumbered() {
        countersEpoch = own.epoch();
    }

    /** Corrects the end of the state. */
    void retime(long now, BreakerSettings settings) {
        if (Math.abs(Stages.endNanos(own, now) - stage.untilNanos()) > JITTER_NANOS) {
            show(stages.of(own, now, settings, mode, counters));
        }
    }

    private void replace(long now, BreakerSettings settings) {
        if (own.state() != State.CLOSED || countersEpoch != own.epoch()) {
            counters = new Counters();
            countersEpoch = own.epoch();
        }
        show(stages.of(own, now, settings, mode, counters));
    }

    private void show(Stage next) {
        stage = next;
        circuit.show(next, mode);
    }
}
