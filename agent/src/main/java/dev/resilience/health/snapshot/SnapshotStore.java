package dev.resilience.health.snapshot;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** Keeps snapshots for 24 hours, {@value #MOST} at most. Thread-safe; no method waits. */
public interface SnapshotStore {

    /** How far back answers go. */
    Duration KEPT = Duration.ofHours(24);

    /** The oldest go first when there are more. */
    int MOST = 500;

    /** @param snapshot JSON, some kilobytes */
    CompletionStage<?> add(String snapshot);

    /** Newest first. */
    CompletionStage<List<String>> newest(int most);
}
