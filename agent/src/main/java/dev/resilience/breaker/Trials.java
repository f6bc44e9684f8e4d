package dev.resilience.breaker;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The trial permits of one circuit on this instance: asked of the store, kept alive while their calls run, given back. With
 * the store away the instance gives itself one at a time. Guarded by the circuit's lock, which is never held while the
 * store is asked or an answer is awaited.
 */
final class Trials {

    /** How long a call waits for the store's answer. */
    static final long PATIENCE_MILLIS = 50;

    /** How long nothing is asked after the fleet's permits were found to be all out. */
    private static final long PAUSE_MILLIS = 50;

    /** A call may well outlast a short HALF_OPEN, and the next one as well: only after so long it is taken for one without an end. */
    private static final long LONGEST_CALL_MILLIS = 300_000;

    /** How long a permit that came too late for its call is kept for the next one. */
    private static final long SPARE_MILLIS = 5_000;

    /**
     * Leases are numbered by JVM, and begin somewhere: a service that is removed and comes again, one that starts again under
     * its name, and two that were given the same one must not take each other's permits for their own.
     */
    private static final AtomicLong SERIAL =
            new AtomicLong(ThreadLocalRandom.current().nextLong(1L << 40) << 20);

    private final Upkeep circuit;
    private final BreakerStore store;
    private final String instance;
    private final ScheduledExecutorService scheduler;
    private final Map<String, TrialPermit> out = new LinkedHashMap<>();

    /** Granted after their calls were refused. On a slow link every grant comes late, and would never be of use. */
    private final Deque<TrialPermit> spare = new ArrayDeque<>();

    private int asking;

    /** Failures that opened the circuit here, of which the store has not said yet whether they counted. */
    private int unconfirmed;

    private long pausedUntil = Long.MIN_VALUE;

    Trials(Upkeep circuit, BreakerStore store, String instance, ScheduledExecutorService scheduler) {
        this.circuit = circuit;
        this.store = store;
        this.instance = instance;
        this.scheduler = scheduler;
    }

    Permit acquire(Stage stage) {
        CompletableFuture<Permit> answer = ask(stage);
        try {
            return answer.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } catch (TimeoutException | ExecutionException unanswered) {
            // Refused below. A grant that comes later finds the answer taken, and is kept for another call.
        }
        answer.complete(circuit.refusal());
        return answer.join();
    }

    CompletionStage<Permit> acquireAsync(Stage stage) {
        CompletableFuture<Permit> answer = ask(stage);
        if (!answer.isDone()) {
            try {
                scheduler.schedule(() -> answer.complete(circuit.refusal()), PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException closing) {
                answer.complete(circuit.refusal());
            }
        }
        return answer;
    }

    /** A permit for a call that goes out in any case: a trial's if one can be had by the time the call ends. */
    Permit shadow(Stage stage) {
        CompletionStage<Permit> trial = acquireAsync(stage);
        return new OwnPermit(stage) {
            @Override
            void settled(Outcome outcome, long durationNanos, long retryAfterMillis) {
                trial.thenAccept(permit -> {
                    if (permit instanceof TrialPermit given) {
                        given.settle(outcome, durationNanos, retryAfterMillis);
                    }
                });
            }
        };
    }

    /** Whether calls hold permits, or may yet be given some; called under the lock. */
    boolean areOut() {
        return !out.isEmpty() || asking > 0;
    }

    /** Names of the permits whose calls still run; called under the lock. */
    List<String> held() {
        return new ArrayList<>(out.keySet());
    }

    /**
     * The store was told of these permits, and has answered; called under the lock.
     *
     * @return those that came back while the report was under way: it may have overtaken their return, and revived them
     */
    List<String> renewed(List<String> leases, long askedMillis) {
        List<String> returned = List.of();
        for (String lease : leases) {
            TrialPermit permit = out.get(lease);
            if (permit != null) {
                permit.renew(askedMillis);
            } else {
                returned = returned.isEmpty() ? new ArrayList<>() : returned;
                returned.add(lease);
            }
        }
        return returned;
    }

    /** Gives permits back that may be kept for nobody. */
    void giveBackAgain(List<String> leases) {
        BreakerSettings settings = circuit.settings();
        for (String lease : leases) {
            Upkeep.ask(() -> store.settle(circuit.service(), settings, 0, lease, Outcome.IGNORED, -1));
        }
    }

    /** Whether this instance's OPEN may yet turn out to come of a trial that was over; called under the lock. */
    boolean areUnconfirmed() {
        return unconfirmed > 0;
    }

    /**
     * Gives up permits that nobody ever settled; called under the lock.
     *
     * @return those that nobody will settle, to be given back
     */
    List<String> expire(long now, long halfOpenMillis) {
        List<String> dropped = List.of();
        for (Iterator<TrialPermit> held = out.values().iterator(); held.hasNext(); ) {
            TrialPermit permit = held.next();
            if (permit.isDropped()) {
                dropped = dropped.isEmpty() ? new ArrayList<>() : dropped;
                dropped.add(permit.lease);
                held.remove();
            } else if (now - permit.sinceMillis >= Math.max(halfOpenMillis, LONGEST_CALL_MILLIS)) {
                held.remove();
            }
        }
        return dropped;
    }

    private CompletableFuture<Permit> ask(Stage stage) {
        CompletableFuture<Permit> answer = new CompletableFuture<>();
        String lease;
        long askedMillis = circuit.now();
        BreakerSettings settings = circuit.settings();
        circuit.lock.lock();
        try {
            if (circuit.onOwn()) {
                answer.complete(onOwnAccount(stage, settings.halfOpenTimeoutMillis()));
                return answer;
            }
            TrialPermit kept = takeSpare(stage);
            if (kept != null) {
                answer.complete(kept);
                return answer;
            }
            // More could not be granted together, so more need not be asked for: a crowd costs the store nothing.
            if (asking >= settings.halfOpenQuota() || askedMillis < pausedUntil) {
                answer.complete(circuit.refusal());
                return answer;
            }
            asking++;
            lease = nextLease();
        } finally {
            circuit.lock.unlock();
        }
        Upkeep.ask(() -> store.acquire(circuit.service(), settings, stage.epoch(), lease))
                .whenComplete((reply, failure) -> {
                    Permit permit = answered(stage, lease, askedMillis, reply);
                    if (!answer.complete(permit) && permit instanceof TrialPermit late) {
                        keep(late);
                    }
                });
        return answer;
    }

    private void keep(TrialPermit late) {
        circuit.lock.lock();
        try {
            spare.add(late);
        } finally {
            circuit.lock.unlock();
        }
        try {
            scheduler.schedule(() -> giveBack(late), SPARE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException closing) {
            giveBack(late);
        }
    }

    private void giveBack(TrialPermit late) {
        boolean unused;
        circuit.lock.lock();
        try {
            unused = spare.remove(late);
        } finally {
            circuit.lock.unlock();
        }
        if (unused) {
            late.settle(Outcome.IGNORED, 0, -1);
        }
    }

    /** Called under the lock. What is of no use any more goes back when its time as a spare is over. */
    private @Nullable TrialPermit takeSpare(Stage stage) {
        for (Iterator<TrialPermit> kept = spare.iterator(); kept.hasNext(); ) {
            TrialPermit permit = kept.next();
            if (permit.epoch() == stage.epoch() && permit.isLive(circuit.now())) {
                kept.remove();
                return permit;
            }
        }
        return null;
    }

    private Permit onOwnAccount(Stage stage, long halfOpenMillis) {
        long now = circuit.now();
        // No fleet's quota is at stake, and one call that hangs must not keep the others back for longer than a
        // HALF_OPEN.
        if (!circuit.ownTrialDue(stage.epoch())
                || out.values().stream().anyMatch(running -> now - running.sinceMillis < halfOpenMillis)) {
            return circuit.refusal();
        }
        return given(stage, nextLease(), now);
    }

    private Permit answered(Stage stage, String lease, long askedMillis, @Nullable Reply reply) {
        boolean granted = reply != null && reply.accepted();
        circuit.lock.lock();
        try {
            asking--;
            // An instance that was stopped meanwhile must not begin what its lease no longer covers.
            if (granted && circuit.now() - askedMillis < BreakerStore.LEASE_MILLIS) {
                return given(stage, lease, askedMillis);
            }
            if (reply != null && store.mode(circuit.service()) != StoreMode.LOCAL) {
                pausedUntil = circuit.now() + PAUSE_MILLIS;
            }
        } finally {
            circuit.lock.unlock();
        }
        if (granted) {
            giveBackAgain(List.of(lease));
        }
        if (reply != null) {
            circuit.changed(reply.snapshot());
        }
        return circuit.refusal();
    }

    private TrialPermit given(Stage stage, String lease, long askedMillis) {
        TrialPermit permit = new TrialPermit(this, stage, lease, askedMillis, circuit.now());
        out.put(lease, permit);
        return permit;
    }

    private String nextLease() {
        return instance + ":" + Long.toString(SERIAL.incrementAndGet(), Character.MAX_RADIX);
    }

    /** A trial call ended. */
    void settle(TrialPermit permit, Outcome outcome, long retryAfterMillis) {
        BreakerSettings settings = circuit.settings();
        boolean failed = outcome == Outcome.FAILURE;
        circuit.lock.lock();
        try {
            out.remove(permit.lease);
            pausedUntil = Long.MIN_VALUE;
            boolean onOwn = circuit.onOwn();
            if (onOwn || failed && permit.isLive(circuit.now())) {
                // One failure settles it, whatever the others saw: this instance need not wait to be told.
                circuit.ownVerdict(permit.epoch(), outcome, retryAfterMillis);
            }
            if (onOwn) {
                return;
            }
            unconfirmed += failed ? 1 : 0;
        } finally {
            circuit.lock.unlock();
        }
        Upkeep.ask(() -> store.settle(
                        circuit.service(), settings, permit.epoch(), permit.lease, outcome, retryAfterMillis))
                .whenComplete((reply, failure) -> settled(permit, outcome, retryAfterMillis, reply));
    }

    private void settled(TrialPermit permit, Outcome outcome, long retryAfterMillis, @Nullable Reply reply) {
        boolean failed = outcome == Outcome.FAILURE;
        circuit.lock.lock();
        try {
            unconfirmed -= failed ? 1 : 0;
            if (reply == null && outcome == Outcome.SUCCESS) {
                // The store went away with the outcome: it counts for this instance at least.
                circuit.ownVerdict(permit.epoch(), outcome, retryAfterMillis);
            }
        } finally {
            circuit.lock.unlock();
        }
        if (reply != null && failed && !reply.accepted()) {
            circuit.overruled(permit.epoch(), reply.snapshot());
        } else if (reply != null) {
            circuit.changed(reply.snapshot());
        }
    }
}
