package dev.resilience.fallback;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.fallback.CallStore.Added;
import dev.resilience.fallback.CallStore.Held;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class WatchedCallsTest {

    private final List<CallView> told = new ArrayList<>();
    private Object answer = Added.KEPT;
    private final WatchedCalls calls = new WatchedCalls((CallStore) Proxy.newProxyInstance(
            CallStore.class.getClassLoader(),
            new Class<?>[] {CallStore.class},
            (proxy, method, arguments) -> CompletableFuture.completedStage(answer)));

    @Test
    void what_comes_to_need_a_person_is_told_without_its_secrets() {
        calls.onReview(told::add);
        calls.add(call(), 10);
        assertThat(told).isEmpty();
        calls.add(call().flagged(2, "i", "critical"), 10);
        assertThat(told).singleElement().satisfies(view -> {
            assertThat(view.reason()).isEqualTo("critical");
            assertThat(view.what()).endsWith("@api.cal.com/v1/bookings").doesNotContain("pw");
            assertThat(view.headers()).containsEntry("X-Api-Key", "***");
        });
        answer = true;
        calls.settle(new Held(call(), 1), new CallStore.Review(call().flagged(3, "i", "poison")));
        assertThat(told).extracting(CallView::reason).containsExactly("critical", "poison");
    }

    @Test
    void what_did_not_come_to_be_is_not_told() {
        calls.onReview(told::add);
        answer = Added.FULL;
        calls.add(call().flagged(2, "i", "critical"), 10);
        answer = false;
        calls.settle(new Held(call(), 1), new CallStore.Review(call().flagged(3, "i", "late")));
        answer = true;
        calls.settle(new Held(call(), 1), new CallStore.Done());
        calls.settle(new Held(call(), 1), new CallStore.Again(call(), Duration.ZERO));
        assertThat(told).isEmpty();
    }

    @Test
    void a_listener_that_fails_changes_nothing() {
        calls.onReview(view -> {
            throw new IllegalStateException("listener");
        });
        assertThat(calls.add(call().flagged(2, "i", "critical"), 10).toCompletableFuture())
                .isCompletedWithValue(Added.KEPT);
    }

    private static QueuedCall call() {
        return new QueuedCall(
                QueuedCall.newId("calcom", 1),
                "calcom",
                "create_booking",
                new QueuedCall.Http(
                        "POST",
                        URI.create("https://user:pw@api.cal.com/v1/bookings"),
                        List.of(new Answer.Header("X-Api-Key", "hunter2")),
                        new byte[0]),
                new QueuedCall.Terms(8, 1_000, 300_000),
                null,
                1,
                2,
                "key",
                null,
                null,
                0,
                List.of());
    }
}
