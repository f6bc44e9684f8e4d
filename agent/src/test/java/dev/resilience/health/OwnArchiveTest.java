package dev.resilience.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class OwnArchiveTest extends ProbeArchiveContract {

    private final AtomicLong now = new AtomicLong(1_760_000_000_000L);
    private final OwnArchive archive = new OwnArchive(now::get);

    @Override
    protected ProbeArchive archive() {
        return archive;
    }

    @Test
    void another_pace_keeps_what_is_there() throws Exception {
        archive.expect("calcom", Duration.ofSeconds(30));
        add(1, 0, true, 100);
        archive.expect("calcom", Duration.ofSeconds(10));
        add(1, 0, true, 200);
        assertThat(minutes(Duration.ofMinutes(5)).get(0).up()).isEqualTo(2);
    }

    @Test
    void a_day_of_answers_a_second_and_five_weeks_of_hours_are_kept() throws Exception {
        archive.expect("calcom", Duration.ofSeconds(60));
        for (int minute = 0; minute < 40 * 24 * 60; minute++) {
            add(1, 0, true, 100);
            now.addAndGet(60_000);
        }
        assertThat(minutes(Duration.ofHours(24))).hasSizeBetween(1_439, 1_441);
        assertThat(archive.hours("calcom").toCompletableFuture().join()).hasSizeBetween(35 * 24, 35 * 24 + 2);
    }

    @Test
    void what_the_fleet_does_not_know_is_filled_in_and_what_nobody_was_asked_for_is_not_told() throws Exception {
        OwnArchive own = new OwnArchive(now::get);
        Switched fleet = new Switched();
        ProbeRecords records = new ProbeRecords(own, fleet, now::get);
        records.onProbe(result(7));
        now.addAndGet(60_000);
        fleet.up = false;
        records.onProbe(result(7));
        now.addAndGet(60_000);
        records.onProbe(result(Leases.OWN));
        assertThat(records.minutes("calcom", Duration.ofHours(1))
                        .toCompletableFuture()
                        .join()
                        .minutes())
                .hasSize(3);
        fleet.up = true;
        now.addAndGet(60_000);
        records.onProbe(result(Leases.OWN));

        assertThat(minutes(Duration.ofHours(1))).hasSize(1);
        assertThat(records.minutes("calcom", Duration.ofHours(1))
                        .toCompletableFuture()
                        .join()
                        .minutes())
                .hasSize(4);
    }

    @Test
    void uptime_and_percentiles() throws Exception {
        for (int i = 1; i <= 100; i++) {
            add(1, 0, i > 5, i);
        }
        Uptime uptime = Uptime.of(minutes(Duration.ofHours(1)));
        assertThat(uptime.percent()).isEqualTo(95.0);
        assertThat(uptime.meanMillis()).isEqualTo(53.0);
        assertThat(uptime.p50Millis()).isEqualTo(53);
        assertThat(uptime.p99Millis()).isEqualTo(100);
        assertThat(Uptime.of(List.of()).percent()).isNull();
    }

    private ProbeResult result(long fencing) {
        return new ProbeResult("calcom", "http", "http://x", now.get(), 5_000_000, null, fencing);
    }

    private final class Switched implements ProbeArchive {

        private boolean up = true;

        @Override
        public CompletionStage<?> add(String service, long fencing, long age, boolean good, long millis) {
            return up ? archive.add(service, fencing, age, good, millis) : away();
        }

        @Override
        public CompletionStage<Minutes> minutes(String service, Duration window) {
            return up ? archive.minutes(service, window) : away();
        }

        @Override
        public CompletionStage<List<Hour>> hours(String service) {
            return up ? archive.hours(service) : away();
        }

        private <T> CompletionStage<T> away() {
            return CompletableFuture.failedFuture(new IllegalStateException("away"));
        }
    }
}
