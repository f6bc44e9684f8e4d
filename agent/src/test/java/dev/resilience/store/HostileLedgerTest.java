package dev.resilience.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.resilience.breaker.BreakerSettings;
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
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Whatever anybody writes over a circuit's ledger, the next report of an instance that knows better puts it right, no
 * operation fails, and the circuit goes on through all its states.
 */
class HostileLedgerTest {

    private static final String LEDGER = "circuit_breaker:calcom:ledger";
    private static final BreakerSettings SETTINGS = BreakerSettings.DEFAULTS;
    private static final long EPOCH = 7;
    private static final String HUGE = "string.rep('x', 1000000)";

    /** As Lua writes them, so that any bytes can be said. */
    private static final List<String> GARBAGE = List.of(
            "'garbage'",
            "''",
            "'-1'",
            "'9223372036854775807'",
            "'9223372036854775808'",
            "'99999999999999999999999999'",
            "'4503599627370495'",
            "'nan'",
            "'-nan'",
            "'inf'",
            "'1e300'",
            "'0.5'",
            "'\\255\\254\\0'",
            "'two\\nlines'",
            HUGE);

    private static final List<String> NUMBERS = List.of(
            "epoch",
            "since",
            "ends",
            "longest",
            "opened_failures",
            "opened_successes",
            "trial_successes",
            "relapses",
            "hold_off",
            "last_failure",
            "bucket",
            "seen",
            "heads_bucket",
            "heads",
            "heads_before",
            "touched",
            "granted",
            "order_version",
            "order_ends");

    private static final List<String> TEXTS =
            List.of("state", "cause", "by", "server", "order_mode", "order_reason", "order_who");

    private static final List<String> MEMBERS = List.of(
            "w:0",
            "w:19",
            "w:20",
            "w:-1",
            "w:",
            "w:nan",
            "w:\\255",
            "l:",
            "l:somebody:1",
            "t:",
            "t:i9",
            "what is this");

    private static RedisProcess redis;
    private static RedisStore store;
    private static final AtomicLong clock = new AtomicLong();

    private ModeOrder ordered = ModeOrder.NONE;

    @BeforeAll
    static void start() {
        redis = RedisProcess.start();
        store = new RedisStore(
                new RedisConnections(redis.config(), TestThreads.daemons()), () -> Long.toString(clock.get()));
        store.start();
        await().atMost(Duration.ofSeconds(30)).until(() -> store.mode() == StoreMode.SHARED);
    }

    @AfterAll
    static void stop() {
        store.close();
        redis.close();
    }

    @BeforeEach
    void startTheClock() {
        clock.set(1_800_000_000_000L);
    }

    @AfterEach
    void nobodyFailed() {
        assertThat(store.mode("calcom")).isEqualTo(StoreMode.SHARED);
    }

    @ParameterizedTest
    @EnumSource
    void garbage_in_any_field_is_put_right(State state) throws Exception {
        for (String field : fields()) {
            for (String value : GARBAGE) {
                String what = field + " = " + (value.equals(HUGE) ? "a megabyte" : value);
                bringTo(state);
                lua("redis.call('HSET', KEYS[1], '" + field + "', " + value + ")");
                healsAndGoesOn(state, what);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_field_that_is_gone_is_put_right(State state) throws Exception {
        for (String field : fields()) {
            bringTo(state);
            lua("redis.call('HDEL', KEYS[1], '" + field + "')");
            healsAndGoesOn(state, "no " + field);
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_ledger_of_another_kind_is_put_right(State state) throws Exception {
        for (String other : List.of(
                "redis.call('SET', KEYS[1], 'garbage')",
                "redis.call('RPUSH', KEYS[1], 'garbage')",
                "redis.call('ZADD', KEYS[1], 1, 'garbage')",
                "redis.call('XADD', KEYS[1], '*', 'a', 'b')",
                "redis.call('HSET', KEYS[1], 'state', '\\0')")) {
            bringTo(state);
            lua("redis.call('DEL', KEYS[1]) " + other);
            healsAndGoesOn(state, other);
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_ledger_with_fifty_thousand_fields_is_put_right(State state) throws Exception {
        for (String kind : List.of("l:", "t:", "w:", "x")) {
            bringTo(state);
            lua("for i = 1, 50000 do redis.call('HSET', KEYS[1], '" + kind + "' .. i, '9') end");
            healsAndGoesOn(state, "many " + kind);
        }
    }

    @Test
    void an_epoch_at_the_end_of_all_numbers_goes_on_with_the_first() throws Exception {
        long last = (1L << 52) - 1;
        redis.command("FLUSHALL");
        Reply taken = say(store.report("calcom", SETTINGS, stand(State.CLOSED, last, 0, Delta.NONE)));
        assertThat(taken.snapshot().epoch()).isEqualTo(last);
        Reply opened = say(store.report("calcom", SETTINGS, stand(State.CLOSED, last, 0, new Delta(5, 5, 0, -1))));
        assertThat(opened.snapshot().state()).isEqualTo(State.OPEN);
        assertThat(opened.snapshot().epoch()).isEqualTo(1);
        Reply late = say(store.report("calcom", SETTINGS, stand(State.CLOSED, last, 0, Delta.NONE)));
        assertThat(late.snapshot().state()).as("an older epoch changes nothing").isEqualTo(State.OPEN);
    }

    private static List<String> fields() {
        return Stream.of(NUMBERS, TEXTS, MEMBERS).flatMap(List::stream).toList();
    }

    private void bringTo(State state) throws Exception {
        redis.command("FLUSHALL");
        ordered = ModeOrder.NONE;
        say(store.report("calcom", SETTINGS, stand(state, EPOCH, remaining(state), Delta.NONE)));
        ordered = say(store.order("calcom", SETTINGS, new ModeOrder(Mode.ENFORCE, "test", "ada", 0, 3_600_000)))
                .snapshot()
                .order();
        if (state == State.HALF_OPEN) {
            // What was learnt from a word grants nothing at first.
            pass(2_001);
            Reply trial = say(store.acquire("calcom", SETTINGS, EPOCH, "i1:1"));
            assertThat(trial.accepted()).isTrue();
            assertThat(say(store.settle("calcom", SETTINGS, EPOCH, "i1:1", Outcome.IGNORED, -1))
                            .accepted())
                    .isFalse();
        }
        if (state == State.CLOSED) {
            say(store.report("calcom", SETTINGS, stand(state, EPOCH, 0, new Delta(2, 1, 0, -1))));
        }
    }

    /** Two reports, as any instance makes within two seconds; after them all is as if nothing had been. */
    private void healsAndGoesOn(State state, String what) throws Exception {
        List<Snapshot> heard = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            heard.add(say(store.report("calcom", SETTINGS, stand(state, EPOCH, remaining(state), Delta.NONE)))
                    .snapshot());
            pass(1_000);
        }
        for (Snapshot snapshot : heard) {
            assertThat(snapshot.state()).as(what).isEqualTo(state);
            assertThat(snapshot.epoch()).as(what).isEqualTo(EPOCH);
            assertThat(snapshot.remainingMillis()).as(what).isBetween(0L, remaining(state));
            assertThat(snapshot.sinceMillis()).as(what).isBetween(0L, clock.get());
            assertThat(snapshot.paceMillis()).as(what).isBetween(1_000L, 15_000L);
            assertThat(snapshot.order().version()).as(what).isBetween(0L, 1L << 52);
        }
        assertThat(redis.command("GET", "circuit_breaker:calcom:state"))
                .as(what)
                .isEqualTo(state.name());
        assertThat(Long.parseLong(redis.command("PTTL", LEDGER))).as(what).isGreaterThan(80_000_000L);
        assertThat(Long.parseLong(redis.command("HLEN", LEDGER))).as(what).isLessThan(100);
        if (state == State.CLOSED) {
            Reply opened = say(store.report("calcom", SETTINGS, stand(state, EPOCH, 0, new Delta(6, 6, 0, -1))));
            assertThat(opened.accepted()).as(what).isTrue();
            assertThat(opened.snapshot().state()).as(what).isEqualTo(State.OPEN);
            assertThat(opened.snapshot().remainingMillis()).as(what).isEqualTo(60_000);
            recover(EPOCH + 1, 60, what);
            return;
        }
        if (state == State.OPEN) {
            // Two seconds of it passed above.
            recover(EPOCH, 58, what);
            return;
        }
        // Whatever was made of leases and hold-offs is over within their times.
        pass(7_000);
        trials(EPOCH, what);
    }

    private void recover(long epoch, int seconds, String what) throws Exception {
        Reply due = null;
        for (int left = seconds; left > 0; left -= 2) {
            due = say(store.report("calcom", SETTINGS, stand(State.OPEN, epoch, left * 1_000L, Delta.NONE)));
            pass(2_000);
        }
        assertThat(due.snapshot().state()).as(what).isEqualTo(State.OPEN);
        due = say(store.report("calcom", SETTINGS, stand(State.OPEN, epoch, 0, Delta.NONE)));
        assertThat(due.snapshot().state()).as(what).isEqualTo(State.HALF_OPEN);
        assertThat(due.snapshot().epoch()).as(what).isEqualTo(epoch + 1);
        trials(epoch + 1, what);
    }

    private void trials(long epoch, String what) throws Exception {
        say(store.report("calcom", SETTINGS, stand(State.HALF_OPEN, epoch, 200_000, Delta.NONE)));
        int granted = 0;
        for (int i = 0; i < 5; i++) {
            granted += say(store.acquire("calcom", SETTINGS, epoch, "i2:" + i)).accepted() ? 1 : 0;
        }
        if (granted == 0) {
            // Who gave the last permit was made to look like another server: a hold-off, and then it goes on.
            pass(2_001);
            for (int i = 0; i < 5; i++) {
                granted +=
                        say(store.acquire("calcom", SETTINGS, epoch, "i2:" + i)).accepted() ? 1 : 0;
            }
        }
        assertThat(granted).as(what).isEqualTo(3);
        assertThat(say(store.settle("calcom", SETTINGS, epoch, "i2:0", Outcome.SUCCESS, -1))
                        .accepted())
                .as(what)
                .isTrue();
        Reply closed = say(store.settle("calcom", SETTINGS, epoch, "i2:1", Outcome.SUCCESS, -1));
        if (closed.snapshot().state() != State.CLOSED) {
            closed = say(store.settle("calcom", SETTINGS, epoch, "i2:2", Outcome.SUCCESS, -1));
        }
        assertThat(closed.snapshot().state()).as(what).isEqualTo(State.CLOSED);
        Reply order = say(store.order("calcom", SETTINGS, new ModeOrder(Mode.MONITOR, "", "ada", 0, 1_000)));
        assertThat(order.snapshot().order().mode()).as(what).isEqualTo(Mode.MONITOR);
    }

    private Report stand(State state, long epoch, long remaining, Delta delta) {
        return new Report(
                "i1", state, epoch, remaining, 0, 5, 0, 0, Cause.FAILURES, epoch, delta, List.of(), -1, 1_000, ordered);
    }

    private static long remaining(State state) {
        return switch (state) {
            case CLOSED -> 0;
            case OPEN -> 60_000;
            case HALF_OPEN -> 300_000;
        };
    }

    private static void pass(long millis) {
        clock.addAndGet(millis);
    }

    private static Reply say(CompletionStage<Reply> asked) throws Exception {
        return asked.toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    private static void lua(String text) {
        String answer = redis.command("EVAL", text, "1", LEDGER);
        assertThat(answer == null ? "" : answer).doesNotStartWith("-");
    }
}
