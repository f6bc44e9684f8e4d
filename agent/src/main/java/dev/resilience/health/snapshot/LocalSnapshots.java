package dev.resilience.health.snapshot;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;

/** Inside this JVM. Thread-safe. */
public final class LocalSnapshots implements SnapshotStore {

    private final LongSupplier nanoTime;
    private final Deque<Kept> kept = new ArrayDeque<>();

    /** @param nanoTime monotonic */
    public LocalSnapshots(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    @Override
    public synchronized CompletionStage<?> add(String snapshot) {
        kept.addFirst(new Kept(nanoTime.getAsLong(), snapshot));
        while (kept.size() > MOST) {
            kept.removeLast();
        }
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public synchronized CompletionStage<List<String>> newest(int most) {
        long now = nanoTime.getAsLong();
        kept.removeIf(each -> now - each.atNanos > KEPT.toNanos());
        List<String> newest = new ArrayList<>();
        for (Kept each : kept) {
            if (newest.size() == most) {
                break;
            }
            newest.add(each.snapshot);
        }
        return CompletableFuture.completedFuture(newest);
    }

    private record Kept(long atNanos, String snapshot) {}
}
