package dev.resilience.store;

import dev.resilience.fallback.CallStore;
import dev.resilience.fallback.QueuedCall;
import io.lettuce.core.Range;
import io.lettuce.core.ScriptOutputType;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Calls that the fleet shares, in Redis. One instance at a time makes those of a service, so that what paces it paces the
 * fleet. Stages complete exceptionally while Redis does not answer. Thread-safe.
 */
final class RedisCalls implements CallStore {

    /** The one that makes calls asks each second, each third where nobody makes a call; another takes its place when it has not for so long. */
    private static final long HOLDER_MILLIS = 5_000;

    /** The names of all services of which calls were taken in charge; each is named again now and then. */
    private static final String SERVICES = "queue_services";

    private static final long NOTED_NANOS = Duration.ofMinutes(1).toNanos();
    private static final byte[] NOT_YET = {'0'};

    private static final Duration KEPT = Duration.ofDays(90);

    private static final String[] KEYS = {
        "entries",
        "ids",
        "due",
        "lines",
        "orders",
        "tokens",
        "reviews",
        "review_ids",
        "done",
        "last_token",
        "holder",
        "notices",
        "turn"
    };

    /** Whose turn comes sooner need not remember it: nobody asks more often than about once a second. */
    private static final long SOON_MILLIS = 2_000;

    /** What an add found. @param size calls in that place, of the fleet */
    record Answer(int code, long size) {

        static final int FULL = 0;
        static final int DONE = 2;
        static final int NOT_YET = 3;
    }

    /** What is known of a call. */
    enum Knowledge {
        NOTHING,
        HERE,
        DONE
    }

    private final RedisLine line;
    private final RedisKeys keys;
    private final byte[] holder;
    private final Map<String, Long> noted = new ConcurrentHashMap<>();

    /** When to ask again whether a service's calls may be made here; none for those that are. */
    private final Map<String, Turn> turns = new ConcurrentHashMap<>();

    /** @param timesOpened how often Redis had been there: one that came back may have nobody who makes them */
    private record Turn(long atNanos, int timesOpened) {}

    /** @param holder names this JVM, and no other even where two were given one name */
    RedisCalls(RedisConnections redis, String holder) {
        this.line = redis.bulk();
        this.keys = redis.keys();
        this.holder = RedisText.bytes(holder);
    }

    boolean answers() {
        return line.answers();
    }

    /** Grows whenever Redis is there again, maybe with less than it had. */
    int timesOpened() {
        return line.timesOpened();
    }

    /**
     * @param most 0 for any number
     * @param announced whether people know of a call for review
     * @param before the call that the fleet must have had before, or null
     */
    CompletionStage<Answer> put(QueuedCall call, int most, boolean announced, @Nullable String before) {
        byte[][] arguments = {
            RedisText.bytes(call.id()),
            call.toBytes(),
            order(call),
            RedisText.bytes(most),
            flag(call.reason() != null),
            flag(call.critical()),
            flag(announced),
            RedisText.bytes(before == null ? "" : before)
        };
        note(call.service());
        return line.<List<Long>>run(Scripts.ADD, ScriptOutputType.MULTI, keys(call.service()), arguments)
                .thenApply(found -> new Answer(found.get(0).intValue(), found.get(1)));
    }

    @Override
    public CompletionStage<Set<String>> named() {
        return line.ask(commands -> commands.smembers(keys.of(SERVICES)))
                .thenApply(names -> names.stream().map(RedisCalls::text).collect(Collectors.toSet()));
    }

    /** A service that no configuration names any more is found by this. */
    private void note(String service) {
        long now = System.nanoTime();
        Long before = noted.get(service);
        if (before != null && now - before < NOTED_NANOS) {
            return;
        }
        noted.put(service, now);
        String key = keys.of(SERVICES);
        line.ask(commands -> commands.sadd(key, RedisText.bytes(service)))
                .thenCompose(added -> line.ask(commands -> commands.expire(key, KEPT)))
                .exceptionally(away -> {
                    noted.remove(service);
                    return false;
                });
    }

    /** The name of the last call that waits in a line, null where there is none. */
    @SuppressWarnings("NullAway") // which takes the type argument for one that is never null
    CompletionStage<@Nullable String> last(String service, String order) {
        return line.<byte @Nullable []>run(
                        Scripts.LAST, ScriptOutputType.VALUE, keys(service), new byte[][] {RedisText.bytes(order)})
                .thenApply(id -> id == null ? null : text(id));
    }

    /** Runs a task on an event loop. @param told must not wait */
    void after(Duration time, Runnable told) {
        line.schedule(told, time.toMillis());
    }

    /** In the order asked. */
    CompletionStage<List<Knowledge>> know(String service, List<String> ids) {
        byte[][] arguments = ids.stream().map(RedisText::bytes).toArray(byte[][]::new);
        return line.<List<Long>>run(Scripts.KNOW, ScriptOutputType.MULTI, keys(service), arguments)
                .thenApply(codes -> codes.stream()
                        .map(code -> Knowledge.values()[code.intValue()])
                        .toList());
    }

    /** What was found of a call that is done. */
    enum Found {
        KNOWN,
        NEWS,
        /** It would have been made again. */
        WAITING,
        /** It is being made again. */
        HELD
    }

    /** Tells that calls were made, whoever held them. In the order told. */
    CompletionStage<List<Found>> done(String service, List<String> ids) {
        byte[][] arguments = ids.stream().map(RedisText::bytes).toArray(byte[][]::new);
        return line.<List<Long>>run(Scripts.DONE, ScriptOutputType.MULTI, keys(service), arguments)
                .thenApply(codes -> codes.stream()
                        .map(code -> Found.values()[code.intValue()])
                        .toList());
    }

    @Override
    public CompletionStage<Added> add(QueuedCall call, int most) {
        return put(call, most, false, null).thenApply(answer -> answer.code() == Answer.FULL ? Added.FULL : Added.KEPT);
    }

    @Override
    public CompletionStage<List<Held>> hold(String service, int most, Duration lease) {
        return askToMake(service, most, lease).thenApply(RedisCalls::held);
    }

    private CompletionStage<List<byte[]>> askToMake(String service, int most, Duration lease) {
        Turn turn = turns.get(service);
        if (turn != null && turn.timesOpened == line.timesOpened() && System.nanoTime() - turn.atNanos < 0) {
            return CompletableFuture.completedStage(List.of(NOT_YET));
        }
        byte[][] arguments = {
            holder, RedisText.bytes(most), RedisText.bytes(lease.toMillis()), RedisText.bytes(HOLDER_MILLIS)
        };
        int timesOpened = line.timesOpened();
        return line.<List<byte[]>>run(Scripts.HOLD, ScriptOutputType.MULTI, keys(service), arguments)
                .thenApply(answer -> {
                    long millis = answer.size() == 1 ? Long.parseLong(text(answer.get(0))) : 0;
                    if (millis > SOON_MILLIS) {
                        turns.put(service, new Turn(System.nanoTime() + millis * 1_000_000, timesOpened));
                    } else {
                        turns.remove(service);
                    }
                    return answer;
                });
    }

    private static List<Held> held(List<byte[]> threes) {
        List<Held> held = new ArrayList<>();
        for (int i = 0; i + 2 < threes.size(); i += 3) {
            // One of a later version stays held by nobody until it is due again.
            QueuedCall call = QueuedCall.read(threes.get(i));
            if (call != null) {
                boolean again = text(threes.get(i + 2)).equals("1");
                held.add(new Held(call, Long.parseLong(text(threes.get(i + 1))), again));
            }
        }
        return held;
    }

    @Override
    public CompletionStage<Boolean> settle(Held held, Verdict verdict) {
        byte[] call = {};
        boolean critical = false;
        String word = "done";
        long wait = 0;
        if (verdict instanceof Again again) {
            word = "again";
            call = again.call().toBytes();
            wait = again.after().toMillis();
        } else if (verdict instanceof Review review) {
            word = "review";
            call = review.call().toBytes();
            critical = review.call().critical();
        } else if (verdict instanceof Back back) {
            word = "back";
            wait = back.after().toMillis();
        }
        byte[][] arguments = {
            RedisText.bytes(held.call().id()),
            RedisText.bytes(held.token()),
            RedisText.bytes(word),
            call,
            RedisText.bytes(wait),
            flag(critical)
        };
        return line.<Long>run(
                        Scripts.SETTLE,
                        ScriptOutputType.INTEGER,
                        keys(held.call().service()),
                        arguments)
                .thenApply(changed -> changed == 1);
    }

    @Override
    public CompletionStage<List<QueuedCall>> list(Place place, String service, int offset, int limit) {
        if (limit <= 0) {
            return CompletableFuture.completedStage(List.of());
        }
        byte[][] arguments = {flag(place == Place.REVIEW), RedisText.bytes(offset), RedisText.bytes(offset + limit - 1)
        };
        return line.<List<byte @Nullable []>>run(Scripts.LIST, ScriptOutputType.MULTI, keys(service), arguments)
                .thenApply(RedisCalls::readable);
    }

    private static List<QueuedCall> readable(List<? extends byte @Nullable []> found) {
        List<QueuedCall> calls = new ArrayList<>();
        for (byte[] bytes : found) {
            QueuedCall call = bytes == null ? null : QueuedCall.read(bytes);
            if (call != null) {
                calls.add(call);
            }
        }
        return calls;
    }

    @Override
    public CompletionStage<Long> size(Place place, String service) {
        String key = keys(service)[place == Place.QUEUE ? 0 : 6];
        return line.ask(commands -> commands.hlen(key));
    }

    @Override
    public CompletionStage<Long> critical(String service) {
        String key = keys(service)[7];
        return line.ask(commands -> commands.zcount(key, Range.create(Double.NEGATIVE_INFINITY, -1)));
    }

    @Override
    @SuppressWarnings("NullAway") // which takes the type argument for one that is never null
    public CompletionStage<@Nullable QueuedCall> find(Place place, String id) {
        String key = keys(QueuedCall.serviceOf(id))[place == Place.QUEUE ? 0 : 6];
        return line.ask(commands -> commands.hget(key, id))
                .thenApply(bytes -> bytes == null ? null : QueuedCall.read(bytes));
    }

    @Override
    public CompletionStage<Boolean> hasten(String id) {
        return act(id, "hasten", new byte[0], new byte[0]);
    }

    @Override
    public CompletionStage<Boolean> requeue(QueuedCall call) {
        return act(call.id(), "requeue", call.toBytes(), order(call));
    }

    @Override
    public CompletionStage<Boolean> expire(QueuedCall call) {
        return act(call.id(), "expire", call.toBytes(), flag(call.critical()));
    }

    @Override
    public CompletionStage<Boolean> remove(Place place, String id) {
        return act(id, place == Place.QUEUE ? "drop" : "resolve", new byte[0], new byte[0]);
    }

    @Override
    public CompletionStage<List<QueuedCall>> unannounced(String service, int most, Duration lease) {
        byte[][] arguments = {RedisText.bytes(most), RedisText.bytes(lease.toMillis())};
        return line.<List<byte[]>>run(Scripts.NOTICES, ScriptOutputType.MULTI, keys(service), arguments)
                .thenApply(RedisCalls::readable);
    }

    @Override
    public CompletionStage<?> announced(String service, List<String> ids) {
        byte[][] members = ids.stream().map(RedisText::bytes).toArray(byte[][]::new);
        return line.ask(commands -> commands.zrem(keys.of(service, "queue:notices"), members));
    }

    private CompletionStage<Boolean> act(String id, String word, byte[] call, byte[] order) {
        byte[][] arguments = {RedisText.bytes(id), RedisText.bytes(word), call, order};
        return line.<Long>run(Scripts.ACT, ScriptOutputType.INTEGER, keys(QueuedCall.serviceOf(id)), arguments)
                .thenApply(changed -> changed == 1);
    }

    private String[] keys(String service) {
        String[] names = new String[KEYS.length];
        for (int i = 0; i < names.length; i++) {
            names[i] = keys.of(service, "queue:" + KEYS[i]);
        }
        return names;
    }

    private static byte[] order(QueuedCall call) {
        return RedisText.bytes(call.order() == null ? "" : call.order());
    }

    private static byte[] flag(boolean value) {
        return RedisText.bytes(value ? "1" : "0");
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** Loaded when first used. */
    private static final class Scripts {

        static final RedisScript ADD = RedisScript.load("kinds.lua", "calls.lua", "calls-add.lua");
        static final RedisScript HOLD = RedisScript.load("kinds.lua", "calls.lua", "calls-hold.lua");
        static final RedisScript SETTLE = RedisScript.load("kinds.lua", "calls.lua", "calls-settle.lua");
        static final RedisScript LIST = RedisScript.load("kinds.lua", "calls.lua", "calls-list.lua");
        static final RedisScript ACT = RedisScript.load("kinds.lua", "calls.lua", "calls-act.lua");
        static final RedisScript NOTICES = RedisScript.load("kinds.lua", "calls.lua", "calls-notices.lua");
        static final RedisScript DONE = RedisScript.load("kinds.lua", "calls.lua", "calls-done.lua");
        static final RedisScript LAST = RedisScript.load("kinds.lua", "calls.lua", "calls-last.lua");
        static final RedisScript KNOW = RedisScript.load("kinds.lua", "calls.lua", "calls-know.lua");
    }
}
