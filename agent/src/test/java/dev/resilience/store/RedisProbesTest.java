package dev.resilience.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.health.ProbeArchive;
import dev.resilience.health.ProbeArchiveContract;
import dev.resilience.health.ProbeHistory;
import java.time.Duration;
import java.util.List;
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
    void what_is_older_than_the_later_lease_counts_though_it_is_told_late() throws Exception {
        long now = System.currentTimeMillis() * 1_000;
        add(now - 60_000_000, 9_000, true, 100);
        add(now - 5_000_000, 0, true, 100);
        add(now - 60_000_000, 7_000, false, 100);
        add(now - 60_000_000, 2_000, false, 100);

        List<ProbeHistory.Entry> answers = minutes(Duration.ofHours(1)).stream()
                .flatMap(minute -> minute.entries().stream())
                .toList();
        assertThat(answers).extracting(ProbeHistory.Entry::up).containsExactly(true, false, true);
        assertThat(answers).extracting(ProbeHistory.Entry::atMillis).isSorted();
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
