package dev.resilience.testapps.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.testapps.demo.CircuitWatch.Change;
import dev.resilience.testapps.harness.CalComStandIn.Arrival;
import dev.resilience.testapps.harness.CalComStandIn.Health;
import dev.resilience.testapps.harness.Traffic.Sample;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class MeasuredTest {

    private static final long SECOND = 1_000_000_000;
    private static final Measured.Outage OUTAGE =
            new Measured.Outage(10 * SECOND, 40 * SECOND, 41 * SECOND, Optional.of(43 * SECOND));

    @Test
    void counts_what_callers_sent_during_the_outage_whenever_it_was_answered() {
        List<Sample> samples = List.of(
                sample(9, 1, 200), sample(10, 1, 200), sample(39, 5, 504), sample(39, 1, 0), sample(40, 1, 200));

        Measured measured = Measured.of(OUTAGE, samples, List.of(), List.of(), List.of());

        assertThat(measured.requests()).isEqualTo(3);
        assertThat(measured.answered()).isEqualTo(1);
        assertThat(measured.waitedSeconds()).isEqualTo(7);
        assertThat(measured.recoverySeconds()).contains(2.0);
        assertThat(measured.rejectedPercent()).isEmpty();
    }

    @Test
    void bookings_are_followed_from_the_promise_to_cal_com() {
        List<Sample> samples = List.of(
                booking("a", 5, 201),
                booking("b", 11, 202),
                booking("c", 12, 202),
                booking("d", 13, 502),
                booking("e", 14, 0),
                booking("f", 50, 502));

        Bookings bookings = Measured.of(OUTAGE, samples, List.of(), List.of(), List.of("a", "b", "a"))
                .bookings();

        assertThat(bookings).isEqualTo(new Bookings(2, 2, 1, 1));
    }

    @Test
    void the_slowest_hundredth_is_left_out() {
        List<Long> waits = LongStream.rangeClosed(1, 200)
                .mapToObj(seconds -> seconds * SECOND)
                .toList();

        assertThat(Measured.slowestPercent(waits)).isEqualTo(198);
        assertThat(Measured.slowestPercent(List.of(3 * SECOND))).isEqualTo(3);
        assertThat(Measured.slowestPercent(List.of())).isZero();
    }

    @Test
    void rejected_are_requests_sent_while_the_circuit_was_open_on_every_instance() {
        List<Change> changes = new ArrayList<>(everywhere(12, "CLOSED", "OPEN"));
        changes.add(change(0, 20, "OPEN", "HALF_OPEN"));

        Measured measured = Measured.of(
                OUTAGE,
                List.of(sample(11, 5, 504), sample(15, 1, 200), sample(21, 5, 504)),
                List.of(),
                changes,
                List.of());

        assertThat(measured.rejected()).isEqualTo(1);
        assertThat(measured.rejectedPercent()).contains(1.0);
    }

    @Test
    void trials_are_calls_that_arrive_while_no_instance_sees_the_circuit_closed() {
        List<Change> changes = new ArrayList<>(everywhere(12, "CLOSED", "OPEN"));
        changes.addAll(everywhere(20, "OPEN", "HALF_OPEN"));
        changes.addAll(everywhere(22, "HALF_OPEN", "CLOSED"));

        Measured measured = Measured.of(
                OUTAGE, List.of(), List.of(arrival(11), arrival(20), arrival(21), arrival(23)), changes, List.of());

        assertThat(measured.trials()).isEqualTo(2);
        assertThat(measured.reached()).isEqualTo(4);
    }

    private static Sample booking(String body, long sent, int status) {
        return new Sample("booking", body, 0, sent * SECOND, sent * SECOND, status);
    }

    private static Sample sample(long sent, long waited, int status) {
        return new Sample("availability", "", 0, sent * SECOND, (sent + waited) * SECOND, status);
    }

    private static Arrival arrival(long at) {
        return new Arrival(at * SECOND, "/v1/availability/today", Health.ERRORS);
    }

    private static List<Change> everywhere(long at, String from, String to) {
        List<Change> changes = new ArrayList<>();
        for (int instance = 0; instance < Fleet.SIZE; instance++) {
            changes.add(change(instance, at, from, to));
        }
        return changes;
    }

    private static Change change(int instance, long at, String from, String to) {
        return new Change(instance, "calcom", from, to, "because", at * SECOND);
    }
}
