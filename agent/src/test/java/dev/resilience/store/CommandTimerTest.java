package dev.resilience.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.breaker.FakeTime;
import io.netty.util.Timeout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class CommandTimerTest {

    private final FakeTime time = new FakeTime();
    private final CommandTimer timer = new CommandTimer(time, time, List.of());
    private final List<String> over = new ArrayList<>();

    @Test
    void limits_are_met_on_time_whatever_order_they_are_set_in() {
        set("late", 1_000);
        set("early", 250);
        set("between", 600);

        time.forward(Duration.ofMillis(249));
        assertThat(over).isEmpty();
        time.forward(Duration.ofMillis(1));
        assertThat(over).containsExactly("early");
        time.forward(Duration.ofMillis(350));
        assertThat(over).containsExactly("early", "between");
        time.forward(Duration.ofMillis(400));
        assertThat(over).containsExactly("early", "between", "late");
    }

    @Test
    void what_is_called_off_never_happens_and_is_let_go_of_at_once() {
        Timeout answered = set("answered", 1_000);

        assertThat(answered.cancel()).isTrue();
        assertThat(answered.cancel()).isFalse();

        assertThat(answered.task()).isNull();
        assertThat(answered.isCancelled()).isTrue();
        time.forward(Duration.ofSeconds(5));
        assertThat(over).isEmpty();
        assertThat(answered.isExpired()).isFalse();
    }

    @Test
    void what_has_happened_cannot_be_called_off() {
        Timeout unanswered = set("unanswered", 1_000);
        time.forward(Duration.ofSeconds(1));

        assertThat(unanswered.cancel()).isFalse();
        assertThat(unanswered.isExpired()).isTrue();
        assertThat(unanswered.isCancelled()).isFalse();
    }

    @Test
    void nothing_is_looked_at_while_nothing_is_set() {
        set("one", 1_000).cancel();
        time.forward(Duration.ofSeconds(2));

        assertThat(time.waiting()).isZero();
        set("another", 1_000);
        assertThat(time.waiting()).isEqualTo(1);
        time.forward(Duration.ofSeconds(1));
        assertThat(over).containsExactly("another");
        assertThat(time.waiting()).isZero();
    }

    @Test
    void of_many_commands_that_are_answered_one_look_a_second_is_left() {
        for (int i = 0; i < 10_000; i++) {
            set("answered", 1_000).cancel();
            time.forward(Duration.ofMillis(1));
            assertThat(time.waiting()).isLessThanOrEqualTo(1);
        }
        assertThat(over).isEmpty();
    }

    @Test
    void a_task_that_fails_takes_no_other_along() {
        timer.newTimeout(
                timeout -> {
                    throw new IllegalStateException("on purpose");
                },
                1,
                TimeUnit.SECONDS);
        set("other", 1_000);
        time.forward(Duration.ofSeconds(1));

        assertThat(over).containsExactly("other");
    }

    @Test
    void an_answer_that_waits_for_a_thread_without_a_turn_is_not_called_missing() {
        FakeTime reading = new FakeTime();
        FakeTime alsoReading = new FakeTime();
        CommandTimer patient = new CommandTimer(time, time, List.of(reading, alsoReading));
        Timeout answered = patient.newTimeout(timeout -> over.add("answered"), 1, TimeUnit.SECONDS);
        patient.newTimeout(timeout -> over.add("unanswered"), 1, TimeUnit.SECONDS);

        time.forward(Duration.ofMillis(1_900));
        alsoReading.forward(Duration.ofMillis(10));
        assertThat(over).isEmpty();

        answered.cancel();
        reading.forward(Duration.ofMillis(10));
        assertThat(over).containsExactly("unanswered");
    }

    @Test
    void a_thread_that_is_stuck_keeps_no_command_for_good() {
        CommandTimer patient = new CommandTimer(time, time, List.of(new FakeTime()));
        patient.newTimeout(timeout -> over.add("unanswered"), 1, TimeUnit.SECONDS);

        time.forward(Duration.ofSeconds(2));
        assertThat(over).containsExactly("unanswered");
    }

    @Test
    void a_stopped_one_does_nothing_any_more() {
        set("before", 1_000);
        timer.stop();
        set("after", 1_000);
        time.forward(Duration.ofSeconds(5));

        assertThat(over).isEmpty();
    }

    private Timeout set(String name, long millis) {
        return timer.newTimeout(timeout -> over.add(name), millis, TimeUnit.MILLISECONDS);
    }
}
