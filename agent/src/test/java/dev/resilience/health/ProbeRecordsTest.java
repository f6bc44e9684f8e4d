package dev.resilience.health;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.breaker.StoreAway;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What of this instance's probes the fleet is told, and when. */
class ProbeRecordsTest {

    private static final long HELD = 1_700_000_000_000_000L;

    private final AtomicLong now = new AtomicLong(1_700_000_100_000L);
    private final Fleet fleet = new Fleet();
    private final ProbeRecords records = new ProbeRecords(new OwnArchive(now::get), fleet, now::get);

    @Test
    void the_last_holder_tells_what_it_found_while_nobody_could_be_asked() {
        records.onProbe(found(HELD, true));
        records.onProbe(found(Leases.OWN, false));
        records.onProbe(found(Leases.OWN, false));
        assertThat(fleet.told).containsExactly("up under " + HELD + ", 0 ms ago");

        records.onProbe(found(HELD + 7, true));

        assertThat(fleet.told)
                .containsExactly(
                        "up under " + HELD + ", 0 ms ago",
                        "down under " + HELD + ", 20000 ms ago",
                        "down under " + HELD + ", 10000 ms ago",
                        "up under " + (HELD + 7) + ", 0 ms ago");
    }

    @Test
    void so_it_does_when_another_has_become_the_holder_and_then_no_more() {
        records.onProbe(found(HELD, true));
        records.onProbe(found(Leases.OWN, false));

        records.latest("calcom", Duration.ofMinutes(1));
        assertThat(fleet.told).containsExactly("up under " + HELD + ", 0 ms ago", "down under " + HELD + ", 0 ms ago");

        records.onProbe(found(Leases.OWN, false));
        records.latest("calcom", Duration.ofMinutes(1));
        assertThat(fleet.told).hasSize(2);
    }

    @Test
    void who_never_held_the_probe_tells_nothing() {
        records.onProbe(found(Leases.OWN, false));
        records.latest("calcom", Duration.ofMinutes(1));
        records.onProbe(found(HELD, true));
        assertThat(fleet.told).containsExactly("up under " + HELD + ", 0 ms ago");
    }

    @Test
    void of_an_endless_outage_a_day_is_told_some_at_a_time() {
        records.onProbe(found(HELD, true));
        for (int i = 0; i < 3_000; i++) {
            records.onProbe(found(Leases.OWN, false));
        }
        records.latest("calcom", Duration.ofMinutes(1));
        assertThat(fleet.told).hasSize(1 + 50);
        for (int i = 0; i < 100; i++) {
            records.latest("calcom", Duration.ofMinutes(1));
        }
        assertThat(fleet.told).hasSize(1 + 2_880);
    }

    @Test
    void what_could_not_be_told_after_all_is_told_the_next_time() {
        records.onProbe(found(HELD, true));
        records.onProbe(found(Leases.OWN, false));
        fleet.away = true;
        records.latest("calcom", Duration.ofMinutes(1));
        assertThat(fleet.told).hasSize(1);

        fleet.away = false;
        records.latest("calcom", Duration.ofMinutes(1));
        assertThat(fleet.told).hasSize(2);
    }

    /** The one before was 10 s ago. */
    private ProbeResult found(long fencing, boolean up) {
        now.addAndGet(10_000);
        return new ProbeResult("calcom", "http", "http://x", now.get(), 5_000_000, up ? null : "down", fencing);
    }

    private static final class Fleet implements ProbeArchive {

        private final List<String> told = new ArrayList<>();
        private boolean away;

        @Override
        public CompletionStage<?> add(String service, long fencing, long age, boolean good, long millis) {
            if (away) {
                return StoreAway.future("away");
            }
            told.add((good ? "up" : "down") + " under " + fencing + ", " + age + " ms ago");
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public CompletionStage<Minutes> minutes(String service, Duration window) {
            return CompletableFuture.completedFuture(new Minutes(0, List.of()));
        }

        @Override
        public CompletionStage<List<Hour>> hours(String service) {
            return CompletableFuture.completedFuture(List.of());
        }
    }
}
