package dev.resilience.store;

import io.lettuce.core.ScriptOutputType;
import java.nio.charset.StandardCharsets;
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

    /** How a message begins. Versions that know only how to clear take none of that length. */
    private static final String OUTDATED = "outdated";

    private final RedisLine line;
    private final RedisKeys keys;
    private final String sender = Long.toHexString(ThreadLocalRandom.current().nextLong());
    private final Set<NearAnswers.Key> waiting = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean telling = new AtomicBoolean();
    private volatile Set<NearAnswers.Key> underWay = Set.of();

    OutdatedAnswers(RedisLine line, RedisKeys keys) {
        this.line = line;
        this.keys = keys;
    }

    /** Where Redis lists the answers of a subject. */
    static String namesOf(RedisKeys keys, NearAnswers.Key subject) {
        return keys.of(subject.service(), "answers:" + subject.endpoint() + ":" + subject.key());
    }

    /** @param key or a subject, for all of it */
    void add(NearAnswers.Key key) {
        if (waiting.size() < MOST_WAITING) {
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
        CompletableFuture<?>[] removals = byEndpoint.entrySet().stream()
                .map(one -> remove(one.getKey(), one.getValue()))
                .toArray(CompletableFuture<?>[]::new);
        CompletableFuture.allOf(removals).whenComplete((done, failure) -> {
            if (failure != null) {
                waiting.addAll(batch);
            }
            underWay = Set.of();
            boolean more = failure == null && batch.size() == MOST_AT_ONCE;
            line.schedule(this::again, more ? 0 : PAUSE_MILLIS);
        });
    }

    private void again() {
        telling.set(false);
        tell();
    }

    private CompletableFuture<?> remove(NearAnswers.Key endpoint, List<String> outdated) {
        NearAnswers.Key none = new NearAnswers.Key(endpoint.service(), endpoint.endpoint(), "");
        List<byte[]> arguments = new ArrayList<>(outdated.size() + 4);
        arguments.add(utf8(RedisAnswerStore.answerKey(keys, none)));
        arguments.add(utf8(namesOf(keys, none)));
        arguments.add(utf8(keys.of(RedisAnswerStore.ANSWERS)));
        arguments.add(utf8(String.join("\n", OUTDATED, sender, endpoint.service(), endpoint.endpoint())));
        outdated.forEach(key -> arguments.add(utf8(key)));
        String[] index = {RedisAnswerStore.indexKey(keys, endpoint.service(), endpoint.endpoint())};
        return line.<Long>run(Script.OUTDATED, ScriptOutputType.INTEGER, index, arguments.toArray(new byte[0][]))
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

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Loaded when first used. */
    private static final class Script {

        static final RedisScript OUTDATED = RedisScript.load("answer-outdated.lua");
    }
}
