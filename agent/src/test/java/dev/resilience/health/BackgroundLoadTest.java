package dev.resilience.health;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.breaker.FakeTime;
import dev.resilience.config.AgentConfig;
import dev.resilience.config.ServiceConfig.ProbeConfig;
import dev.resilience.health.alert.AlertDesk;
import dev.resilience.health.alert.AlertStore;
import dev.resilience.health.alert.Webhooks;
import dev.resilience.metrics.CallMetrics;
import dev.resilience.metrics.CallOutcome;
import dev.resilience.metrics.CallRecorder.EndpointRecorder;
import dev.resilience.metrics.Chronicle;
import dev.resilience.metrics.FigureStore;
import dev.resilience.metrics.FleetFigures;
import dev.resilience.metrics.MinuteLog;
import dev.resilience.metrics.Scribe;
import dev.resilience.metrics.Span;
import dev.resilience.metrics.TransitionJournal;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What probes, figures and alerts ask of the store as the fleet grows, under fake time: one service that is probed every 30 s
 * and called on every instance. Prints the README's table.
 */
class BackgroundLoadTest {

    private static final Duration WARM_UP = Duration.ofMinutes(10);
    private static final Duration WHILE = Duration.ofMinutes(10);
    private static final Duration STEP = Duration.ofSeconds(1);

    private final FakeTime time = new FakeTime();
    private final AgentConfig config = Samples.config(Samples.service("calcom", List.of(), null));
    private final Store store = new Store();
    private final Map<String, Integer> asked = new HashMap<>();
    private boolean nobodyCalls;

    @ParameterizedTest
    @ValueSource(ints = {1, 10, 50, 200})
    void commands_a_second(int instances) {
        List<EndpointRecorder> callers = new ArrayList<>();
        for (int i = 0; i < instances; i++) {
            callers.add(instance("instance-" + i));
        }
        live(WARM_UP, callers);
        asked.clear();
        live(WHILE, callers);

        double seconds = WHILE.toSeconds();
        System.out.printf(
                "| %d | %.2f | %.2f | %.2f | %.2f |%n",
                instances,
                rate("probe lease", seconds),
                rate("probe answer", seconds),
                rate("figures", seconds),
                rate("alerts", seconds));
        // Once per fleet and interval, however many there are.
        assertThat(rate("probe answer", seconds)).isBetween(0.9 / 30, 1.1 / 30);
        // Who does not probe asks twice an interval whether it should.
        assertThat(rate("probe lease", seconds)).isLessThan(instances * 2.2 / 30 + 0.1);
        assertThat(rate("figures", seconds)).isLessThan(Math.min(instances / 3.0, 12.5));
        assertThat(rate("alerts", seconds)).isLessThan(instances / 9.0 + 3);
    }

    @Test
    void while_nobody_calls_figures_are_seldom_asked_for() {
        nobodyCalls = true;
        instance("instance");
        live(WARM_UP, List.of());
        asked.clear();
        live(WHILE, List.of());
        assertThat(rate("figures", WHILE.toSeconds())).isZero();
        // One a round for the duty itself.
        assertThat(rate("alerts", WHILE.toSeconds())).isLessThan(0.42);
    }

    private void live(Duration length, List<EndpointRecorder> callers) {
        for (Duration passed = Duration.ZERO; passed.compareTo(length) < 0; passed = passed.plus(STEP)) {
            callers.forEach(caller -> caller.record(CallOutcome.SUCCESS, 40_000_000));
            time.forward(STEP);
        }
    }

    private EndpointRecorder instance(String name) {
        Leases leases = (duty, term) -> {
            count(duty.startsWith("probe:") ? "probe lease" : "alerts");
            return store.hold(name, duty, term);
        };
        ProbeConfig.Redis probe = new ProbeConfig.Redis("default", Duration.ofSeconds(30), Duration.ofSeconds(2));
        new ProbeTask(
                        "calcom",
                        probe,
                        new Fine(),
                        leases,
                        result -> count("probe answer"),
                        time,
                        time,
                        time::unixMillis)
                .start();
        CallMetrics metrics = new CallMetrics(time);
        MinuteLog own = new MinuteLog(time::unixMillis);
        Scribe scribe = new Scribe(metrics, own, store, name, time, time, time::unixMillis);
        scribe.start();
        FakeCircuits circuits = new FakeCircuits(config.services().keySet());
        circuits.quiet = nobodyCalls;
        new AlertDesk(
                        () -> config,
                        circuits,
                        new SystemHealth(() -> config, circuits),
                        new FleetFigures(scribe, own, new Chronicle(time), store, store),
                        leases,
                        store,
                        new Webhooks(Runnable::run, time, time::unixMillis),
                        time,
                        time,
                        time::unixMillis)
                .start();
        return metrics.endpoint("calcom", "calcom_call");
    }

    private void count(String what) {
        asked.merge(what, 1, Integer::sum);
    }

    private double rate(String what, double seconds) {
        return asked.getOrDefault(what, 0) / seconds;
    }

    private static final class Fine implements Check {

        @Override
        public String kind() {
            return "redis";
        }

        @Override
        public String target() {
            return "default";
        }

        @Override
        public CompletionStage<?> ask(Duration timeout) {
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public void giveUp() {}

        @Override
        public void close() {}
    }

    private record Held(String holder, long token, long untilNanos) {}

    /** Answers at once and counts. */
    private final class Store implements FigureStore, TransitionJournal, AlertStore {

        private final Map<String, Held> leases = new HashMap<>();
        private final Deque<Long> batches = new ArrayDeque<>();
        private String book = "";

        CompletionStage<Long> hold(String name, String duty, Duration term) {
            Held held = leases.get(duty);
            long now = time.getAsLong();
            if (held != null && held.untilNanos > now && !held.holder.equals(name)) {
                return CompletableFuture.completedFuture(0L);
            }
            boolean mine = held != null && held.holder.equals(name) && held.untilNanos > now;
            long token = mine ? held.token : held == null ? 10 : held.token + 1;
            leases.put(duty, new Held(name, token, now + term.toNanos()));
            return CompletableFuture.completedFuture(token);
        }

        @Override
        public CompletionStage<Long> add(String service, Batch batch) {
            count("figures");
            long now = time.getAsLong();
            batches.add(now);
            while (batches.peek() < now - Duration.ofMinutes(1).toNanos()) {
                batches.remove();
            }
            return CompletableFuture.completedFuture((long) batches.size());
        }

        @Override
        public CompletionStage<List<Span>> read(String service, Duration window, Step step) {
            count("alerts");
            return CompletableFuture.completedFuture(List.of());
        }

        @Override
        public CompletionStage<?> add(String service, List<Entry> entries) {
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public CompletionStage<List<Entry>> read(String service) {
            count("alerts");
            return CompletableFuture.completedFuture(List.of());
        }

        @Override
        public CompletionStage<Saved> load() {
            count("alerts");
            return CompletableFuture.completedFuture(new Saved(book, 0));
        }

        @Override
        public CompletionStage<Boolean> save(long fencing, String written, String news) {
            count("alerts");
            book = written;
            return CompletableFuture.completedFuture(true);
        }

        @Override
        public void listen(Consumer<String> heard) {
            // Nobody is to be told.
        }
    }
}
