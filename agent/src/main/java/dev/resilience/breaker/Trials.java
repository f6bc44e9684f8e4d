package dev.resilience.breaker;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
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

    private final ServiceCircuit circuit;
    private final BreakerStore store;
    private final String instance;
    private final ScheduledExecutorService scheduler;
    private final Map<String, TrialPermit> out = new LinkedHashMap<>();
    private long serial;
    private int asking;
    private long pausedUntil = Long.MIN_VALUE;

    Trials(ServiceCircuit circuit, BreakerStore store, String instance, ScheduledExecutorService scheduler) {
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
            // Refused below. A grant that comes later finds the answer taken and is given back.
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

    /** Names of the permits whose calls still run; called under the lock. */
    List<String> held() {
        return new ArrayList<>(out.keySet());
    }

    /** Gives up permits that nobody ever settled; called under the lock. */
    void expire(long now, long longestMillis) {
        for (Iterator<TrialPermit> held = out.values().iterator(); held.hasNext(); ) {
            if (now - held.next().sinceMillis >= longestMillis) {
                held.remove();
            }
        }
    }

    private CompletableFuture<Permit> ask(Stage stage) {
        CompletableFuture<Permit> answer = new CompletableFuture<>();
        String lease;
        BreakerSettings settings = circuit.settings();
        circuit.lock.lock();
        try {
            if (circuit.onOwn()) {
                answer.complete(onOwnAccount(stage));
                return answer;
            }
            // More could not be granted together, so more need not be asked for: a crowd costs the store nothing.
            if (asking >= settings.halfOpenQuota() || circuit.now() < pausedUntil) {
                answer.complete(circuit.refusal());
                return answer;
            }
            asking++;
            lease = nextLease();
        } finally {
            circuit.lock.unlock();
        }
        CompletionStage<Reply> asked;
        try {
            asked = store.acquire(circuit.service(), settings, stage.epoch(), lease);
        } catch (RuntimeException failure) {
            asked = CompletableFuture.failedFuture(failure);
        }
        asked.whenComplete((reply, failure) -> {
            Permit permit = answered(stage, lease, reply);
            if (!answer.complete(permit) && permit instanceof TrialPermit late) {
                late.settle(Outcome.IGNORED, 0, -1);
            }
        });
        return answer;
    }

    private Permit onOwnAccount(Stage stage) {
        if (!circuit.ownTrialDue(stage.epoch()) || !out.isEmpty()) {
            return circuit.refusal();
        }
        return given(stage, nextLease());
    }

    private Permit answered(Stage stage, String lease, @Nullable Reply reply) {
        circuit.lock.lock();
        try {
            asking--;
            if (reply != null && reply.accepted()) {
                return given(stage, lease);
            }
            if (reply != null && store.mode(circuit.service()) != StoreMode.LOCAL) {
                pausedUntil = circuit.now() + PAUSE_MILLIS;
            }
        } finally {
            circuit.lock.unlock();
        }
        if (reply != null) {
            circuit.changed(reply.snapshot());
        }
        return circuit.refusal();
    }

    private TrialPermit given(Stage stage, String lease) {
        TrialPermit permit = new TrialPermit(stage, lease, circuit.now());
        out.put(lease, permit);
        return permit;
    }

    private String nextLease() {
        return instance + ":" + ++serial;
    }

    private final class TrialPermit extends OwnPermit {

        private final String lease;
        private final long sinceMillis;

        TrialPermit(Stage stage, String lease, long sinceMillis) {
            super(stage);
            this.lease = lease;
            this.sinceMillis = sinceMillis;
        }

        @Override
        public boolean trial() {
            return true;
        }

        @Override
        void settled(Outcome outcome, long durationNanos, long retryAfterMillis) {
            BreakerSettings settings = circuit.settings();
            circuit.lock.lock();
            try {
                out.remove(lease);
                pausedUntil = Long.MIN_VALUE;
                if (circuit.onOwn() || outcome == Outcome.FAILURE) {
                    // One failure settles it, whatever the others saw: this instance need not wait to be told.
                    circuit.ownVerdict(stage.epoch(), outcome, retryAfterMillis);
                }
                if (circuit.onOwn()) {
                    return;
                }
            } finally {
                circuit.lock.unlock();
            }
            CompletionStage<Reply> asked;
            try {
                asked = store.settle(circuit.service(), settings, stage.epoch(), lease, outcome, retryAfterMillis);
            } catch (RuntimeException failure) {
                asked = CompletableFuture.failedFuture(failure);
            }
            asked.whenComplete((reply, failure) -> {
                if (reply != null) {
                    circuit.changed(reply.snapshot());
                } else if (outcome == Outcome.SUCCESS) {
                    onOwnAccount(outcome, retryAfterMillis);
                }
            });
        }

        /** The store went away with the outcome: it counts for this instance at least. */
        private void onOwnAccount(Outcome outcome, long retryAfterMillis) {
            circuit.lock.lock();
            try {
                circuit.ownVerdict(stage.epoch(), outcome, retryAfterMillis);
            } finally {
                circuit.lock.unlock();
            }
        }
    }
}
