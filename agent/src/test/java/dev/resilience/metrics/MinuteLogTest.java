package dev.resilience.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class MinuteLogTest extends FigureStoreContract {

    private final AtomicLong millis = new AtomicLong(1_760_000_000_000L);
    private final MinuteLog log = new MinuteLog(millis::get);

    @Override
    protected FigureStore store() {
        return log;
    }

    @Test
    void a_day_is_kept_and_no_more() {
        for (int minute = 0; minute < 3 * 1_440; minute++) {
            log.add("calcom", new FigureStore.Batch("a", minute, 0, List.of(figures("slots", 1, 0, 1_000_000))));
            millis.addAndGet(60_000);
        }

        List<Span> spans = log.read("calcom", Duration.ofDays(9), FigureStore.Step.MINUTE)
                .toCompletableFuture()
                .join();

        assertThat(spans).hasSize(1_441);
    }

    @Test
    void a_busy_minute_of_an_endpoint_takes_a_few_hundred_bytes() {
        Tally tally = new Tally("calcom", "slots", Tally.STRIPES);
        Random random = new Random(1);
        for (int call = 0; call < 6_000; call++) {
            tally.record(CallOutcome.SUCCESS, (long) (50_000_000 * Math.exp(0.4 * random.nextGaussian())));
        }

        assertThat(Packed.pack(tally.figures()).length).isLessThan(600);
    }
}
