package dev.resilience.store;

import dev.resilience.log.AgentLog;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Knows what Redis's replicas have. Whoever asks while they are being waited for rides the next round, so that a silent
 * replica costs everybody two rounds at most, however many ask. Thread-safe; no method waits.
 */
final class Replicas {

    private static final long ROUND_MILLIS = 250;

    private final RedisConnections redis;
    private final int wanted;

    /** By marker key; in a cluster each service may have other replicas. Guarded by this. */
    private final Map<String, Round> rounds = new HashMap<>();

    private static final class Round {

        private @Nullable List<CompletableFuture<Boolean>> next;
    }

    /** @param wanted how many replicas must have what is asked about */
    Replicas(RedisConnections redis, int wanted) {
        this.redis = redis;
        this.wanted = wanted;
    }

    /**
     * Whether the replicas have all that Redis was told of a service until now, on any connection.
     *
     * @return completes within half a second or when Redis is given up, and never exceptionally
     */
    CompletionStage<Boolean> have(String service) {
        String marker = redis.keys().cluster()
                ? redis.keys().of(service, "replicated")
                : redis.keys().of("replicated");
        CompletableFuture<Boolean> asked = new CompletableFuture<>();
        synchronized (this) {
            Round running = rounds.get(marker);
            if (running != null) {
                if (running.next == null) {
                    running.next = new ArrayList<>();
                }
                running.next.add(asked);
                return asked;
            }
            rounds.put(marker, new Round());
        }
        run(marker, List.of(asked));
        return asked;
    }

    private void run(String marker, List<CompletableFuture<Boolean>> riders) {
        redis.replicas().replicated(marker, wanted, ROUND_MILLIS).whenComplete((acknowledged, failure) -> {
            boolean enough = failure == null && acknowledged >= wanted;
            if (!enough) {
                AgentLog.warn(
                        "redis replicas",
                        "of the " + wanted + " replicas that `wait_replicas` asks for, "
                                + (failure == null ? acknowledged : "none that can be asked")
                                + " acknowledged in time: queued calls are kept on this instance's disk too");
            }
            next(marker);
            riders.forEach(rider -> rider.complete(enough));
        });
    }

    private void next(String marker) {
        List<CompletableFuture<Boolean>> riders;
        synchronized (this) {
            Round running = rounds.get(marker);
            riders = running == null ? null : running.next;
            if (riders == null) {
                rounds.remove(marker);
            } else {
                rounds.put(marker, new Round());
            }
        }
        if (riders != null) {
            run(marker, riders);
        }
    }
}
