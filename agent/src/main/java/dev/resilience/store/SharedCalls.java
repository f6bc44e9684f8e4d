package dev.resilience.store;

import dev.resilience.breaker.StoreAway;
import dev.resilience.fallback.CallStore;
import dev.resilience.fallback.QueuedCall;
import dev.resilience.log.AgentLog;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Calls that the fleet shares through Redis, and that no loss of Redis loses. Thread-safe.
 *
 * <p>Whoever accepts a call has it in a journal of its own first, then hands it to Redis, and forgets it when the fleet is
 * done with it. What Redis has lost is handed over again. While Redis does not answer, an instance makes the calls that it
 * has not handed over; those that it has wait for Redis, because another instance may be making them.
 */
final class SharedCalls implements CallStore {

    private static final int AT_ONCE = 500;

    /** Outcomes that Redis has yet to hear; when there are more, calls are made twice rather than memory filled. */
    private static final int MOST_UNTOLD = 10_000;

    private final LocalCalls own;
    private final RedisCalls fleet;
    private final @Nullable Replicas replicas;
    private final ConcurrentLinkedQueue<Outcome> untold = new ConcurrentLinkedQueue<>();

    /** How many calls a service of the fleet had in a place, when last heard. */
    private final Map<String, Long> sizes = new ConcurrentHashMap<>();

    private record Outcome(Held held, Verdict verdict) {}

    /** @param replicas null where they are not waited for */
    SharedCalls(LocalCalls own, RedisCalls fleet, @Nullable Replicas replicas) {
        this.own = own;
        this.fleet = fleet;
        this.replicas = replicas;
    }

    @Override
    public CompletionStage<Added> add(QueuedCall call, int most) {
        if (fleet.answers() && sizes.getOrDefault(sizeKey(call), 0L) >= most) {
            // What was heard may be old: the fleet decides.
            return fleet.put(call, most)
                    .handle((answer, failure) -> {
                        if (answer != null) {
                            heard(call, answer);
                        }
                        return answer != null && answer.code() == RedisCalls.Answer.FULL
                                ? CompletableFuture.completedStage(Added.FULL)
                                : own.add(call, most);
                    })
                    .thenCompose(stage -> stage);
        }
        return own.add(call, most)
                .handle((added, failure) -> {
                    if (failure != null) {
                        // No disk: then it is durable when Redis has it.
                        return addToFleetAlone(call, most);
                    }
                    return added == Added.KEPT ? handedOver(call) : CompletableFuture.completedStage(added);
                })
                .thenCompose(stage -> stage);
    }

    /** What is on this disk is kept already: replicas are waited for, and not for long. */
    private CompletionStage<Added> handedOver(QueuedCall call) {
        CompletionStage<?> handedOver = handOver(call);
        Replicas waitedFor = replicas;
        if (waitedFor == null) {
            return CompletableFuture.completedStage(Added.KEPT);
        }
        CompletableFuture<Added> kept = new CompletableFuture<>();
        handedOver.whenComplete((done, impossible) -> kept.complete(Added.KEPT));
        waitedFor.whenTimeIsUp(() -> kept.complete(Added.KEPT));
        return kept;
    }

    private CompletionStage<Added> addToFleetAlone(QueuedCall call, int most) {
        CompletionStage<Added> told = fleet.add(call, most);
        Replicas waitedFor = replicas;
        if (waitedFor == null) {
            return told;
        }
        return told.thenCompose(added -> added == Added.FULL
                ? CompletableFuture.completedStage(added)
                : waitedFor
                        .have(call.service())
                        .thenCompose(have -> have ? CompletableFuture.completedStage(added) : takenBack(call)));
    }

    /** What the application is told was not taken in charge must not be made either. */
    private CompletionStage<Added> takenBack(QueuedCall call) {
        return fleet.remove(call.reason() == null ? Place.QUEUE : Place.REVIEW, call.id())
                .thenCompose(removed -> CompletableFuture.failedStage(
                        new StoreAway("neither a disk nor replicas of Redis can keep a call")));
    }

    @Override
    public CompletionStage<List<Held>> hold(String service, int most, Duration lease) {
        if (fleet.answers()) {
            return fleet.hold(service, most, lease);
        }
        return own.hold(service, most, lease)
                .thenApply(held -> held.stream()
                        .map(one -> new Held(one.call(), -one.token()))
                        .toList());
    }

    /** Own tokens are below 0, the fleet's above. */
    @Override
    public CompletionStage<Boolean> settle(Held held, Verdict verdict) {
        if (held.token() < 0) {
            return own.settle(new Held(held.call(), -held.token()), verdict);
        }
        return fleet.settle(held, verdict).handle((settled, failure) -> {
            if (failure != null && untold.size() < MOST_UNTOLD) {
                untold.add(new Outcome(held, verdict));
            }
            boolean done = verdict instanceof Done && (failure != null || settled);
            if (done) {
                own.forget(held.call().id());
            }
            return failure != null || settled;
        });
    }

    @Override
    public void tend() {
        own.tend();
        if (!fleet.answers()) {
            return;
        }
        for (Outcome outcome = untold.poll(); outcome != null; outcome = untold.poll()) {
            settle(outcome.held(), outcome.verdict());
        }
        if (own.isUnused()) {
            return;
        }
        own.notHandedOver(AT_ONCE).thenAccept(calls -> calls.forEach(this::handOver));
        own.someHandedOver(AT_ONCE).thenAccept(byService -> byService.forEach(this::compare));
    }

    /** Completes always normally: when the fleet has the call, and the replicas that are waited for, or cannot have it now. */
    private CompletionStage<?> handOver(QueuedCall call) {
        if (!fleet.answers()) {
            return CompletableFuture.completedStage(null);
        }
        Replicas waitedFor = replicas;
        return fleet.put(call, 0)
                .handle((answer, failure) -> {
                    if (failure != null) {
                        return CompletableFuture.<Boolean>completedStage(false);
                    }
                    heard(call, answer);
                    if (answer.code() == RedisCalls.Answer.DONE) {
                        own.forget(call.id());
                    } else {
                        own.handedOver(call.id(), true);
                    }
                    return waitedFor == null ? CompletableFuture.completedStage(true) : waitedFor.have(call.service());
                })
                .thenCompose(Function.identity());
    }

    /** Forgets what the fleet is done with, and hands over again what it knows nothing of. */
    private void compare(String service, List<String> ids) {
        fleet.know(service, ids).thenAccept(knowledge -> {
            int lost = 0;
            for (int i = 0; i < ids.size(); i++) {
                if (knowledge.get(i) == RedisCalls.Knowledge.DONE) {
                    own.forget(ids.get(i));
                } else if (knowledge.get(i) == RedisCalls.Knowledge.NOTHING) {
                    lost++;
                    own.handedOver(ids.get(i), false);
                }
            }
            if (lost > 0) {
                AgentLog.warn(
                        "queue-lost", "Redis has lost queued calls of " + service + ": they are handed over again");
            }
        });
    }

    @Override
    public CompletionStage<List<QueuedCall>> list(Place place, String service, int offset, int limit) {
        return visible().list(place, service, offset, limit);
    }

    @Override
    public CompletionStage<Long> size(Place place, String service) {
        return visible().size(place, service);
    }

    @Override
    public CompletionStage<@Nullable QueuedCall> find(Place place, String id) {
        return visible().find(place, id);
    }

    @Override
    public CompletionStage<Boolean> hasten(String id) {
        return visible().hasten(id);
    }

    @Override
    public CompletionStage<Boolean> requeue(QueuedCall call) {
        return visible().requeue(call);
    }

    @Override
    public CompletionStage<Boolean> remove(Place place, String id) {
        if (!fleet.answers()) {
            return own.remove(place, id);
        }
        return fleet.remove(place, id).thenCompose(removed -> {
            if (removed) {
                own.forget(id);
            }
            return CompletableFuture.completedStage(removed);
        });
    }

    /** What there is to see: the fleet's calls, or while Redis does not answer those of this instance. */
    private CallStore visible() {
        return fleet.answers() ? fleet : own;
    }

    private void heard(QueuedCall call, RedisCalls.Answer answer) {
        sizes.put(sizeKey(call), answer.size());
    }

    private static String sizeKey(QueuedCall call) {
        return (call.reason() == null ? "q" : "r") + call.service();
    }
}
