package dev.resilience.breaker;

import dev.resilience.config.Mode;
import dev.resilience.log.AgentLog;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One service's circuit on this instance, as calls meet it. What they see is kept true by its {@link Upkeep}; the package
 * documentation tells the protocol.
 *
 * <p>Successes touch {@link #stage} and a counter, and refusals of OPEN the stage alone.
 */
public final class ServiceCircuit implements Circuit {

    private final String service;
    private final LongSupplier nanoTime;
    private final @Nullable ServiceCircuit above;
    private final Followed followed = new Followed();
    private final Upkeep upkeep;
    private final Trials trials;

    /** Written under the upkeep's lock. */
    private volatile Stage stage;

    /** The mode in force: the one ordered, else the file's. Written under the upkeep's lock. */
    private volatile Mode mode;

    /** @param above the service that this circuit is one host of; null for a service's own circuit */
    ServiceCircuit(
            String service,
            BreakerSettings settings,
            BreakerStore store,
            String instance,
            ScheduledExecutorService scheduler,
            LongSupplier nanoTime,
            LongSupplier unixMillis,
            TransitionFeed feed,
            @Nullable ServiceCircuit above) {
        this.service = service;
        this.nanoTime = nanoTime;
        this.above = above;
        this.upkeep =
                new Upkeep(this, settings, store, instance, scheduler, nanoTime, unixMillis, feed, followed, above);
        this.trials = upkeep.trials();
        this.stage = upkeep.stage();
        this.mode = upkeep.mode();
    }

    @Override
    public String service() {
        return service;
    }

    @Override
    public State state() {
        return stage.state();
    }

    @Override
    public Mode mode() {
        return mode;
    }

    @Override
    public boolean isQuiet() {
        return upkeep.isQuiet();
    }

    @Override
    public @Nullable ModeOrder order() {
        ModeOrder order = upkeep.order();
        if (order.mode() != null) {
            return order;
        }
        return above == null ? null : above.order();
    }

    @Override
    public long retryAfterMillis() {
        return stage.retryAfterMillis();
    }

    @Override
    public Permit tryAcquire() {
        Stage now = stage;
        return now.wayIn() == Stage.WayIn.SHARED ? now : acquireOwn(now);
    }

    private Permit acquireOwn(Stage now) {
        try {
            return switch (now.wayIn()) {
                case SHARED -> now;
                case OWN -> admit(now);
                case TRIAL -> trials.acquire(now);
                case SHADOW_TRIAL -> trials.shadow(now);
            };
        } catch (Throwable failure) {
            return passedAfter(failure);
        }
    }

    /** A call of CLOSED that needs a permit of its own. */
    private Permit admit(Stage now) {
        Ramp ramp = now.ramp();
        if (ramp != null && !ramp.admits(nanoTime.getAsLong())) {
            return upkeep.stages().turningAway(now);
        }
        return upkeep.settings().watchesSlowness() ? followed.follow(this, now, nanoTime.getAsLong()) : now;
    }

    @Override
    public CompletionStage<Permit> tryAcquireAsync() {
        Stage now = stage;
        if (now.wayIn() != Stage.WayIn.TRIAL) {
            return CompletableFuture.completedFuture(tryAcquire());
        }
        try {
            return trials.acquireAsync(now);
        } catch (Throwable failure) {
            return CompletableFuture.completedFuture(passedAfter(failure));
        }
    }

    private Permit passedAfter(Throwable failure) {
        AgentLog.warn("acquire " + service, "a call of '" + service + "' was let through unasked", failure);
        return upkeep.stages().passing(0);
    }

    @Override
    public void answered(Permit permit) {
        if (permit instanceof OwnPermit given) {
            given.answered();
        }
    }

    @Override
    public void settle(Permit permit, Outcome outcome, long durationNanos, long retryAfterMillis) {
        if (permit instanceof Stage given) {
            Counters counts = given.counters();
            if (counts == null || outcome == Outcome.IGNORED) {
                return;
            }
            if (outcome == Outcome.SUCCESS && durationNanos < given.slowNanos()) {
                if (counts.success()) {
                    tellSoon();
                }
            } else {
                settleNoteworthy(counts, outcome, durationNanos >= given.slowNanos(), retryAfterMillis);
            }
        } else if (permit instanceof OwnPermit given) {
            try {
                given.settle(outcome, durationNanos, retryAfterMillis);
            } catch (Throwable failure) {
                AgentLog.warn("settle " + service, "an outcome of '" + service + "' was lost", failure);
            }
        }
    }

    /** A failure, or a slow success: counted, and told at once. */
    private void settleNoteworthy(Counters counts, Outcome outcome, boolean slow, long retryAfterMillis) {
        if (slow) {
            counts.slow();
        }
        if (outcome == Outcome.FAILURE) {
            counts.failure();
        } else {
            counts.success();
        }
        tellAtOnce(counts, retryAfterMillis);
    }

    /** A quiet time is over: others, who may be in trouble, are to know that calls succeed here. */
    private void tellSoon() {
        try {
            upkeep.tellSoon();
        } catch (Throwable failure) {
            AgentLog.warn("settle " + service, "a success of '" + service + "' was not told", failure);
        }
    }

    /** @param counts where something was counted that may open the circuit */
    void tellAtOnce(Counters counts, long retryAfterMillis) {
        try {
            upkeep.tellAtOnce(counts, retryAfterMillis);
        } catch (Throwable failure) {
            AgentLog.warn("settle " + service, "a failure of '" + service + "' was not told", failure);
        }
    }

    @Override
    public CircuitView view() {
        return upkeep.view();
    }

    @Override
    public CompletionStage<CircuitView> reset(String who) {
        return upkeep.reset(who).thenApply(done -> view());
    }

    /** Puts a mode in force for the whole fleet; with the store away, here at once. */
    CompletionStage<ModeOrder> order(ModeOrder wish) {
        return upkeep.order(wish);
    }

    /** Takes other settings and keeps the state. */
    void configure(BreakerSettings changed) {
        upkeep.configure(changed);
    }

    /** Begins to report. A second start does nothing. */
    void start() {
        upkeep.start();
    }

    /** Lets every call pass from now on. */
    void close() {
        upkeep.close();
    }

    /** The store tells of a change, whoever made it. */
    void changed(Snapshot snapshot) {
        upkeep.changed(snapshot);
    }

    /** The store went away or came back. */
    void storeChanged() {
        upkeep.storeChanged();
    }

    /** Whether this instance decides by itself: the store is away, or has closed what it keeps open. */
    boolean onOwn() {
        return upkeep.onOwn();
    }

    BreakerSettings settings() {
        return upkeep.settings();
    }

    /** What a call is told that got no trial permit: the present stage. */
    Permit refusal() {
        return stage;
    }

    /** Called under the upkeep's lock. */
    void show(Stage next, Mode nextMode) {
        stage = next;
        mode = nextMode;
    }
}
