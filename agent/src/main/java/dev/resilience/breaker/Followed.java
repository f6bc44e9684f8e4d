package dev.resilience.breaker;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;

/** Calls in flight of a circuit that watches slowness: one that runs too long counts before it ends. Thread-safe. */
final class Followed {

    private final Set<FollowedPermit> running = ConcurrentHashMap.newKeySet();

    Permit follow(ServiceCircuit circuit, Stage stage, long nowNanos) {
        FollowedPermit permit = new FollowedPermit(circuit, stage, nowNanos);
        running.add(permit);
        return permit;
    }

    void countOverdue(long nowNanos) {
        for (FollowedPermit permit : running) {
            permit.look(nowNanos);
        }
    }

    private enum Progress {
        RUNNING,
        OVERDUE,
        ENDED
    }

    private final class FollowedPermit extends OwnPermit {

        private final ServiceCircuit circuit;
        private final long startNanos;
        private final AtomicReference<Progress> progress = new AtomicReference<>(Progress.RUNNING);

        FollowedPermit(ServiceCircuit circuit, Stage stage, long startNanos) {
            super(stage);
            this.circuit = circuit;
            this.startNanos = startNanos;
        }

        void look(long nowNanos) {
            Counters counts = stage.counters();
            if (counts != null
                    && nowNanos - startNanos >= stage.slowNanos()
                    && progress.compareAndSet(Progress.RUNNING, Progress.OVERDUE)) {
                counts.overdue();
                // Nothing more is to be looked at, and its end may never come.
                running.remove(this);
                circuit.tellAtOnce(counts, -1);
            }
        }

        @Override
        void answered() {
            running.remove(this);
        }

        @Override
        void settled(Outcome outcome, long durationNanos, long retryAfterMillis) {
            running.remove(this);
            Counters counts = stage.counters();
            if (counts == null) {
                return;
            }
            if (progress.getAndSet(Progress.ENDED) != Progress.OVERDUE) {
                circuit.settle(stage, outcome, durationNanos, retryAfterMillis);
            } else if (outcome == Outcome.FAILURE) {
                // As a call it was counted while it ran; only that it failed is new.
                counts.overdueEnded();
                counts.failure();
                circuit.tellAtOnce(counts, retryAfterMillis);
            }
        }
    }
}
