package dev.resilience.agent;

import dev.resilience.fallback.CallView;
import dev.resilience.fallback.QueuedCall;
import dev.resilience.fallback.WatchedCalls;
import dev.resilience.health.alert.ReviewNotices;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** Calls for review, as those who tell people of them know them. Thread-safe; nothing waits. */
final class ReviewArrivals implements ReviewNotices.Arrivals {

    private static final int AT_ONCE = 500;

    /** Longer than it takes to tell of them or to give up. */
    private static final Duration LEASE = Duration.ofMinutes(2);

    private final WatchedCalls calls;

    ReviewArrivals(WatchedCalls calls) {
        this.calls = calls;
    }

    static ReviewNotices.Arrival arrival(CallView call) {
        List<QueuedCall.Event> history = call.history();
        String reason = call.reason();
        return new ReviewNotices.Arrival(
                call.id(),
                call.service(),
                call.endpoint(),
                call.what(),
                reason == null ? "" : reason,
                call.attempts(),
                call.critical(),
                call.acceptedAt(),
                history.isEmpty()
                        ? call.acceptedAt()
                        : history.get(history.size() - 1).atMillis());
    }

    @Override
    public CompletionStage<List<ReviewNotices.Arrival>> untold(String service) {
        return calls.unannounced(service, AT_ONCE, LEASE)
                .thenApply(found ->
                        found.stream().map(call -> arrival(CallView.of(call))).toList());
    }

    @Override
    public void told(String service, List<String> ids) {
        calls.announced(service, ids);
    }
}
