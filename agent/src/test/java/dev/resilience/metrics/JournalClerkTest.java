package dev.resilience.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.breaker.FakeTime;
import dev.resilience.breaker.State;
import dev.resilience.breaker.Transition;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

class JournalClerkTest {

    private final FakeTime time = new FakeTime();
    private final Chronicle fleet = new Chronicle(time);
    private boolean away;
    private String onDuty = "first";
    private final Instance first = new Instance("first");
    private final Instance second = new Instance("second");

    @Test
    void a_change_that_all_saw_is_in_the_journal_once_wherever_the_duty_goes() {
        change(2);
        assertThat(epochs()).containsExactly(2L);

        onDuty = "nobody";
        change(3);
        assertThat(epochs()).containsExactly(2L);
        onDuty = "second";
        time.forward(Duration.ofSeconds(10));
        assertThat(epochs()).containsExactly(2L, 3L);
        change(4);
        assertThat(epochs()).containsExactly(2L, 3L, 4L);
    }

    @Test
    void what_the_store_did_not_take_is_told_again() {
        away = true;
        change(2);
        assertThat(epochs()).isEmpty();
        away = false;
        time.forward(Duration.ofSeconds(10));
        assertThat(epochs()).containsExactly(2L);
        assertThat(fleet.entries("calcom", Long.MAX_VALUE).get(0).ageMillis()).isBetween(5_000L, 15_000L);
    }

    private void change(long epoch) {
        for (Instance each : List.of(first, second)) {
            Transition change = new Transition("calcom", State.CLOSED, State.OPEN, epoch, "test", time.unixMillis(), 0);
            each.own.onTransition(change);
            each.clerk.onTransition(change);
        }
        time.forward(Duration.ofSeconds(1));
    }

    private List<Long> epochs() {
        return fleet.entries("calcom", Long.MAX_VALUE).stream()
                .map(TransitionJournal.Entry::epoch)
                .toList();
    }

    private final class Instance {

        final Chronicle own = new Chronicle(time);
        final JournalClerk clerk;

        Instance(String name) {
            clerk = new JournalClerk(own, new Journal(), () -> name.equals(onDuty), time);
        }
    }

    private final class Journal implements TransitionJournal {

        @Override
        public CompletionStage<?> add(String service, List<Entry> entries) {
            return away
                    ? CompletableFuture.failedFuture(new IllegalStateException("away"))
                    : fleet.add(service, entries);
        }

        @Override
        public CompletionStage<List<Entry>> read(String service) {
            return fleet.read(service);
        }
    }
}
