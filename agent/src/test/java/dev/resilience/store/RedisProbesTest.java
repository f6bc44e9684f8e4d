package dev.resilience.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.health.ProbeArchive;
import dev.resilience.health.ProbeArchiveContract;
import dev.resilience.health.ProbeHistory;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RedisProbesTest extends ProbeArchiveContract {

    @RegisterExtension
    static final RedisConnected redis = new RedisConnected();

    @Override
    protected ProbeArchive archive() {
        return Objects.requireNonNull(redis.stores().probes());
    }

    @Test
    void a_later_holder_keeps_an_earlier_one_from_writing() throws Exception {
        add(7, 0, true, 100);
        add(9, 0, true, 100);
        add(7, 0, true, 100);
        assertThat(minutes(Duration.ofHours(1)).stream()
                        .mapToLong(ProbeArchive.Minute::up)
                        .sum())
                .isEqualTo(2);
    }

    @Test
    void what_is_told_late_counts_if_it_is_from_before_the_next_lease() throws Exception {
        long minute = 60_000;
        // The middle of the hour before this one.
        long middle = Math.floorDiv(System.currentTimeMillis(), 60 * minute) * 60 * minute - 30 * minute;
        long first = (middle - 20 * minute) * 1_000;
        long second = (middle - 10 * minute) * 1_000;
        long third = (middle + 10 * minute) * 1_000;
        addAt(second, middle - 5 * minute, true);
        addAt(third, middle + 15 * minute, true);

        addAt(first, middle - 15 * minute, false);
        addAt(first, middle, false);
        addAt(first, middle + 20 * minute, false);

        assertThat(minutes(Duration.ofHours(2)).stream()
                        .flatMap(each -> each.entries().stream())
                        .toList())
                .extracting(ProbeHistory.Entry::up)
                .containsExactly(false, true, true);
    }

    private void addAt(long fencing, long atMillis, boolean up) throws Exception {
        add(fencing, System.currentTimeMillis() - atMillis, up, 100);
    }

    @Test
    void what_anybody_wrote_over_it_is_left_out() throws Exception {
        add(7, 0, true, 100);
        for (String key : redis.server().keys("*:probes:*")) {
            redis.server()
                    .command(
                            "HSET",
                            key,
                            "0",
                            "x",
                            "1",
                            "1,2;",
                            "2",
                            "-1,2,3;",
                            "99",
                            "1,1,1;",
                            "3",
                            "1,0,5;4+x 5 70+1 -");
        }
        redis.server().command("HSET", "circuit_breaker:calcom:probe-hours", "x", "1,1,1", "12", "nonsense");
        assertThat(minutes(Duration.ofHours(24))).hasSizeBetween(1, 2);
        assertThat(archive().hours("calcom").toCompletableFuture().get(10, TimeUnit.SECONDS))
                .hasSize(1);
    }

    @Test
    void a_day_at_thirty_seconds_takes_some_tens_of_kilobytes() throws Exception {
        for (long age = Duration.ofHours(24).toMillis(); age > 0; age -= 30_000) {
            archive().add("calcom", 7, age, true, 100 + age % 50);
        }
        add(7, 0, true, 100);
        long bytes = 0;
        for (String key : redis.server().keys("circuit_breaker:calcom:probe*")) {
            bytes += Long.parseLong(
                    redis.server().command("MEMORY", "USAGE", key).replaceAll("\\D", ""));
            assertThat(redis.server().command("TTL", key)).doesNotContain("-1");
        }
        System.out.println("bytes of a day of probes at 30 s: " + bytes);
        assertThat(bytes).isLessThan(100_000);
        assertThat(minutes(Duration.ofHours(24))).hasSizeBetween(1_439, 1_442);
    }
}
