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
import dev.resilience.log.AgentLog;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two versions of the agent in one fleet: every other operation is done by an instance of the first version of the protocol,
 * and the circuit keeps all its promises. An instance too old for the data does not touch it.
 */
class MixedVersionsTest extends CircuitConformance {

    private static final String KEY = "circuit_breaker:protocol";

    private static RedisProcess redis;

    private RedisConnections connections;

    @BeforeAll
    static void startServer() {
        redis = RedisProcess.start();
    }

    @AfterAll
    static void stopServer() {
        redis.close();
    }

    @AfterEach
    void disconnect() {
        if (connections != null) {
            connections.close();
        }
        redis.command("DEL", KEY);
    }

    @Override
    BreakerStore emptyStore() {
        redis.command("FLUSHALL");
        RedisStore store = connected();
        await().atMost(Duration.ofSeconds(30)).until(() -> store.mode() == StoreMode.SHARED);
        return new AtOnce(
                new InTurn(store, new FirstVersion(connections.circuits(), () -> Long.toString(time.unixMillis()))));
    }

    @Test
    void the_first_versions_messages_are_understood() {
        assertThat(CircuitFigures.told(message(
                        "OPEN\n7\n59000\n1000\n5\n2\n0\n1760000000\n1000\nFAILURES\ncalcom\nbooking-1\n0\n\n0\n\n")))
                .satisfies(open -> {
                    assertThat(open.service()).isEqualTo("calcom");
                    assertThat(open.state()).isEqualTo(State.OPEN);
                    assertThat(open.epoch()).isEqualTo(7);
                    assertThat(open.cause()).isEqualTo(Cause.FAILURES);
                    assertThat(open.order()).isEqualTo(ModeOrder.NONE);
                });
        Snapshot ordered =
                CircuitFigures.told(message("CLOSED\n8\n0\n10\n0\n0\n0\n0\n1000\nRECOVERED\ncalcom\nbooking-1\n3\n"
                        + "FORCED_OPEN\n60000\nmaintenance\nann"));
        assertThat(ordered.order()).isEqualTo(new ModeOrder(Mode.FORCED_OPEN, "maintenance", "ann", 3, 60_000));
    }

    @Test
    void a_later_versions_message_may_go_on_and_name_what_is_unknown_here() {
        assertThat(CircuitFigures.told(
                                message(
                                        "CLOSED\n8\n0\n10\n0\n0\n0\n0\n1000\nBOREDOM\ncalcom\nbooking-1\n4\nDREAMING\n-1\n\n\nmore\n1"))
                        .epoch())
                .isEqualTo(8);
    }

    /** The first version opened for all by it: while both are there, who is sick tells whom. */
    @Override
    void one_sick_instance_opens_for_itself_also_while_calls_are_let_in_by_degrees() {}

    @Test
    void the_first_instance_leaves_word_of_its_protocol() {
        RedisStore store = connected();
        await().atMost(Duration.ofSeconds(30)).until(() -> store.mode() == StoreMode.SHARED);

        assertThat(redis.command("GET", KEY)).isEqualTo("1 1");
        assertThat(Long.parseLong(redis.command("PTTL", KEY))).isPositive();
    }

    /** The first version wrote no epoch that was decided in company: an OPEN of an instance that was away outlived the fleet's word. */
    @Test
    void an_open_of_which_an_older_script_dropped_who_decided_it_gives_way_to_who_counted_further() {
        redis.command("FLUSHALL");
        RedisStore store = connected();
        await().atMost(Duration.ofSeconds(30)).until(() -> store.mode() == StoreMode.SHARED);
        store.report("calcom", BreakerSettings.DEFAULTS, told(State.OPEN, 3, 1_000))
                .toCompletableFuture()
                .join();
        redis.command("HDEL", "circuit_breaker:calcom:ledger", "decided");
        // What is written next may not make a guess of it that the one after believes.
        store.report("calcom", BreakerSettings.DEFAULTS, told(State.OPEN, 3, 1_000))
                .toCompletableFuture()
                .join();

        Reply reply = store.report("calcom", BreakerSettings.DEFAULTS, told(State.CLOSED, 5, 60_000))
                .toCompletableFuture()
                .join();

        assertThat(reply.snapshot().state()).isEqualTo(State.CLOSED);
    }

    private static Report told(State state, long epoch, long sinceMillis) {
        return new Report(
                "one",
                state,
                epoch,
                state == State.OPEN ? 30_000 : 0,
                sinceMillis,
                5,
                0,
                0,
                Cause.FAILURES,
                0,
                Delta.NONE,
                List.of(),
                -1,
                0,
                ModeOrder.NONE);
    }

    @Test
    void a_newer_version_that_can_live_with_this_one_is_joined() {
        redis.command("SET", KEY, "9 1");

        RedisStore store = connected();

        await().atMost(Duration.ofSeconds(30)).until(() -> store.mode() == StoreMode.SHARED);
        assertThat(redis.command("GET", KEY)).isEqualTo("9 1");
    }

    @Test
    void the_data_of_a_newer_version_that_cannot_is_left_alone_until_it_is_gone() {
        redis.command("FLUSHALL");
        redis.command("SET", KEY, "9 2");
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        PrintStream before = AgentLog.redirect(new PrintStream(said, true, StandardCharsets.UTF_8));
        try {
            RedisStore store = connected();
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> said.toString(StandardCharsets.UTF_8).contains("update this one"));

            assertThat(store.mode()).isEqualTo(StoreMode.DEGRADED);
            assertThat(connections.bulk().answers()).isFalse();
            assertThat(redis.command("DBSIZE")).isEqualTo("1");

            redis.command("DEL", KEY);
            await().atMost(Duration.ofSeconds(30)).until(() -> store.mode() == StoreMode.SHARED);
        } finally {
            AgentLog.redirect(before);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "1", "0 0", "-1 -1", "1 1 1", "99999999999999999999 1", "\u0000", "2 2\n"})
    void what_is_no_protocol_is_none(String garbage) {
        redis.command("SET", KEY, garbage);

        RedisStore store = connected();

        await().atMost(Duration.ofSeconds(30)).until(() -> store.mode() == StoreMode.SHARED);
        assertThat(redis.command("GET", KEY)).isEqualTo("1 1");
    }

    @Test
    void a_key_of_another_kind_is_none_either() {
        redis.command("LPUSH", KEY, "9 9");

        RedisStore store = connected();

        await().atMost(Duration.ofSeconds(30)).until(() -> store.mode() == StoreMode.SHARED);
        assertThat(redis.command("GET", KEY)).isEqualTo("1 1");
    }

    private RedisStore connected() {
        if (connections != null) {
            connections.close();
        }
        connections = new RedisConnections(redis.config(), TestThreads.daemons());
        RedisStore store = new RedisStore(connections, () -> Long.toString(time.unixMillis()));
        store.start();
        return store;
    }

    private static byte[] message(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** What is asked goes to one and the other in turn; what is told is heard by the newer one. */
    private static final class InTurn implements BreakerStore {

        private final BreakerStore now;
        private final BreakerStore then;
        private int asked;

        InTurn(BreakerStore now, BreakerStore then) {
            this.now = now;
            this.then = then;
        }

        private BreakerStore next() {
            return asked++ % 2 == 0 ? now : then;
        }

        @Override
        public StoreMode mode() {
            return now.mode();
        }

        @Override
        public CompletionStage<Reply> report(String service, BreakerSettings settings, Report report) {
            return next().report(service, settings, report);
        }

        @Override
        public CompletionStage<Reply> acquire(String service, BreakerSettings settings, long epoch, String lease) {
            return next().acquire(service, settings, epoch, lease);
        }

        @Override
        public CompletionStage<Reply> settle(
                String service, BreakerSettings settings, long epoch, String lease, Outcome outcome, long retryAfter) {
            return next().settle(service, settings, epoch, lease, outcome, retryAfter);
        }

        @Override
        public CompletionStage<Reply> reset(String service, BreakerSettings settings, String who) {
            return next().reset(service, settings, who);
        }

        @Override
        public CompletionStage<Reply> order(String service, BreakerSettings settings, ModeOrder wish) {
            return next().order(service, settings, wish);
        }

        @Override
        public void watch(Watcher watcher) {
            now.watch(watcher);
        }

        @Override
        public void start() {
            now.start();
        }

        @Override
        public void close() {
            now.close();
        }
    }
}
