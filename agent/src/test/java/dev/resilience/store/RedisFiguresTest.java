package dev.resilience.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.resilience.breaker.StoreAway;
import dev.resilience.metrics.EndpointFigures;
import dev.resilience.metrics.FigureStore;
import dev.resilience.metrics.FigureStoreContract;
import dev.resilience.metrics.Span;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RedisFiguresTest extends FigureStoreContract {

    @RegisterExtension
    static final RedisConnected redis = new RedisConnected();

    @Override
    protected FigureStore store() {
        return Objects.requireNonNull(redis.stores().figures());
    }

    @Test
    void says_how_many_batches_came_in_the_minute_before() throws Exception {
        long reply = 0;
        for (int batch = 1; batch <= 5; batch++) {
            add(batch, 65_000);
            reply = add(100 + batch, 5_000);
        }
        assertThat(reply).isBetween(4L, 10L);
    }

    /** Nobody is warned of it, as the JVM ends. */
    @Test
    void what_is_still_asked_for_when_the_line_is_closed_fails_as_with_a_store_that_is_away() {
        redis.server().pause();
        try {
            CompletionStage<List<Span>> asked = store().read("calcom", Duration.ofMinutes(5), FigureStore.Step.MINUTE);
            redis.stores().close();
            assertThatThrownBy(() -> asked.toCompletableFuture().get(30, TimeUnit.SECONDS))
                    .matches(StoreAway::isRootOf);
        } finally {
            redis.server().resume();
        }
    }

    @Test
    void what_anybody_wrote_over_it_is_left_out() throws Exception {
        add(1, 0);
        for (String key : redis.server().command("KEYS", "*:calls:*").split("\\s+")) {
            redis.server()
                    .command("HSET", key, "slots/success", "many", "slots/failure", "-7", "/", "1", "x/y/z", "1e9");
        }
        for (String key : redis.server().command("KEYS", "*:latency:*").split("\\s+")) {
            redis.server().command("HSET", key, "999999", "5", "-3", "5", "nonsense", "5");
        }

        EndpointFigures read = read().get("slots");

        assertThat(read.successes()).isZero();
        assertThat(read.failures()).isZero();
        assertThat(read.latency().count()).isEqualTo(1);
    }

    @Test
    void a_minute_that_somebody_made_into_another_kind_is_left_out_and_the_others_are_read() throws Exception {
        add(1, 0);
        add(2, 180_000);
        String[] minutes = redis.server()
                .command("KEYS", "circuit_breaker:calcom:calls:??????*")
                .split("\\s+");
        assertThat(minutes).hasSizeGreaterThan(1);
        String lost = Arrays.stream(minutes)
                .filter(key -> !key.contains(":ten:"))
                .min(Comparator.naturalOrder())
                .orElseThrow();
        redis.server().command("DEL", lost);
        redis.server().command("SET", lost, "text");

        assertThat(read().get("slots").successes()).isEqualTo(1);
    }

    @Test
    void an_empty_day_is_read_with_few_commands() throws Exception {
        add(1, 0);
        redis.server().command("CONFIG", "RESETSTAT");

        List<Span> day = store().read("calcom", Duration.ofHours(24), FigureStore.Step.TEN_MINUTES)
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS);

        assertThat(day).hasSize(1);
        String stats = redis.server().command("INFO", "commandstats");
        long asked = stats.lines()
                .filter(line -> line.startsWith("cmdstat_eval"))
                .mapToLong(line -> Long.parseLong(line.replaceAll(".*:calls=(\\d+),.*", "$1")))
                .sum();
        assertThat(asked).as(stats).isBetween(1L, 12L);
    }

    @Test
    void every_key_ends() throws Exception {
        add(1, 0);
        for (String key :
                redis.server().command("KEYS", "circuit_breaker:calcom:*").split("\\s+")) {
            assertThat(Long.parseLong(redis.server().command("TTL", key).replaceAll("\\D", "")))
                    .isBetween(1L, 90_000L);
        }
    }

    @Test
    void a_busy_minute_of_an_endpoint_takes_about_a_kilobyte_and_a_script_well_under_a_millisecond() throws Exception {
        Random random = new Random(1);
        long[] nanos = new long[500];
        for (int call = 0; call < nanos.length; call++) {
            nanos[call] = (long) (50_000_000 * Math.exp(0.4 * random.nextGaussian()));
        }
        redis.server().command("CONFIG", "RESETSTAT");
        for (int batch = 1; batch <= 20; batch++) {
            store().add("calcom", new FigureStore.Batch("a", batch, 0, List.of(figures("slots", 500, 0, nanos))))
                    .toCompletableFuture()
                    .get(10, TimeUnit.SECONDS);
        }
        long bytes = 0;
        // A minute may end while it is filled.
        Set<String> minutes = new HashSet<>();
        for (String key :
                redis.server().command("KEYS", "circuit_breaker:calcom:*").split("\\s+")) {
            if (!key.contains(":ten:") && !key.contains(":figures:")) {
                minutes.add(key.replaceAll("\\D", ""));
                bytes += Long.parseLong(
                        redis.server().command("MEMORY", "USAGE", key).replaceAll("\\D", ""));
            }
        }
        String stats = redis.server().command("INFO", "commandstats");
        System.out.println("bytes per busy endpoint and minute: " + bytes);
        System.out.println(stats.lines()
                .filter(line -> line.startsWith("cmdstat_evalsha") || line.startsWith("cmdstat_eval:"))
                .toList());
        assertThat(bytes / minutes.size()).isLessThan(2_500);
    }

    private java.util.Map<String, EndpointFigures> read() throws Exception {
        return store().read("calcom", Duration.ofMinutes(5), FigureStore.Step.MINUTE)
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS)
                .get(0)
                .endpoints();
    }

    private long add(long sequence, long ageMillis) throws Exception {
        return store().add(
                        "calcom",
                        new FigureStore.Batch("a", sequence, ageMillis, List.of(figures("slots", 1, 0, 1_000_000))))
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS);
    }
}
