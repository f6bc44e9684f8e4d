package dev.resilience.store;

import io.lettuce.core.ScriptOutputType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;

/**
 * Answers that are to go from Redis, and from what other instances keep near. The first goes at once; what comes within a
 * second after that goes together, so that Redis does not feed on calls; while Redis is away all of it waits. Thread-safe; no
 * method waits.
 */
final class OutdatedAnswers {

    private static final long PAUSE_MILLIS = 1_000;
    private static final int MOST_AT_ONCE = 500;

    /** What comes on top is forgotten by this instance alone, and by Redis in its time. */
    private static final int MOST_WAITING = 10_000;

    /** Of answers of which nobody knows that they exist: every call may end such a one, and Redis must not feel it. */
    private static final int MOST_DOUBTFUL = 100;

    /** How a message begins. Versions that know only how to clear take none of that length. */
    private static final String OUTDATED = "outdated";

    private final RedisLine line;
    private final RedisKeys keys;
    private final String sender = Long.toHexString(ThreadLocalRandom.current().nextLong());
    private final Set<NearAnswers.Key> waiting = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean telling = new AtomicBoolean();
    private volatile Set<NearAnswers.Key> underWay = Set.of();

    private enum Left {
        NOTHING,
        FOR_WANT_OF_TIME,
        FOR_WANT_OF_AN_ANSWER
    }

    OutdatedAnswers(RedisLine line, RedisKeys keys) {
        this.line = line;
        this.keys = keys;
    }

    /** Where Redis lists the answers of a subject. */
    static String namesOf(RedisKeys keys, NearAnswers.Key subject) {
        return keys.of(subject.service(), "answers:" + subject.endpoint() + ":" + subject.key());
    }

    /**
     * @param key or a subject, for all of it
     * @param doubtful whether there may well be nothing of that name
     */
    void add(NearAnswers.Key key, boolean doubtful) {
        if (waiting.size() < (doubtful ? MOST_DOUBTFUL : MOST_WAITING)) {
            waiting.add(key);
        }
        tell();
    }

    /** Whether what Redis has under this name may be outdated still, and what is written there would go with it. */
    boolean covers(NearAnswers.Key name) {
        Set<NearAnswers.Key> sent = underWay;
        if (sent.isEmpty() && waiting.isEmpty()) {
            return false;
        }
        NearAnswers.Key subject = name.subject();
        return sent.contains(name) || sent.contains(subject) || waiting.contains(name) || waiting.contains(subject);
    }

    /** Goes on where it waited for Redis. */
    void tell() {
        if (waiting.isEmpty() || !line.answers() || !telling.compareAndSet(false, true)) {
            return;
        }
        Map<NearAnswers.Key, List<String>> byEndpoint = new LinkedHashMap<>();
        Set<NearAnswers.Key> batch = new HashSet<>();
        for (NearAnswers.Key key : waiting) {
            if (batch.size() == MOST_AT_ONCE) {
                break;
            }
            batch.add(key);
            byEndpoint
                    .computeIfAbsent(new NearAnswers.Key(key.service(), key.endpoint(), ""), none -> new ArrayList<>())
                    .add(key.key());
        }
        underWay = batch;
        waiting.removeAll(batch);
        List<CompletableFuture<Left>> removals = byEndpoint.entrySet().stream()
                .map(one -> remove(one.getKey(), one.getValue()))
                .toList();
        CompletableFuture.allOf(removals.toArray(new CompletableFuture<?>[0])).whenComplete((done, impossible) -> {
            underWay = Set.of();
            Set<Left> left = removals.stream().map(CompletableFuture::join).collect(Collectors.toSet());
            boolean more = batch.size() == MOST_AT_ONCE || left.contains(Left.FOR_WANT_OF_TIME);
            line.schedule(this::again, more && !left.contains(Left.FOR_WANT_OF_AN_ANSWER) ? 0 : PAUSE_MILLIS);
        });
    }

    private void again() {
        telling.set(false);
        tell();
    }

    /** What is left to do waits again before this completes. */
    private CompletableFuture<Left> remove(NearAnswers.Key endpoint, List<String> outdated) {
        List<byte[]> arguments = new ArrayList<>(outdated.size() + 4);
        arguments.add(RedisText.bytes(RedisAnswerStore.answerKey(keys, endpoint)));
        arguments.add(RedisText.bytes(namesOf(keys, endpoint)));
        arguments.add(RedisText.bytes(keys.of(RedisAnswerStore.ANSWERS)));
        arguments.add(RedisText.bytes(String.join("\n", OUTDATED, sender, endpoint.service(), endpoint.endpoint())));
        outdated.forEach(key -> arguments.add(RedisText.bytes(key)));
        String[] index = {RedisAnswerStore.indexKey(keys, endpoint.service(), endpoint.endpoint())};
        return line.<Long>run(Script.OUTDATED, ScriptOutputType.INTEGER, index, arguments.toArray(new byte[0][]))
                .handle((done, failure) -> {
                    int from = failure == null ? (int) Math.min(Math.max(done, 0), outdated.size()) : 0;
                    for (String key : outdated.subList(from, outdated.size())) {
                        waiting.add(new NearAnswers.Key(endpoint.service(), endpoint.endpoint(), key));
                    }
                    return failure != null
                            ? Left.FOR_WANT_OF_AN_ANSWER
                            : from < outdated.size() ? Left.FOR_WANT_OF_TIME : Left.NOTHING;
                })
                .toCompletableFuture();
    }

    /** What a message of another instance names; nothing where it is none of that kind. */
    Collection<NearAnswers.Key> heard(String[] parts) {
        if (parts.length < 5 || !parts[0].equals(OUTDATED) || parts[1].equals(sender)) {
            return List.of();
        }
        List<NearAnswers.Key> named = new ArrayList<>(parts.length - 4);
        for (int i = 4; i < parts.length; i++) {
            named.add(new NearAnswers.Key(parts[2], parts[3], parts[i]));
        }
        return named;
    }

    /** Loads what the first one needs. */
    void prepare() {
        var unused = Script.OUTDATED;
    }

    /** Loaded when first used. */
    private static final class Script {

        static final RedisScript OUTDATED = RedisScript.load("kinds.lua", "answer-outdated.lua");
    }
}
