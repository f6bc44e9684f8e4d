package dev.resilience.store;

import dev.resilience.fallback.AnswerStore;
import io.lettuce.core.ScriptOutputType;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Answers that a fleet shares through Redis, with those of late also in this JVM: they are what is left when Redis is away,
 * and they keep the traffic of an outage from Redis. What succeeds over and over is written once in a while only, so that
 * Redis does not feel every call.
 *
 * <p>A value is its time to live in eight bytes, then the answer. Each endpoint has an index of its keys by their end, which
 * bounds their number and lets them be cleared without searching the server.
 */
final class RedisAnswerStore implements AnswerStore {

    /** So long the answer in this JVM is as good as the fleet's. */
    private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(2);

    /** The same key is written again after this share of its time to live, or after a second when its answer changed. */
    private static final int REFRESHES = 10;

    private static final long LONGEST_REFRESH_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final long CHANGED_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** Writes on their way; what comes on top stays in this JVM. */
    private static final int MOST_WRITES = 64;

    /** Answers per endpoint; the ones that end first go first. */
    private static final int MOST_ANSWERS = 10_000;

    private static final int CLEARED_AT_ONCE = 500;
    private static final int HEADER = Long.BYTES;
    private static final long KEEP_MILLIS = Duration.ofDays(30).toMillis();

    /** Stands for an answer that the fleet does not have, so that it is not asked for at every call. */
    private static final byte[] NONE = {};

    private static final Duration NONE_TTL = Duration.ofSeconds(1);

    /** The channel and the key of what all services have in common, and the key of a service's endpoints. */
    static final String ANSWERS = "answers";

    private final RedisLine line;
    private final RedisKeys keys;
    private final LongSupplier nanoTime;
    private final NearAnswers near;

    /** One at a time reads, and one at a time writes the same answer. */
    private final Map<NearAnswers.Key, CompletableFuture<@Nullable Stored>> fetching = new ConcurrentHashMap<>();

    private final Set<NearAnswers.Key> writing = ConcurrentHashMap.newKeySet();

    private final OutdatedAnswers outdated;

    /** How often the fleet's answers were cleared, as last heard; -1 before that. */
    private volatile long clearings = -1;

    /** @param nanoTime the monotonic clock, nanoseconds */
    RedisAnswerStore(RedisConnections redis, long mostBytes, LongSupplier nanoTime) {
        this.line = redis.bulk();
        this.keys = redis.keys();
        this.nanoTime = nanoTime;
        this.near = new NearAnswers(mostBytes, nanoTime);
        this.outdated = new OutdatedAnswers(line, keys);
        line.listen(keys.of(ANSWERS), this::heard);
        line.watch(this::catchUp);
    }

    @Override
    public CompletionStage<@Nullable Stored> get(String service, String endpoint, String key) {
        NearAnswers.Key name = new NearAnswers.Key(service, endpoint, key);
        NearAnswers.Kept kept = near.get(name);
        if (kept != null && nanoTime.getAsLong() - kept.seenNanos() < FRESH_NANOS
                || !line.answers()
                || outdated.covers(name)) {
            return CompletableFuture.completedFuture(stored(kept));
        }
        CompletableFuture<@Nullable Stored> found = new CompletableFuture<>();
        CompletableFuture<@Nullable Stored> underWay = fetching.putIfAbsent(name, found);
        if (underWay != null) {
            return underWay;
        }
        fetch(name, kept).whenComplete((stored, impossible) -> {
            fetching.remove(name);
            found.complete(stored);
        });
        return found;
    }

    private CompletionStage<@Nullable Stored> fetch(NearAnswers.Key name, NearAnswers.@Nullable Kept kept) {
        String there = answerKey(name);
        CompletionStage<byte[]> value = line.ask(commands -> commands.get(there));
        CompletionStage<Long> left = line.ask(commands -> commands.pttl(there));
        return value.thenCombine(left, (bytes, leftMillis) -> fetched(name, kept, bytes, leftMillis))
                .exceptionally(unanswered -> stored(kept));
    }

    @Override
    public void put(String service, String endpoint, String key, byte[] bytes, Duration ttl) {
        NearAnswers.Key name = new NearAnswers.Key(service, endpoint, key);
        NearAnswers.Kept before = near.get(name);
        long now = nanoTime.getAsLong();
        boolean write = line.answers()
                && !outdated.covers(name)
                && isDue(before, bytes, ttl, now)
                && writing.size() < MOST_WRITES
                && writing.add(name);
        near.put(name, bytes, 0, ttl, write ? now : before == null ? 0 : before.writtenNanos());
        if (write) {
            write(name, bytes, Math.max(1, ttl.toMillis()));
        }
    }

    @Override
    public void prepare() {
        near.prepare();
        outdated.prepare();
        var unused = Scripts.PUT;
    }

    @Override
    public void forget(String service, String endpoint, String key) {
        NearAnswers.Key name = new NearAnswers.Key(service, endpoint, key);
        outdated.add(name, !name.equals(name.subject()) && stored(near.get(name)) == null);
        near.forget(name);
    }

    @Override
    public CompletionStage<Long> clear(@Nullable String service, @Nullable String endpoint, @Nullable String prefix) {
        long here = near.clear(service, endpoint, prefix);
        if (!line.answers()) {
            return CompletableFuture.completedFuture(here);
        }
        CompletionStage<Long> cleared = service == null
                ? each(keys.of(ANSWERS), name -> clearService(name, endpoint, prefix))
                : clearService(service, endpoint, prefix);
        // Others forget more than was meant of what they keep near: they find it again in Redis.
        return cleared.thenCompose(removed -> tell(service, endpoint).thenApply(told -> removed))
                .exceptionally(unanswered -> here);
    }

    private @Nullable Stored fetched(
            NearAnswers.Key name, NearAnswers.@Nullable Kept kept, byte @Nullable [] bytes, long leftMillis) {
        if (outdated.covers(name)) {
            // Since it was asked for.
            return stored(near.get(name));
        }
        if (bytes == null || bytes.length < HEADER || leftMillis <= 0) {
            if (kept == null) {
                near.put(name, NONE, 0, NONE_TTL, 0);
            }
            return stored(kept);
        }
        long ttl = ByteBuffer.wrap(bytes).getLong();
        long age = Math.max(0, ttl - leftMillis);
        byte[] answer = Arrays.copyOfRange(bytes, HEADER, bytes.length);
        near.put(name, answer, age, Duration.ofMillis(ttl), kept == null ? 0 : kept.writtenNanos());
        return new Stored(answer, age);
    }

    private static boolean isDue(NearAnswers.@Nullable Kept before, byte[] bytes, Duration ttl, long now) {
        if (before == null || before.writtenNanos() == 0) {
            return true;
        }
        long since = now - before.writtenNanos();
        return since >= Math.min(LONGEST_REFRESH_NANOS, ttl.toNanos() / REFRESHES)
                || since >= CHANGED_NANOS && !Arrays.equals(before.bytes(), bytes);
    }

    private void write(NearAnswers.Key name, byte[] bytes, long ttlMillis) {
        byte[] value = ByteBuffer.allocate(HEADER + bytes.length)
                .putLong(ttlMillis)
                .put(bytes)
                .array();
        String[] touched = {
            answerKey(name),
            indexKey(name.service(), name.endpoint()),
            keys.of(name.service(), ANSWERS),
            OutdatedAnswers.namesOf(keys, name.subject())
        };
        byte[][] arguments = {
            value,
            RedisText.bytes(ttlMillis),
            RedisText.bytes(name.endpoint()),
            RedisText.bytes(MOST_ANSWERS),
            RedisText.bytes(RedisText.bytes(touched[0]).length - RedisText.bytes(name.key()).length),
            RedisText.bytes(name.subject().key().length())
        };
        line.<Long>run(Scripts.PUT, ScriptOutputType.INTEGER, touched, arguments)
                .whenComplete((fresh, failure) -> {
                    writing.remove(name);
                    if (failure == null && fresh == 1) {
                        rememberService(name.service());
                    }
                });
    }

    private void rememberService(String service) {
        String all = keys.of(ANSWERS);
        line.ask(commands -> commands.sadd(all, RedisText.bytes(service)));
        line.ask(commands -> commands.pexpire(all, KEEP_MILLIS));
    }

    private CompletionStage<Long> clearService(String service, @Nullable String endpoint, @Nullable String prefix) {
        return endpoint == null
                ? each(keys.of(service, ANSWERS), name -> clearEndpoint(service, name, prefix))
                : clearEndpoint(service, endpoint, prefix);
    }

    private CompletionStage<Long> clearEndpoint(String service, String endpoint, @Nullable String prefix) {
        if (prefix == null) {
            return clearEndpoint(service, endpoint, 0);
        }
        byte[][] arguments = {RedisText.bytes(answerKey(new NearAnswers.Key(service, endpoint, prefix)))};
        String[] index = {indexKey(service, endpoint)};
        return line.run(Scripts.CLEAR_SOME, ScriptOutputType.INTEGER, index, arguments);
    }

    /** Some at a time, so that no script takes long. */
    private CompletionStage<Long> clearEndpoint(String service, String endpoint, long removedBefore) {
        byte[][] arguments = {RedisText.bytes(CLEARED_AT_ONCE)};
        String[] index = {indexKey(service, endpoint)};
        return line.<List<Long>>run(Scripts.CLEAR, ScriptOutputType.MULTI, index, arguments)
                .thenCompose(counts -> {
                    long removed = removedBefore + counts.get(1);
                    return counts.get(0) < CLEARED_AT_ONCE
                            ? CompletableFuture.completedStage(removed)
                            : clearEndpoint(service, endpoint, removed);
                });
    }

    private CompletionStage<Long> each(String set, Function<String, CompletionStage<Long>> clearing) {
        return line.ask(commands -> commands.smembers(set)).thenCompose(members -> {
            CompletionStage<Long> sum = CompletableFuture.completedStage(0L);
            for (byte[] member : members) {
                CompletionStage<Long> next = clearing.apply(new String(member, StandardCharsets.UTF_8));
                sum = sum.thenCombine(next, Long::sum);
            }
            return sum;
        });
    }

    private CompletionStage<?> tell(@Nullable String service, @Nullable String endpoint) {
        String counter = keys.of(ANSWERS + ":cleared");
        return line.ask(commands -> commands.incr(counter)).thenCompose(count -> {
            String message =
                    count + "\n" + (service == null ? "" : service) + "\n" + (endpoint == null ? "" : endpoint);
            line.ask(commands -> commands.pexpire(counter, KEEP_MILLIS));
            return line.ask(commands -> commands.publish(keys.of(ANSWERS), RedisText.bytes(message)));
        });
    }

    private void heard(byte[] message) {
        String[] parts = new String(message, StandardCharsets.UTF_8).split("\n", -1);
        if (parts.length == 3) {
            clearedElsewhere(parts);
        } else {
            outdated.heard(parts).forEach(near::forget);
        }
    }

    private void clearedElsewhere(String[] parts) {
        try {
            clearings = Long.parseLong(parts[0]);
        } catch (NumberFormatException notOurs) {
            return;
        }
        near.clear(parts[1].isEmpty() ? null : parts[1], parts[2].isEmpty() ? null : parts[2], null);
    }

    /** What was cleared while this instance could not hear of it is cleared here now. */
    private void catchUp() {
        if (!line.answers()) {
            return;
        }
        outdated.tell();
        line.ask(commands -> commands.get(keys.of(ANSWERS + ":cleared"))).thenAccept(count -> {
            long now = count == null ? 0 : Long.parseLong(new String(count, StandardCharsets.US_ASCII));
            if (clearings >= 0 && clearings != now) {
                near.clear(null, null, null);
            }
            clearings = now;
        });
    }

    private String answerKey(NearAnswers.Key name) {
        return answerKey(keys, name);
    }

    static String answerKey(RedisKeys keys, NearAnswers.Key name) {
        return keys.of(name.service(), "answer:" + name.endpoint() + ":" + name.key());
    }

    private String indexKey(String service, String endpoint) {
        return indexKey(keys, service, endpoint);
    }

    static String indexKey(RedisKeys keys, String service, String endpoint) {
        return keys.of(service, "answers:" + endpoint);
    }

    private @Nullable Stored stored(NearAnswers.@Nullable Kept kept) {
        return kept == null || kept.bytes().length == 0
                ? null
                : new Stored(kept.bytes(), kept.ageMillis(nanoTime.getAsLong()));
    }

    /** Loaded when first used. */
    private static final class Scripts {

        static final RedisScript PUT = RedisScript.load("kinds.lua", "answer-put.lua");
        static final RedisScript CLEAR = RedisScript.load("answer-clear.lua");
        static final RedisScript CLEAR_SOME = RedisScript.load("answer-clear-some.lua");
    }
}
