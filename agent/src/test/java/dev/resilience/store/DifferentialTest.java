package dev.resilience.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.resilience.breaker.BreakerSettings;
import dev.resilience.breaker.BreakerStore;
import dev.resilience.breaker.Cause;
import dev.resilience.breaker.Delta;
import dev.resilience.breaker.ModeOrder;
import dev.resilience.breaker.Outcome;
import dev.resilience.breaker.Reply;
import dev.resilience.breaker.Report;
import dev.resilience.breaker.Snapshot;
import dev.resilience.breaker.State;
import dev.resilience.breaker.StoreMode;
import dev.resilience.config.Mode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.AfterProperty;
import net.jqwik.api.lifecycle.BeforeContainer;
import net.jqwik.api.lifecycle.BeforeProperty;

/** The scripts against the machine that they are to be: the same random histories, the same answers to the last digit. */
class DifferentialTest {

    private static final String SERVICE = "calcom";
    private static RedisProcess redis;

    private final AtomicLong clock = new AtomicLong();
    private RedisConnections connections;
    private RedisStore remote;

    @BeforeContainer
    static void startServer() {
        redis = RedisProcess.start();
    }

    @AfterContainer
    static void stopServer() {
        redis.close();
    }

    @BeforeProperty
    void connect() {
        connections = new RedisConnections(redis.config(), TestThreads.daemons());
        remote = new RedisStore(connections, () -> Long.toString(clock.get()));
        remote.start();
        await().atMost(Duration.ofSeconds(30)).until(() -> remote.mode() == StoreMode.SHARED);
    }

    @AfterProperty
    void disconnect() {
        remote.close();
    }

    @Property(tries = 300)
    void scripts_and_machine_agree(
            @ForAll("settings") BreakerSettings settings, @ForAll("histories") List<Operation> history)
            throws Exception {
        compare(List.of(settings), history);
    }

    /** As of instances whose files differ, or while a change of it goes through the fleet. */
    @Property(tries = 150)
    void scripts_and_machine_agree_where_files_differ(
            @ForAll("settings") BreakerSettings settings,
            @ForAll("settings") BreakerSettings others,
            @ForAll("histories") List<Operation> history)
            throws Exception {
        compare(List.of(settings, others), history);
    }

    private void compare(List<BreakerSettings> byTurns, List<Operation> history) throws Exception {
        redis.command("FLUSHALL");
        clock.set(1_800_000_000_000L);
        BreakerStore local = new LocalStore(() -> clock.get() * 1_000_000, clock::get);
        List<String> told = new ArrayList<>();
        long epoch = 0;
        for (Operation operation : history) {
            clock.addAndGet(operation.laterMillis());
            BreakerSettings settings = byTurns.get(told.size() % byTurns.size());
            told.add(clock.get() + " " + operation);
            Reply expected =
                    operation.on(local, settings, epoch).toCompletableFuture().join();
            Reply answered =
                    operation.on(remote, settings, epoch).toCompletableFuture().get(30, TimeUnit.SECONDS);
            assertThat(answered).as("after %s", told).isEqualTo(expected);
            epoch = expected.snapshot().epoch();
            assertThat(redis.command("GET", "circuit_breaker:calcom:state"))
                    .isEqualTo(inForce(expected.snapshot()).name());
            assertThat(redis.command("GET", "circuit_breaker:calcom:half_open_quota"))
                    .isEqualTo("" + expected.snapshot().quotaLeft());
        }
    }

    private static State inForce(Snapshot snapshot) {
        Mode mode = snapshot.order().mode();
        if (mode == Mode.FORCED_OPEN) {
            return State.OPEN;
        }
        return mode == Mode.FORCED_CLOSED || mode == Mode.DISABLED ? State.CLOSED : snapshot.state();
    }

    @Provide
    Arbitrary<BreakerSettings> settings() {
        Arbitrary<Settings> base = Combinators.combine(
                        Arbitraries.integers().between(1, 6),
                        Arbitraries.doubles().between(0, 1),
                        Arbitraries.of(true, false),
                        Arbitraries.longs().between(10, 30_000),
                        Arbitraries.longs().between(1, 20_000),
                        Arbitraries.integers().between(1, 4),
                        Arbitraries.integers().between(1, 3),
                        Arbitraries.longs().between(1, 30_000))
                .as((failures, rate, either, window, timeout, quota, successes, halfOpen) -> {
                    Settings s = new Settings();
                    s.failureThreshold = failures;
                    s.failureRate = rate;
                    s.either = either;
                    s.windowMillis = window;
                    s.timeoutMillis = timeout;
                    s.halfOpenQuota = quota;
                    s.successThreshold = successes;
                    s.halfOpenTimeoutMillis = halfOpen;
                    return s;
                });
        return Combinators.combine(
                        base,
                        Arbitraries.integers().between(1, 10),
                        Arbitraries.of(0.3, 1.0).injectNull(0.5),
                        Arbitraries.of(1.0, 1.7, 2.0),
                        Arbitraries.integers().between(1, 3),
                        Arbitraries.of(0L, 3_000L))
                .as((s, minimum, slowRate, growth, instances, ramp) -> {
                    s.minimumCalls = minimum;
                    s.slowNanos = slowRate == null ? Long.MAX_VALUE : 1_000_000;
                    s.slowRate = slowRate == null ? 1 : slowRate;
                    s.timeoutGrowth = growth;
                    s.longestTimeoutMillis = 60_000;
                    s.minInstances = instances;
                    s.rampUpMillis = ramp;
                    return s.build();
                });
    }

    @Provide
    Arbitrary<List<Operation>> histories() {
        Arbitrary<Long> later = Arbitraries.frequencyOf(
                Tuple.of(12, Arbitraries.longs().between(0, 500)),
                Tuple.of(6, Arbitraries.longs().between(500, 4_000)),
                Tuple.of(2, Arbitraries.longs().between(4_000, 40_000)),
                // Another server's clock.
                Tuple.of(1, Arbitraries.longs().between(-700_000, 700_000)));
        Arbitrary<Long> epoch = Arbitraries.longs().between(0, 6);
        Arbitrary<String> lease = Arbitraries.of("a:1", "a:2", "b:1", "c:1", "c:2");
        Arbitrary<ModeOrder> order = Combinators.combine(
                        Arbitraries.of(Mode.values()).injectNull(0.2),
                        Arbitraries.of("", "maintenance"),
                        Arbitraries.longs().between(0, 3),
                        Arbitraries.of(ModeOrder.ENDLESS, 1L, 3_000L))
                .as((mode, reason, version, remaining) -> version == 0
                        ? ModeOrder.NONE
                        : new ModeOrder(mode, reason, "ada", version, mode == null ? 0 : remaining));
        Arbitrary<Delta> delta = Combinators.combine(
                        Arbitraries.longs().between(0, 5),
                        Arbitraries.longs().between(0, 5),
                        Arbitraries.longs().between(0, 3),
                        Arbitraries.of(-1L, -1L, 2_500L))
                .as((good, bad, slow, retryAfter) ->
                        new Delta(good + bad, bad, Math.min(slow, good + bad), retryAfter));
        Arbitrary<Operation> report = Combinators.combine(
                        later,
                        Combinators.combine(
                                        Arbitraries.of("a", "b", "c"),
                                        Arbitraries.of(State.values()),
                                        epoch,
                                        Arbitraries.longs().between(0, 20_000),
                                        Arbitraries.longs().between(0, 10_000))
                                .as(Stand::new),
                        Arbitraries.of(true, true, true, false),
                        delta,
                        lease.list().ofMaxSize(2),
                        Arbitraries.of(-1L, -1L, -1L, 0L, 1L, 2L, 3L, 4L, 5L),
                        Arbitraries.longs().between(0, 3_000_000),
                        order)
                .as(ReportOf::new);
        Arbitrary<Operation> open = Combinators.combine(
                        later,
                        Arbitraries.of(10L, 3_000L, 8_000L, 20_000L),
                        Arbitraries.of(0L, 1L, 4_000L, 9_000L),
                        Arbitraries.of(-1L, 0L, 6L))
                .as(SameOpen::new);
        Arbitrary<Operation> acquire =
                Combinators.combine(later, epoch, lease).as((wait, in, name) -> new Acquire(wait, in, name));
        Arbitrary<Operation> settle = Combinators.combine(
                        later, epoch, lease, Arbitraries.of(Outcome.values()), Arbitraries.of(-1L, 1_500L))
                .as((wait, in, name, outcome, retryAfter) -> new Settle(wait, in, name, outcome, retryAfter));
        Arbitrary<Operation> reset = later.map(Reset::new);
        Arbitrary<Operation> ordering = Combinators.combine(later, order).as(Order::new);
        return Arbitraries.frequencyOf(
                        Tuple.of(10, report),
                        Tuple.of(6, open),
                        Tuple.of(6, acquire),
                        Tuple.of(6, settle),
                        Tuple.of(1, reset),
                        Tuple.of(1, ordering))
                .list()
                .ofMinSize(1)
                .ofMaxSize(40);
    }

    /** One step of a history. */
    sealed interface Operation {

        long laterMillis();

        /** @param inEpoch where the store was last */
        CompletionStage<Reply> on(BreakerStore store, BreakerSettings settings, long inEpoch);
    }

    record Stand(String instance, State state, long epoch, long remaining, long since) {}

    /** @param closed whether the instance has not heard of anything but CLOSED */
    record ReportOf(
            long laterMillis,
            Stand stand,
            boolean closed,
            Delta delta,
            List<String> leases,
            long partedIn,
            long sinceLast,
            ModeOrder order)
            implements Operation {

        @Override
        public CompletionStage<Reply> on(BreakerStore store, BreakerSettings settings, long inEpoch) {
            State state = closed ? State.CLOSED : stand.state();
            long epoch = closed ? 0 : stand.epoch();
            return store.report(
                    SERVICE,
                    settings,
                    new Report(
                            stand.instance(),
                            state,
                            epoch,
                            state == State.CLOSED ? 0 : stand.remaining(),
                            stand.since(),
                            3,
                            1,
                            (int) (stand.epoch() % 4),
                            switch (state) {
                                case OPEN -> Cause.FAILURES;
                                case HALF_OPEN -> Cause.START;
                                case CLOSED -> Cause.RECOVERED;
                            },
                            stand.epoch(),
                            delta,
                            leases,
                            partedIn,
                            sinceLast,
                            order));
        }
    }

    /** Of an instance that opened, too, and came to the same number. */
    record SameOpen(long laterMillis, long remaining, long since, long partedIn) implements Operation {

        @Override
        public CompletionStage<Reply> on(BreakerStore store, BreakerSettings settings, long inEpoch) {
            return store.report(
                    SERVICE,
                    settings,
                    new Report(
                            "d",
                            State.OPEN,
                            inEpoch,
                            remaining,
                            since,
                            3,
                            1,
                            0,
                            Cause.FAILURES,
                            inEpoch,
                            Delta.NONE,
                            List.of(),
                            partedIn,
                            1_000,
                            ModeOrder.NONE));
        }
    }

    record Acquire(long laterMillis, long epoch, String lease) implements Operation {

        @Override
        public CompletionStage<Reply> on(BreakerStore store, BreakerSettings settings, long inEpoch) {
            return store.acquire(SERVICE, settings, epoch, lease);
        }
    }

    record Settle(long laterMillis, long epoch, String lease, Outcome outcome, long retryAfter) implements Operation {

        @Override
        public CompletionStage<Reply> on(BreakerStore store, BreakerSettings settings, long inEpoch) {
            return store.settle(SERVICE, settings, epoch, lease, outcome, retryAfter);
        }
    }

    record Reset(long laterMillis) implements Operation {

        @Override
        public CompletionStage<Reply> on(BreakerStore store, BreakerSettings settings, long inEpoch) {
            return store.reset(SERVICE, settings, "ada");
        }
    }

    record Order(long laterMillis, ModeOrder wish) implements Operation {

        @Override
        public CompletionStage<Reply> on(BreakerStore store, BreakerSettings settings, long inEpoch) {
            return store.order(SERVICE, settings, wish);
        }
    }
}
