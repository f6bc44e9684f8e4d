package dev.resilience.health;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.breaker.FakeTime;
import dev.resilience.config.AgentConfig;
import dev.resilience.health.alert.AlertDesk;
import dev.resilience.health.alert.Finding.Kind;
import dev.resilience.health.alert.Notice;
import dev.resilience.health.alert.Webhooks;
import dev.resilience.metrics.CallMetrics;
import dev.resilience.metrics.CallOutcome;
import dev.resilience.metrics.Chronicle;
import dev.resilience.metrics.EndpointFigures;
import dev.resilience.metrics.FleetFigures;
import dev.resilience.metrics.MinuteLog;
import dev.resilience.metrics.Scribe;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The whole room under fake time: a dependency grows slower for an hour. */
class SlowDecayTest {

    private final FakeTime time = new FakeTime();
    private final Random random = new Random(1);

    @Test
    void is_announced_before_it_fails_and_pages_once_and_the_figures_are_those_of_the_traffic() {
        AgentConfig config = Samples.config(Samples.service("calcom", List.of(), null));
        FakeCircuits circuits = new FakeCircuits(config.services().keySet());
        CallMetrics metrics = new CallMetrics(time);
        MinuteLog log = new MinuteLog(time::unixMillis);
        Scribe scribe = new Scribe(metrics, log, null, "test", time, time, time::unixMillis);
        FleetFigures figures = new FleetFigures(scribe, log, new Chronicle(time), null, null);
        OwnArchive archive = new OwnArchive(time::unixMillis);
        archive.expect("calcom", Duration.ofSeconds(30));
        ProbeRecords records = new ProbeRecords(archive, null, time::unixMillis);
        AlertDesk desk = new AlertDesk(
                () -> config,
                circuits,
                new SystemHealth(() -> config, circuits),
                figures,
                new LocalLeases(),
                null,
                new Webhooks(Runnable::run, time, time::unixMillis),
                time,
                time,
                time::unixMillis);
        List<Long> announced = new ArrayList<>();
        List<Notice> paged = new ArrayList<>();
        List<Long> pagedAt = new ArrayList<>();
        desk.addListener(notice -> {
            paged.add(notice);
            pagedAt.add(time.unixMillis());
        });
        new Herald(
                        () -> config,
                        new Forecasts(records, figures, time::unixMillis),
                        desk::onDuty,
                        (service, expected) -> announced.add(time.unixMillis()),
                        time,
                        time)
                .start();
        scribe.start();
        desk.start();

        long calls = 0;
        long nanos = 0;
        long failing = 0;
        for (int half = 0; half < 2 * 60 * 4; half++) {
            int minute = half / 2;
            // Two hours as usual, an hour from 120 ms to 1,200 ms, an hour as slow as that.
            double typical = 120 + Math.max(0, Math.min(60, minute - 120)) * 18.0;
            if (typical > 1_000 && failing == 0) {
                failing = time.unixMillis();
            }
            records.onProbe(
                    new ProbeResult("calcom", "http", "x", time.unixMillis(), (long) (spread(typical) * 1e6), null, 1));
            for (int call = 0; call < 20; call++) {
                long took = (long) (spread(typical) * 1e6);
                metrics.endpoint("calcom", "calcom_call").record(CallOutcome.SUCCESS, took);
                calls++;
                nanos += took;
            }
            time.forward(Duration.ofSeconds(30));
        }

        assertThat(announced).isNotEmpty();
        assertThat(failing - announced.get(0))
                .isGreaterThan(Duration.ofMinutes(10).toMillis());
        assertThat(paged).extracting(Notice::event).containsExactly(Notice.Event.RAISED);
        assertThat(paged.get(0).alert().finding().kind()).isEqualTo(Kind.HIGH_LATENCY);
        assertThat(announced.get(0)).isLessThan(pagedAt.get(0));
        EndpointFigures total = figures.over(List.of("calcom"), Duration.ofHours(24))
                .toCompletableFuture()
                .join()
                .services()
                .get("calcom")
                .total();
        assertThat(total.requests()).isEqualTo(calls);
        assertThat(total.latency().sumNanos()).isEqualTo(nanos);
        assertThat(metrics.figures("calcom").total()).isEqualTo(total);
    }

    private double spread(double median) {
        return median * Math.exp(0.1 * random.nextGaussian());
    }
}
