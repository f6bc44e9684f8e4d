package dev.resilience.breaker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CountersTest {

    private final Counters counters = new Counters();

    @Test
    void what_was_taken_is_not_taken_again() {
        counters.success();
        counters.failure();
        assertThat(counters.take()).isEqualTo(new Delta(2, 1, 0, -1));
        assertThat(counters.take().isEmpty()).isTrue();
    }

    @Test
    void a_call_that_counted_while_it_ran_counts_once() {
        counters.overdue();
        assertThat(counters.take()).isEqualTo(new Delta(1, 0, 1, -1));
        counters.overdueEnded();
        counters.failure();
        assertThat(counters.take()).isEqualTo(new Delta(0, 1, 0, -1));
    }

    /** The flaw of lost outcomes: each is in one reading and in no other, whatever runs at once. */
    @Test
    void no_outcome_is_lost_or_read_twice_while_many_count() throws InterruptedException {
        int threads = 4;
        int each = 100_000;
        List<Thread> callers = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            Thread caller = new Thread(() -> {
                for (int n = 0; n < each; n++) {
                    if (n % 4 == 0) {
                        counters.failure();
                    } else {
                        counters.success();
                    }
                }
            });
            callers.add(caller);
            caller.start();
        }
        long calls = 0;
        long failures = 0;
        while (callers.stream().anyMatch(Thread::isAlive)) {
            Delta taken = counters.take();
            calls += taken.calls();
            failures += taken.failures();
        }
        for (Thread caller : callers) {
            caller.join();
        }
        Delta rest = counters.take();
        assertThat(calls + rest.calls()).isEqualTo((long) threads * each);
        assertThat(failures + rest.failures()).isEqualTo((long) threads * each / 4);
    }
}
