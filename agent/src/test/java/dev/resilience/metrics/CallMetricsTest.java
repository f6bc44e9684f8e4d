package dev.resilience.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.resilience.breaker.Found;
import dev.resilience.breaker.State;
import dev.resilience.breaker.Transition;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class CallMetricsTest {

    private static final long MILLI = 1_000_000;

    private final AtomicLong nanos = new AtomicLong(5_000_000_000L);
    private final CallMetrics metrics = new CallMetrics(nanos::get);

    @Test
    void every_call_counts_under_one_outcome() {
        CallRecorder.EndpointRecorder slots = metrics.endpoint("calcom", "slots");
        slots.record(CallOutcome.SUCCESS, 10 * MILLI);
        slots.record(CallOutcome.SUCCESS, 10 * MILLI);
        slots.record(CallOutcome.FAILURE, 20 * MILLI);
        slots.record(CallOutcome.REJECTED, MILLI);
        slots.fallback("stale_cache", CallOutcome.FAILURE, 30 * MILLI, 10 * MILLI);
        slots.fallback("respond", CallOutcome.REJECTED, MILLI, MILLI);
        slots.fallbackFailed("stale_cache");
        slots.wouldReject();

        EndpointFigures figures = metrics.figures("calcom").endpoints().get(0);

        assertThat(figures.requests()).isEqualTo(6);
        assertThat(figures.successes()).isEqualTo(2);
        assertThat(figures.failures()).isEqualTo(2);
        assertThat(figures.rejections()).isEqualTo(2);
        assertThat(figures.count(CallOutcome.SUCCESS)).isEqualTo(2);
        assertThat(figures.count(CallOutcome.FAILURE)).isEqualTo(1);
        assertThat(figures.count(CallOutcome.REJECTED)).isEqualTo(1);
        assertThat(figures.count(CallOutcome.FALLBACK)).isEqualTo(2);
        assertThat(figures.fallbacks()).containsOnlyKeys("stale_cache", "respond");
        assertThat(figures.fallbackMisses()).containsEntry("stale_cache", 1L);
        assertThat(figures.wouldReject()).isEqualTo(1);
        assertThat(figures.successRate()).isEqualTo(50.0);
        assertThat(figures.answeredRate()).isBetween(66.6, 66.7);
    }

    @Test
    void every_callers_time_went_into_one_thing() {
        CallRecorder.EndpointRecorder slots = metrics.endpoint("calcom", "slots");
        slots.record(CallOutcome.SUCCESS, 10 * MILLI);
        slots.record(CallOutcome.FAILURE, 20 * MILLI);
        slots.fallback("stale_cache", CallOutcome.FAILURE, 30 * MILLI, 5 * MILLI);
        slots.fallback("respond", CallOutcome.REJECTED, 2 * MILLI, 2 * MILLI);
        slots.record(CallOutcome.REJECTED, MILLI);

        EndpointFigures figures = metrics.figures("calcom").total();

        assertThat(figures.succeedingNanos()).isEqualTo(10 * MILLI);
        assertThat(figures.spent()).isEqualTo(new TimeSpent(45 * MILLI, 5 * MILLI, 2 * MILLI, MILLI));
        assertThat(figures.spent().answering()).isEqualTo(7 * MILLI);
        assertThat(figures.minus(figures).spent()).isEqualTo(TimeSpent.NONE);
    }

    @Test
    void latency_is_that_of_the_calls_made() {
        CallRecorder.EndpointRecorder slots = metrics.endpoint("calcom", "slots");
        slots.record(CallOutcome.SUCCESS, 10 * MILLI);
        slots.record(CallOutcome.REJECTED, 1);
        slots.fallback("respond", CallOutcome.REJECTED, 1, 1);

        assertThat(metrics.figures("calcom").total().latency().count()).isEqualTo(1);
    }

    @Test
    void a_service_is_the_sum_of_its_endpoints() {
        metrics.endpoint("calcom", "slots").record(CallOutcome.SUCCESS, MILLI);
        metrics.endpoint("calcom", "bookings").record(CallOutcome.FAILURE, MILLI);
        metrics.endpoint("retell", "recommend").record(CallOutcome.SUCCESS, MILLI);

        assertThat(metrics.figures()).containsOnlyKeys("calcom", "retell");
        assertThat(metrics.figures("calcom").total().requests()).isEqualTo(2);
        assertThat(metrics.figures("calcom").endpoints())
                .extracting(EndpointFigures::endpoint)
                .containsExactly("slots", "bookings");
        assertThat(metrics.figures("nobody").total().requests()).isZero();
    }

    @Test
    void the_same_names_share_a_recorder() {
        assertThat(metrics.endpoint("calcom", "slots")).isSameAs(metrics.endpoint("calcom", "slots"));
    }

    @Test
    void recovery_runs_from_the_first_open_to_closed() {
        metrics.endpoint("calcom", "slots");
        after(1_000, State.CLOSED, State.OPEN);
        after(30_000, State.OPEN, State.HALF_OPEN);
        after(1_000, State.HALF_OPEN, State.OPEN);
        after(30_000, State.OPEN, State.HALF_OPEN);
        after(2_000, State.HALF_OPEN, State.CLOSED);
        nanos.addAndGet(500 * MILLI);

        TransitionFigures figures = metrics.figures("calcom").transitions();

        assertThat(figures.recoveries()).isEqualTo(1);
        assertThat(figures.lastRecoveryMillis()).isEqualTo(63_000);
        assertThat(figures.millisIn())
                .containsEntry(State.CLOSED, 1_500L)
                .containsEntry(State.OPEN, 60_000L)
                .containsEntry(State.HALF_OPEN, 3_000L);
        assertThat(figures.counts())
                .containsEntry(new TransitionFigures.Kind(State.OPEN, State.HALF_OPEN), 2L)
                .containsEntry(new TransitionFigures.Kind(State.HALF_OPEN, State.CLOSED), 1L);
    }

    @Test
    void a_thousand_hosts_take_some_megabytes() throws InterruptedException {
        List<CallRecorder.EndpointRecorder> hosts = new ArrayList<>();
        for (int host = 0; host < 1_000; host++) {
            hosts.add(metrics.endpoint("calcom@" + host, "slots"));
        }
        ThreadMXBean own = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        AtomicLong bytes = new AtomicLong();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 32; t++) {
            Thread thread = new Thread(() -> {
                long before = own.getCurrentThreadAllocatedBytes();
                hosts.forEach(host -> host.record(CallOutcome.SUCCESS, 40 * MILLI));
                bytes.addAndGet(own.getCurrentThreadAllocatedBytes() - before);
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }

        assertThat(metrics.figures().values())
                .hasSize(1_000)
                .allSatisfy(service -> assertThat(service.total().successes()).isEqualTo(32));
        System.out.println("bytes of 1,000 hosts' figures, called by 32 threads: " + bytes);
        assertThat(bytes).hasValueLessThan(45_000_000);
    }

    @Test
    void counts_of_many_threads_are_exact() throws InterruptedException {
        CallRecorder.EndpointRecorder slots = metrics.endpoint("calcom", "slots");
        int threads = 8;
        int calls = 10_000;
        CountDownLatch done = new CountDownLatch(threads);
        for (int t = 0; t < threads; t++) {
            new Thread(() -> {
                        for (int i = 0; i < calls; i++) {
                            slots.record(i % 4 == 0 ? CallOutcome.FAILURE : CallOutcome.SUCCESS, i);
                        }
                        done.countDown();
                    })
                    .start();
        }
        done.await();

        EndpointFigures figures = metrics.figures("calcom").total();
        assertThat(figures.successes()).isEqualTo(threads * calls * 3L / 4);
        assertThat(figures.failures()).isEqualTo(threads * calls / 4L);
    }

    @Test
    void what_was_found_open_is_no_transition_and_an_outage_that_began_before() {
        nanos.addAndGet(1_000 * MILLI);
        metrics.onFound(new Found("calcom", State.OPEN, 7, "test", 0, 20_000));
        after(5_000, State.OPEN, State.HALF_OPEN);
        after(1_000, State.HALF_OPEN, State.CLOSED);
        TransitionFigures figures = metrics.figures("calcom").transitions();
        assertThat(figures.counts()).doesNotContainKey(new TransitionFigures.Kind(State.CLOSED, State.OPEN));
        assertThat(figures.recoveries()).isEqualTo(1);
        assertThat(figures.lastRecoveryMillis()).isEqualTo(26_000);
    }

    private void after(long millis, State from, State to) {
        nanos.addAndGet(millis * MILLI);
        metrics.onTransition(new Transition("calcom", from, to, 1, "test", 0, millis));
    }
}
