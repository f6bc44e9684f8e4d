package dev.resilience.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.resilience.breaker.BreakerSettings;
import dev.resilience.breaker.BreakerStore;
import dev.resilience.breaker.CircuitRegistry;
import dev.resilience.breaker.FakeTime;
import dev.resilience.breaker.InFlightLimit;
import dev.resilience.breaker.ModeOrder;
import dev.resilience.breaker.Outcome;
import dev.resilience.breaker.Reply;
import dev.resilience.breaker.Report;
import dev.resilience.breaker.ServiceCircuit;
import dev.resilience.breaker.State;
import dev.resilience.breaker.StoreMode;
import dev.resilience.config.EndpointConfig.Failures;
import dev.resilience.config.EndpointConfig.StatusRange;
import dev.resilience.config.Mode;
import dev.resilience.fallback.FallbackChain;
import dev.resilience.metrics.CallMetrics;
import dev.resilience.store.LocalStore;
import dev.resilience.telemetry.CallTracer;
import java.io.IOException;
import java.lang.ref.Reference;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** Calls that end at odd times, or twice, or not at all: what they were given comes back once. */
class GivenUpCallTest {

    private static final int MOST = 3;

    private final FakeTime time = new FakeTime();
    private final LateStore store = new LateStore(new LocalStore(time, time::unixMillis));
    private final CircuitRegistry registry = new CircuitRegistry(store, "one", time, time, time::unixMillis);
    private final InFlightLimit limit = new InFlightLimit(MOST);
    private ServiceEndpoint endpoint = endpoint(BreakerSettings.DEFAULTS);

    enum End {
        HEAD {
            @Override
            void of(HttpCall call) {
                call.headed(GuardUnderTest.response(200));
            }
        },
        ANSWER {
            @Override
            void of(HttpCall call) {
                call.answered(GuardUnderTest.response(200));
            }
        },
        BAD_ANSWER {
            @Override
            void of(HttpCall call) {
                call.answeredAsync(GuardUnderTest.response(503));
            }
        },
        FAILURE {
            @Override
            void of(HttpCall call) {
                call.failed(new IOException("reset"));
            }
        },
        BREAK {
            @Override
            void of(HttpCall call) {
                call.broken(new IOException("cut"));
            }
        },
        CANCEL {
            @Override
            void of(HttpCall call) {
                call.cancelled();
            }
        };

        abstract void of(HttpCall call);
    }

    @Property(tries = 500)
    void whatever_ends_a_call_and_how_often_its_place_comes_back_once(
            @ForAll @Size(min = 1, max = 8) List<@Size(min = 1, max = 4) List<End>> calls, @ForAll boolean watched) {
        endpoint = endpoint(BreakerSettings.DEFAULTS.withMode(watched ? Mode.MONITOR : Mode.ENFORCE));
        for (List<End> ends : calls) {
            HttpCall call = call();
            if (call.admit() instanceof Ruling.Proceed) {
                ends.forEach(end -> end.of(call));
            }
        }
        assertThat(placesLeft()).isEqualTo(MOST);
    }

    @Test
    void a_call_begun_while_only_watched_takes_no_place_and_gives_none_back() {
        endpoint = endpoint(BreakerSettings.DEFAULTS.withMode(Mode.MONITOR));
        List<HttpCall> watched = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            HttpCall call = call();
            assertThat(call.admit()).isInstanceOf(Ruling.Proceed.class);
            watched.add(call);
        }
        registry.apply(Map.of("calcom", BreakerSettings.DEFAULTS));
        HttpCall counted = call();
        counted.admit();
        registry.apply(Map.of("calcom", BreakerSettings.DEFAULTS.withMode(Mode.MONITOR)));
        watched.forEach(HttpCall::cancelled);
        assertThat(placesLeft()).isEqualTo(MOST - 1);
        counted.cancelled();
        assertThat(placesLeft()).isEqualTo(MOST);
    }

    /** As a connection that was opened to see whether somebody is there, and never asked for anything. */
    @Test
    void a_call_that_nobody_holds_any_more_loses_its_place() {
        HttpCall held = call();
        held.admit();
        for (int i = 1; i < MOST; i++) {
            call().admit();
        }
        await().atMost(Duration.ofMinutes(1)).until(() -> {
            System.gc();
            return placesLeft() == MOST - 1;
        });
        held.cancelled();
        assertThat(placesLeft()).isEqualTo(MOST);
    }

    /** As a subscription is cancelled, or a future, while Redis is asked. */
    @Test
    void a_call_given_up_while_its_trial_permit_is_asked_for_gives_it_back() {
        halfOpen();
        store.late = true;
        HttpCall call = call();
        CompletionStage<Ruling> admission = call.admitAsync();
        assertThat(admission.toCompletableFuture()).isNotDone();
        call.cancelled();
        store.answer();
        assertThat(admission.toCompletableFuture()).isDone();
        store.late = false;
        time.forward(Duration.ofSeconds(1));
        assertThat(endpoint.circuit().view().halfOpenQuota()).isEqualTo(3);
        assertThat(placesLeft()).isEqualTo(MOST);
    }

    /** Documented: nobody keeps a trial for longer than {@code half_open_timeout}, nor HALF_OPEN. */
    @Test
    void a_trial_that_never_ends_keeps_its_permit_no_longer_than_half_open_lasts() {
        halfOpen();
        HttpCall endless = call();
        assertThat(endless.admit()).isInstanceOf(Ruling.Proceed.class);
        time.forward(Duration.ofSeconds(200));
        assertThat(endpoint.circuit().view().halfOpenQuota()).isEqualTo(2);
        time.forward(Duration.ofSeconds(110));
        assertThat(endpoint.circuit().state()).isEqualTo(State.OPEN);
        time.forward(Duration.ofSeconds(60));
        assertThat(endpoint.circuit().state()).isEqualTo(State.HALF_OPEN);
        assertThat(endpoint.circuit().view().halfOpenQuota()).isEqualTo(3);
        Reference.reachabilityFence(endless);
    }

    /** Else who looks whether somebody is there, and asks for nothing, would keep the fleet from ever recovering. */
    @Test
    void a_trial_that_nobody_holds_any_more_gives_its_permit_back() {
        halfOpen();
        for (int i = 0; i < 3; i++) {
            assertThat(call().admit()).isInstanceOf(Ruling.Proceed.class);
        }
        Instant begun = Instant.ofEpochMilli(time.unixMillis());
        await().atMost(Duration.ofMinutes(1)).until(() -> {
            System.gc();
            time.forward(Duration.ofSeconds(1));
            return endpoint.circuit().view().halfOpenQuota() == 3;
        });
        assertThat(Duration.between(begun, Instant.ofEpochMilli(time.unixMillis())))
                .isLessThan(Duration.ofSeconds(200));
    }

    private void halfOpen() {
        for (int i = 0; i < 5; i++) {
            HttpCall call = call();
            call.admit();
            call.failed(new IOException("reset"));
        }
        time.forward(Duration.ofSeconds(61));
        assertThat(endpoint.circuit().state()).isEqualTo(State.HALF_OPEN);
    }

    private int placesLeft() {
        List<InFlightLimit.Place> left = new ArrayList<>();
        for (var place = limit.enter(this); place != null; place = limit.enter(this)) {
            left.add(place);
        }
        left.forEach(limit::leave);
        return left.size();
    }

    private HttpCall call() {
        return new GuardedHttpCall(endpoint, new GuardUnderTest.Get("GET", URI.create("https://api.cal.com/")));
    }

    private ServiceEndpoint endpoint(BreakerSettings settings) {
        registry.apply(Map.of("calcom", settings));
        registry.start();
        ServiceCircuit circuit = registry.find("calcom");
        assertThat(circuit).isNotNull();
        return new ServiceEndpoint(
                "calcom",
                "fetch",
                false,
                circuit,
                List.of(),
                new FailureRules(new Failures(
                        List.of(new StatusRange(500, 599)),
                        List.of("java.io.IOException"),
                        List.of(),
                        List.of(),
                        false)),
                FallbackChain.EMPTY,
                Set.of(),
                null,
                false,
                limit,
                0,
                null,
                false,
                new CallMetrics(time).endpoint("calcom", "fetch"),
                CallTracer.NONE,
                time);
    }

    /** Lets askers of permits wait for a while. */
    private static final class LateStore implements BreakerStore {

        private final BreakerStore store;
        private final Queue<Runnable> waiting = new ArrayDeque<>();
        boolean late;

        LateStore(BreakerStore store) {
            this.store = store;
        }

        void answer() {
            for (Runnable next = waiting.poll(); next != null; next = waiting.poll()) {
                next.run();
            }
        }

        @Override
        public StoreMode mode() {
            return store.mode();
        }

        @Override
        public CompletionStage<Reply> report(String service, BreakerSettings settings, Report report) {
            return store.report(service, settings, report);
        }

        @Override
        public CompletionStage<Reply> acquire(String service, BreakerSettings settings, long epoch, String lease) {
            if (!late) {
                return store.acquire(service, settings, epoch, lease);
            }
            CompletableFuture<Reply> answer = new CompletableFuture<>();
            waiting.add(() -> store.acquire(service, settings, epoch, lease).thenAccept(answer::complete));
            return answer;
        }

        @Override
        public CompletionStage<Reply> settle(
                String service, BreakerSettings settings, long epoch, String lease, Outcome outcome, long retryAfter) {
            return store.settle(service, settings, epoch, lease, outcome, retryAfter);
        }

        @Override
        public CompletionStage<Reply> reset(String service, BreakerSettings settings, String who) {
            return store.reset(service, settings, who);
        }

        @Override
        public CompletionStage<Reply> order(String service, BreakerSettings settings, ModeOrder wish) {
            return store.order(service, settings, wish);
        }

        @Override
        public void watch(Watcher watcher) {
            store.watch(watcher);
        }

        @Override
        public void start() {
            store.start();
        }

        @Override
        public void close() {
            store.close();
        }
    }
}
