package dev.resilience.health;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.health.ProbeArchive.Minute;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What every archive of probes must do. */
public abstract class ProbeArchiveContract {

    protected abstract ProbeArchive archive();

    @Test
    void answers_come_back_in_order_by_the_minute() throws Exception {
        add(7, 190_000, true, 120);
        add(7, 130_000, false, 5_000);
        add(7, 70_000, true, 130);

        List<Minute> minutes = minutes(Duration.ofHours(1));

        assertThat(minutes).hasSize(3).allSatisfy(minute -> {
            assertThat(minute.startMillis() % 60_000).isZero();
            assertThat(minute.up() + minute.down()).isEqualTo(1);
        });
        assertThat(minutes)
                .flatExtracting(Minute::entries)
                .extracting(ProbeHistory.Entry::up)
                .containsExactly(true, false, true);
        assertThat(minutes)
                .flatExtracting(Minute::entries)
                .extracting(ProbeHistory.Entry::responseMillis)
                .containsExactly(120, 5_000, 130);
        assertThat(minutes(Duration.ofMinutes(2))).hasSizeBetween(1, 2);
    }

    @Test
    void all_are_counted_where_not_all_are_kept() throws Exception {
        for (int i = 0; i < 100; i++) {
            add(7, 0, i % 10 > 0, 100);
        }
        List<Minute> minutes = minutes(Duration.ofHours(1));
        assertThat(minutes.stream().mapToLong(Minute::up).sum()).isEqualTo(90);
        assertThat(minutes.stream().mapToLong(Minute::down).sum()).isEqualTo(10);
        assertThat(minutes.stream().mapToLong(Minute::upMillis).sum()).isEqualTo(9_000);
    }

    @Test
    void hours_are_sums() throws Exception {
        add(7, 0, true, 100);
        add(7, 0, true, 200);
        add(7, 0, false, 5_000);
        add(7, Duration.ofHours(5).toMillis(), true, 100);

        List<ProbeArchive.Hour> hours =
                archive().hours("calcom").toCompletableFuture().get(10, TimeUnit.SECONDS);

        assertThat(hours)
                .hasSize(2)
                .allSatisfy(hour -> assertThat(hour.startMillis() % 3_600_000).isZero());
        assertThat(hours.stream().mapToLong(ProbeArchive.Hour::up).sum()).isEqualTo(3);
        assertThat(hours.stream().mapToLong(ProbeArchive.Hour::down).sum()).isEqualTo(1);
        assertThat(hours.stream().mapToLong(ProbeArchive.Hour::upMillis).sum()).isEqualTo(400);
    }

    @Test
    void what_was_never_probed_has_no_history() throws Exception {
        assertThat(minutes(Duration.ofHours(24))).isEmpty();
        assertThat(archive().hours("calcom").toCompletableFuture().get(10, TimeUnit.SECONDS))
                .isEmpty();
    }

    protected void add(long fencing, long ageMillis, boolean up, long millis) throws Exception {
        archive()
                .add("calcom", fencing, ageMillis, up, millis)
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS);
    }

    protected List<Minute> minutes(Duration window) throws Exception {
        return archive()
                .minutes("calcom", window)
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS)
                .minutes();
    }
}
