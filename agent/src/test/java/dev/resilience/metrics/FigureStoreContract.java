package dev.resilience.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.metrics.FigureStore.Batch;
import dev.resilience.metrics.FigureStore.Step;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What every store of figures must do. */
public abstract class FigureStoreContract {

    private static final long MILLI = 1_000_000;
    private static final Duration HOUR = Duration.ofHours(1);

    protected abstract FigureStore store();

    @Test
    void figures_come_back_as_they_were_told() throws Exception {
        EndpointFigures told = figures("slots", 5, 2, 10 * MILLI, 80 * MILLI);
        add("calcom", "a", 1, 0, told);

        List<Span> spans = read("calcom", HOUR, Step.MINUTE);

        assertThat(spans).hasSize(1);
        assertThat(spans.get(0).endpoints()).containsOnlyKeys("slots");
        assertThat(spans.get(0).endpoints().get("slots")).isEqualTo(told);
        assertThat(spans.get(0).startMillis() % 60_000).isZero();
    }

    @Test
    void what_several_writers_tell_of_a_minute_is_one_sum() throws Exception {
        List<EndpointFigures> all = new ArrayList<>();
        for (String writer : List.of("a", "b", "c")) {
            EndpointFigures told =
                    figures("slots", 7, 1, ThreadLocalRandom.current().nextLong(MILLI, 900 * MILLI), 3 * MILLI);
            all.add(told);
            add("calcom", writer, 1, 120_000, told);
        }

        List<Span> spans = read("calcom", HOUR, Step.MINUTE);

        EndpointFigures sum = all.get(0).plus(all.get(1)).plus(all.get(2));
        assertThat(sum(spans, "slots")).isEqualTo(sum);
        assertThat(sum.latency().count()).isEqualTo(24);
    }

    @Test
    void a_batch_told_twice_counts_once() throws Exception {
        EndpointFigures told = figures("slots", 3, 0, MILLI);
        add("calcom", "a", 1, 0, told);
        add("calcom", "a", 1, 0, told);
        add("calcom", "a", 2, 0, told);

        assertThat(sum(read("calcom", HOUR, Step.MINUTE), "slots").successes()).isEqualTo(6);
    }

    @Test
    void minutes_are_apart_and_tens_of_minutes_together() throws Exception {
        add("calcom", "a", 1, Duration.ofMinutes(45).toMillis(), figures("slots", 1, 0, MILLI));
        add("calcom", "a", 2, Duration.ofMinutes(15).toMillis(), figures("slots", 2, 0, MILLI));
        add("calcom", "a", 3, 0, figures("slots", 4, 0, MILLI));

        assertThat(read("calcom", HOUR, Step.MINUTE))
                .extracting(span -> span.endpoints().get("slots").successes())
                .containsExactly(1L, 2L, 4L);
        List<Span> tens = read("calcom", HOUR, Step.TEN_MINUTES);
        assertThat(tens).hasSize(3).allSatisfy(span -> {
            assertThat(span.lengthMillis()).isEqualTo(600_000);
            assertThat(span.startMillis() % 600_000).isZero();
        });
        assertThat(read("calcom", Duration.ofMinutes(30), Step.MINUTE)).hasSize(2);
    }

    @Test
    void where_callers_time_went_adds_up() throws Exception {
        add("calcom", "a", 1, 0, figures("slots", 1, 2, MILLI));
        add("calcom", "b", 1, 0, figures("slots", 0, 1, MILLI));

        EndpointFigures sum = sum(read("calcom", HOUR, Step.MINUTE), "slots");

        assertThat(sum.spent()).isEqualTo(new TimeSpent(3 * MILLI / 2, 3 * MILLI / 2, 0, 3));
        assertThat(sum.succeedingNanos()).isEqualTo(MILLI);
    }

    @Test
    void services_and_endpoints_are_apart() throws Exception {
        add("calcom", "a", 1, 0, figures("slots", 1, 0, MILLI), figures("bookings", 2, 0, MILLI));
        add("retell", "a", 1, 0, figures("slots", 4, 0, MILLI));

        assertThat(sum(read("calcom", HOUR, Step.MINUTE), "slots").successes()).isEqualTo(1);
        assertThat(sum(read("calcom", HOUR, Step.MINUTE), "bookings").successes())
                .isEqualTo(2);
        assertThat(sum(read("retell", HOUR, Step.MINUTE), "slots").successes()).isEqualTo(4);
        assertThat(read("nobody", HOUR, Step.MINUTE)).isEmpty();
    }

    protected static EndpointFigures figures(String endpoint, long successes, long failures, long... nanos) {
        Tally tally = new Tally("any", endpoint, Tally.STRIPES);
        for (long i = 0; i < successes; i++) {
            tally.record(CallOutcome.SUCCESS, nanos[(int) (i % nanos.length)]);
        }
        for (long i = 0; i < failures; i++) {
            tally.fallback("stale_cache", CallOutcome.FAILURE, nanos[0], nanos[0] / 2);
            tally.fallbackFailed("queue");
            tally.record(CallOutcome.REJECTED, 1);
        }
        return tally.figures();
    }

    private static EndpointFigures sum(List<Span> spans, String endpoint) {
        EndpointFigures sum = EndpointFigures.none("any", endpoint);
        for (Span span : spans) {
            sum = sum.plus(span.endpoints().get(endpoint));
        }
        return sum;
    }

    private void add(String service, String writer, long sequence, long ageMillis, EndpointFigures... figures)
            throws Exception {
        List<EndpointFigures> renamed = new ArrayList<>();
        for (EndpointFigures each : figures) {
            renamed.add(EndpointFigures.none(service, each.endpoint()).plus(each));
        }
        store().add(service, new Batch(writer, sequence, ageMillis, renamed))
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS);
    }

    private List<Span> read(String service, Duration window, Step step) throws Exception {
        List<Span> spans =
                store().read(service, window, step).toCompletableFuture().get(10, TimeUnit.SECONDS);
        List<Span> renamed = new ArrayList<>();
        for (Span span : spans) {
            TreeMap<String, EndpointFigures> endpoints = new TreeMap<>();
            span.endpoints().forEach((name, each) -> {
                assertThat(each.service()).isEqualTo(service);
                endpoints.put(name, EndpointFigures.none("any", name).plus(each));
            });
            renamed.add(new Span(span.startMillis(), span.lengthMillis(), span.ageMillis(), endpoints));
        }
        return renamed;
    }
}
