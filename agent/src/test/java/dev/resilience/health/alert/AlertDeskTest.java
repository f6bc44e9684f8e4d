package dev.resilience.health.alert;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.breaker.FakeTime;
import dev.resilience.breaker.State;
import dev.resilience.breaker.Transition;
import dev.resilience.config.AgentConfig;
import dev.resilience.health.FakeCircuits;
import dev.resilience.health.Leases;
import dev.resilience.health.Samples;
import dev.resilience.health.SystemHealth;
import dev.resilience.health.alert.Finding.Kind;
import dev.resilience.metrics.CallMetrics;
import dev.resilience.metrics.CallOutcome;
import dev.resilience.metrics.Chronicle;
import dev.resilience.metrics.FleetFigures;
import dev.resilience.metrics.MinuteLog;
import dev.resilience.metrics.Scribe;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Several instances of a fleet, under fake time. */
class AlertDeskTest {

    private static final long MILLI = 1_000_000;

    private final FakeTime time = new FakeTime();
    private final FakeStore store = new FakeStore();
    private final List<Notice> posted = new ArrayList<>();
    private String holder = "first";
    private long token = 10;

    @Test
    void an_outage_that_is_tried_again_every_minute_is_down_after_two() {
        Instance first = new Instance("first");
        first.open("calcom");
        for (int trial = 0; trial < 2; trial++) {
            time.forward(Duration.ofSeconds(59));
            first.move("calcom", State.OPEN, State.HALF_OPEN);
            first.move("calcom", State.HALF_OPEN, State.OPEN);
        }
        assertThat(first.heard).isEmpty();
        time.forward(Duration.ofSeconds(40));
        assertThat(first.kinds()).containsExactly(Kind.SERVICE_DOWN);

        first.move("calcom", State.OPEN, State.CLOSED);
        time.forward(Duration.ofSeconds(90));
        assertThat(first.heard).extracting(Notice::event).containsExactly(Notice.Event.RAISED, Notice.Event.RESOLVED);
        assertThat(posted).hasSize(2);
    }

    @Test
    void a_short_outage_that_was_over_is_no_part_of_the_next() {
        Instance first = new Instance("first");
        first.open("calcom");
        first.move("calcom", State.OPEN, State.CLOSED);
        first.forced("calcom", State.CLOSED, State.OPEN);
        time.forward(Duration.ofSeconds(2));
        first.forced("calcom", State.OPEN, State.CLOSED);
        time.forward(Duration.ofSeconds(150));
        first.open("calcom");
        time.forward(Duration.ofSeconds(30));
        assertThat(first.heard).isEmpty();
        time.forward(Duration.ofSeconds(110));
        assertThat(first.kinds()).containsExactly(Kind.SERVICE_DOWN);
    }

    @Test
    void two_open_circuits_are_a_cascade_at_once() {
        Instance first = new Instance("first");
        first.open("calcom");
        first.open("database");
        time.forward(Duration.ofSeconds(10));

        assertThat(first.kinds()).containsExactly(Kind.CASCADING_FAILURE);
        assertThat(first.heard.get(0).alert().finding().summary()).contains("calcom", "database");
    }

    @Test
    void slow_and_failing_calls_are_told_with_their_figures() {
        Instance first = new Instance("first");
        for (int call = 0; call < 200; call++) {
            first.metrics
                    .endpoint("calcom", "calcom_call")
                    .record(call % 50 == 0 ? CallOutcome.FAILURE : CallOutcome.SUCCESS, 2_500 * MILLI);
        }
        time.forward(Duration.ofSeconds(60));

        assertThat(first.kinds()).containsExactlyInAnyOrder(Kind.HIGH_LATENCY, Kind.SLO_VIOLATION);
        time.forward(Duration.ofMinutes(10));
        assertThat(first.heard).filteredOn(notice -> !notice.alert().firing()).hasSize(2);
    }

    @Test
    void a_budget_that_burns_is_critical() {
        Instance first = new Instance("first");
        for (int minute = 0; minute < 70; minute++) {
            for (int call = 0; call < 50; call++) {
                first.metrics
                        .endpoint("calcom", "calcom_call")
                        .record(call == 0 ? CallOutcome.FAILURE : CallOutcome.SUCCESS, 10 * MILLI);
            }
            time.forward(Duration.ofMinutes(1));
        }
        assertThat(first.kinds()).contains(Kind.ERROR_BUDGET_BURN);
    }

    @Test
    void the_fleet_pages_once_and_everybody_hears_of_it() {
        Instance first = new Instance("first");
        Instance second = new Instance("second");
        for (Instance each : List.of(first, second)) {
            each.open("calcom");
        }
        time.forward(Duration.ofMinutes(5));

        assertThat(posted).hasSize(1);
        assertThat(first.kinds()).containsExactly(Kind.SERVICE_DOWN);
        assertThat(second.kinds()).containsExactly(Kind.SERVICE_DOWN);
        assertThat(second.desk.alerts().toCompletableFuture().join()).hasSize(1);

        first.desk.close();
        holder = "second";
        token = 20;
        time.forward(Duration.ofMinutes(30));
        assertThat(posted).hasSize(1);
        assertThat(second.desk.onDuty()).isTrue();

        second.move("calcom", State.OPEN, State.CLOSED);
        time.forward(Duration.ofMinutes(5));
        assertThat(posted).extracting(Notice::event).containsExactly(Notice.Event.RAISED, Notice.Event.RESOLVED);
    }

    @Test
    void while_redis_is_away_only_the_holder_goes_on() {
        Instance first = new Instance("first");
        Instance second = new Instance("second");
        time.forward(Duration.ofSeconds(30));
        store.up = false;
        for (Instance each : List.of(first, second)) {
            each.open("calcom");
        }
        time.forward(Duration.ofMinutes(10));

        assertThat(posted).hasSize(1);
        assertThat(first.kinds()).containsExactly(Kind.SERVICE_DOWN);
        assertThat(second.heard).isEmpty();
    }

    @Test
    void a_holder_that_slept_gives_way() {
        Instance first = new Instance("first");
        time.forward(Duration.ofSeconds(30));
        store.newest = 19;
        first.open("calcom");
        time.forward(Duration.ofMinutes(3));
        assertThat(first.desk.onDuty()).isFalse();
    }

    private final class Instance {

        final AgentConfig config = Samples.chain();
        final FakeCircuits circuits = new FakeCircuits(config.services().keySet());
        final CallMetrics metrics = new CallMetrics(time);
        final Chronicle chronicle = new Chronicle(time);
        final List<Notice> heard = new ArrayList<>();
        final AlertDesk desk;
        private long epoch = 1;

        Instance(String name) {
            MinuteLog log = new MinuteLog(time::unixMillis);
            Scribe scribe = new Scribe(metrics, log, null, name, time, time, time::unixMillis);
            AgentConfig posting = new AgentConfig(
                    config.application(),
                    name,
                    config.stateDir(),
                    null,
                    config.services(),
                    new AgentConfig.Alerts(
                            List.of(new AgentConfig.Webhook(
                                    "http://hook.test/x", AgentConfig.Webhook.Format.JSON, null, java.util.Map.of())),
                            Duration.ofMinutes(2),
                            Duration.ofSeconds(1),
                            Duration.ofHours(4)),
                    config.admin(),
                    config.telemetry(),
                    config.file());
            desk = new AlertDesk(
                    () -> posting,
                    circuits,
                    new SystemHealth(() -> posting, circuits),
                    new FleetFigures(scribe, log, chronicle, null, null),
                    (duty, term) ->
                            CompletableFuture.completedFuture(!store.up ? Leases.OWN : name.equals(holder) ? token : 0),
                    store,
                    new Webhooks(
                            (url, headers, body) -> CompletableFuture.completedFuture(200), time, time::unixMillis) {
                        @Override
                        CompletionStage<?> tell(List<AgentConfig.Webhook> webhooks, String application, Notice notice) {
                            posted.add(notice);
                            return super.tell(webhooks, application, notice);
                        }
                    },
                    time,
                    time,
                    time::unixMillis);
            desk.addListener(heard::add);
            desk.start();
        }

        void open(String service) {
            move(service, State.CLOSED, State.OPEN);
        }

        void move(String service, State from, State to) {
            epoch++;
            forced(service, from, to);
        }

        /** As a mode moves it. */
        void forced(String service, State from, State to) {
            circuits.byName.get(service).state = to;
            chronicle.onTransition(new Transition(service, from, to, epoch, "test", time.unixMillis(), 0));
        }

        List<Kind> kinds() {
            return heard.stream()
                    .filter(notice -> notice.event() == Notice.Event.RAISED)
                    .map(notice -> notice.alert().finding().kind())
                    .toList();
        }
    }

    private final class FakeStore implements AlertStore {

        private final List<Consumer<String>> listeners = new CopyOnWriteArrayList<>();
        private String book = "";
        private long savedMillis;
        private long newest;
        private boolean up = true;

        @Override
        public CompletionStage<Saved> load() {
            return up
                    ? CompletableFuture.completedFuture(
                            new Saved(book, book.isEmpty() ? 0 : time.unixMillis() - savedMillis))
                    : CompletableFuture.failedFuture(new IllegalStateException("away"));
        }

        @Override
        public CompletionStage<Boolean> save(long fencing, String written, String news) {
            if (!up) {
                return CompletableFuture.failedFuture(new IllegalStateException("away"));
            }
            if (fencing < newest) {
                return CompletableFuture.completedFuture(false);
            }
            newest = fencing;
            book = written;
            savedMillis = time.unixMillis();
            listeners.forEach(listener -> listener.accept(news));
            return CompletableFuture.completedFuture(true);
        }

        @Override
        public void listen(Consumer<String> heard) {
            listeners.add(heard);
        }
    }
}
