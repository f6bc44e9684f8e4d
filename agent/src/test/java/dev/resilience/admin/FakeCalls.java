package dev.resilience.admin;

import dev.resilience.fallback.CallStore;
import dev.resilience.fallback.QueuedCall;
import java.time.Duration;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;

/** Calls in memory, for what only looks at them and moves them. */
final class FakeCalls implements CallStore {

    final List<String> hastened = new CopyOnWriteArrayList<>();
    private final Map<Place, Map<String, QueuedCall>> places = new EnumMap<>(Place.class);

    FakeCalls() {
        for (Place place : Place.values()) {
            places.put(place, new LinkedHashMap<>());
        }
    }

    @Override
    public CompletionStage<List<QueuedCall>> unannounced(String service, int most, Duration lease) {
        return CompletableFuture.completedStage(List.of());
    }

    @Override
    public CompletionStage<?> announced(String service, List<String> ids) {
        return CompletableFuture.completedStage(null);
    }

    @Override
    public synchronized CompletionStage<Added> add(QueuedCall call, int most) {
        places.get(call.reason() == null ? Place.QUEUE : Place.REVIEW).put(call.id(), call);
        return CompletableFuture.completedFuture(Added.KEPT);
    }

    @Override
    public CompletionStage<List<Held>> hold(String service, int most, Duration lease) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<Boolean> settle(Held held, Verdict verdict) {
        throw new UnsupportedOperationException();
    }

    @Override
    public synchronized CompletionStage<List<QueuedCall>> list(Place place, String service, int offset, int limit) {
        return CompletableFuture.completedFuture(places.get(place).values().stream()
                .filter(call -> call.service().equals(service))
                .sorted(Comparator.comparing(call -> place == Place.REVIEW && call.critical() ? 0 : 1))
                .skip(offset)
                .limit(limit)
                .toList());
    }

    @Override
    public synchronized CompletionStage<Long> size(Place place, String service) {
        return CompletableFuture.completedFuture(places.get(place).values().stream()
                .filter(call -> call.service().equals(service))
                .count());
    }

    @Override
    public synchronized CompletionStage<Long> critical(String service) {
        return CompletableFuture.completedFuture(places.get(Place.REVIEW).values().stream()
                .filter(call -> call.service().equals(service) && call.critical())
                .count());
    }

    @Override
    public synchronized CompletionStage<QueuedCall> find(Place place, String id) {
        return CompletableFuture.completedFuture(places.get(place).get(id));
    }

    @Override
    public synchronized CompletionStage<Boolean> hasten(String id) {
        if (places.get(Place.QUEUE).containsKey(id)) {
            hastened.add(id);
            return CompletableFuture.completedFuture(true);
        }
        return CompletableFuture.completedFuture(false);
    }

    @Override
    public synchronized CompletionStage<Boolean> requeue(QueuedCall call) {
        boolean there = places.get(Place.REVIEW).remove(call.id()) != null;
        if (there) {
            places.get(Place.QUEUE).put(call.id(), call);
        }
        return CompletableFuture.completedFuture(there);
    }

    @Override
    public synchronized CompletionStage<Boolean> remove(Place place, String id) {
        return CompletableFuture.completedFuture(places.get(place).remove(id) != null);
    }
}
