package dev.resilience.store;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.resilience.metrics.EndpointFigures;
import dev.resilience.metrics.FigureStore;
import dev.resilience.metrics.Latency;
import dev.resilience.metrics.Span;
import dev.resilience.metrics.TimeSpent;
import io.lettuce.core.ScriptOutputType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The fleet's figures in Redis: per service and minute a hash of counts ({@code calls:<minute>}, fields
 * {@code <endpoint>/<counter>}), per endpoint and minute a hash of its distribution ({@code latency:<endpoint>:<minute>}, cell
 * to number), and the same by ten minutes under {@code ten:}. All are sums over the instances, on the server's clock. A busy
 * endpoint takes some 1 kB a minute, an idle one nothing.
 *
 * <p>What is over does not change any more, but for late batches after an outage; it is read again after ten minutes.
 */
final class RedisFigures implements FigureStore {

    private static final long KEEP_MILLIS = KEPT.plusMinutes(20).toMillis();
    private static final Duration RECALLED = Duration.ofMinutes(10);
    private static final long SETTLED_MILLIS = 180_000;
    private static final long MOST_RECALLED_BYTES = 8_000_000;

    /** Hashes asked for at once: neither may the server be busy for long, nor a long answer make the line look lost. */
    private static final int AT_ONCE = 50;

    private final RedisLine line;
    private final RedisKeys keys;
    private @Nullable Cache<Place, Map<String, EndpointFigures>> settled;

    /** Reads follow one another: many services asked for at once do not crowd the line. Guarded by this. */
    private CompletionStage<?> lastRead = CompletableFuture.completedFuture(null);

    RedisFigures(RedisConnections redis) {
        this.line = redis.bulk();
        this.keys = redis.keys();
    }

    @Override
    public CompletionStage<Long> add(String service, Batch batch) {
        List<byte[]> arguments = new ArrayList<>();
        arguments.add(RedisText.bytes(batch.sequence()));
        arguments.add(RedisText.bytes(batch.ageMillis()));
        arguments.add(RedisText.bytes(KEEP_MILLIS));
        for (EndpointFigures figures : batch.figures()) {
            arguments.add(RedisText.bytes(figures.endpoint()));
            List<byte[]> counters = counters(figures);
            arguments.add(RedisText.bytes(counters.size() / 2));
            arguments.addAll(counters);
            List<byte[]> cells = new ArrayList<>();
            figures.latency().forEachCell((cell, count) -> {
                cells.add(RedisText.bytes(cell));
                cells.add(RedisText.bytes(count));
            });
            arguments.add(RedisText.bytes(cells.size() / 2));
            arguments.addAll(cells);
        }
        String[] names = {
            keys.of(service, "figures:" + batch.writer()), keys.of(service, "calls:"), keys.of(service, "latency:")
        };
        return line.run(Scripts.ADD, ScriptOutputType.INTEGER, names, arguments.toArray(new byte[0][]));
    }

    @Override
    public synchronized CompletionStage<List<Span>> read(String service, Duration window, Step step) {
        CompletionStage<List<Span>> read = lastRead.handle((done, failure) -> null)
                .thenCompose(next -> RedisText.time(line))
                .thenCompose(now -> spans(service, now, window, step));
        lastRead = read;
        return read;
    }

    private CompletionStage<List<Span>> spans(String service, long now, Duration window, Step step) {
        List<Place> places = new ArrayList<>();
        for (long start = step.floor(now - window.toMillis()); start <= now; start += step.millis()) {
            places.add(new Place(service, step, start));
        }
        Map<Place, Map<String, EndpointFigures>> found = new HashMap<>();
        List<Place> unknown = new ArrayList<>();
        for (Place place : places) {
            Map<String, EndpointFigures> known = settled().getIfPresent(place);
            if (known != null) {
                found.put(place, known);
            } else {
                unknown.add(place);
            }
        }
        return hashes(unknown, place -> keys.of(place.service, "calls:" + place.name()))
                .thenCompose(counts -> {
                    List<Part> parts = new ArrayList<>();
                    counts.forEach((place, fields) -> {
                        Map<String, EndpointFigures> endpoints = counts(place, fields);
                        found.put(place, endpoints);
                        endpoints.values().stream()
                                .filter(figures -> figures.latency().sumNanos() > 0)
                                .forEach(figures -> parts.add(new Part(place, figures)));
                    });
                    return hashes(parts, this::latencyKey);
                })
                .thenApply(latencies -> {
                    latencies.forEach((part, cells) ->
                            whole(found, part.place).put(part.figures.endpoint(), withLatency(part.figures, cells)));
                    for (Place place : unknown) {
                        if (place.start + step.millis() + SETTLED_MILLIS < now) {
                            settled().put(place, whole(found, place));
                        }
                    }
                    List<Span> spans = new ArrayList<>();
                    for (Place place : places) {
                        Map<String, EndpointFigures> endpoints = whole(found, place);
                        if (!endpoints.isEmpty()) {
                            spans.add(new Span(
                                    place.start, step.millis(), now - place.start, new LinkedHashMap<>(endpoints)));
                        }
                    }
                    return spans;
                });
    }

    private static Map<String, EndpointFigures> whole(Map<Place, Map<String, EndpointFigures>> found, Place place) {
        return found.computeIfAbsent(place, missing -> new LinkedHashMap<>());
    }

    /** Without distributions, whose sum alone is filled in. */
    private static Map<String, EndpointFigures> counts(Place place, Map<String, byte[]> fields) {
        Map<String, Map<String, Long>> counters = new TreeMap<>();
        fields.forEach((field, value) -> {
            int slash = field.indexOf('/');
            if (slash > 0) {
                counters.computeIfAbsent(field.substring(0, slash), endpoint -> new HashMap<>())
                        .put(field.substring(slash + 1), Math.max(0, RedisText.number(value)));
            }
        });
        Map<String, EndpointFigures> endpoints = new LinkedHashMap<>();
        counters.forEach((endpoint, counts) -> endpoints.put(endpoint, figures(place.service, endpoint, counts)));
        return endpoints;
    }

    private String latencyKey(Part part) {
        return keys.of(part.place.service, "latency:" + part.figures.endpoint() + ":" + part.place.name());
    }

    private static EndpointFigures withLatency(EndpointFigures figures, Map<String, byte[]> fields) {
        TreeMap<Integer, Long> cells = new TreeMap<>();
        fields.forEach((cell, count) -> cells.put((int) RedisText.number(cell, -1), RedisText.number(count)));
        return figures.with(Latency.of(cells, figures.latency().sumNanos()));
    }

    private static List<byte[]> counters(EndpointFigures figures) {
        List<byte[]> counters = new ArrayList<>();
        put(counters, Counter.SUCCESS, figures.successes());
        put(counters, Counter.FAILURE, figures.unansweredFailures());
        put(counters, Counter.REJECTED, figures.unansweredRejections());
        put(counters, Counter.ANSWERED_FAILURE, figures.answeredFailures());
        put(counters, Counter.ANSWERED_REJECTED, figures.answeredRejections());
        put(counters, Counter.WOULD_REJECT, figures.wouldReject());
        put(counters, Counter.NANOS, figures.latency().sumNanos());
        put(counters, Counter.FAILING, figures.spent().failing());
        put(counters, Counter.ANSWERING_FAILURES, figures.spent().answeringFailures());
        put(counters, Counter.ANSWERING_REJECTIONS, figures.spent().answeringRejections());
        put(counters, Counter.REJECTING, figures.spent().rejecting());
        figures.fallbacks().forEach((strategy, count) -> put(counters, Counter.SERVED + strategy, count));
        figures.fallbackMisses().forEach((strategy, count) -> put(counters, Counter.MISSED + strategy, count));
        return counters;
    }

    private static void put(List<byte[]> counters, String name, long count) {
        if (count != 0) {
            counters.add(RedisText.bytes(name));
            counters.add(RedisText.bytes(count));
        }
    }

    private static EndpointFigures figures(String service, String endpoint, Map<String, Long> counts) {
        Function<String, Long> count = name -> counts.getOrDefault(name, 0L);
        return new EndpointFigures(
                service,
                endpoint,
                count.apply(Counter.SUCCESS),
                count.apply(Counter.FAILURE),
                count.apply(Counter.REJECTED),
                count.apply(Counter.ANSWERED_FAILURE),
                count.apply(Counter.ANSWERED_REJECTED),
                count.apply(Counter.WOULD_REJECT),
                under(Counter.SERVED, counts),
                under(Counter.MISSED, counts),
                new TimeSpent(
                        count.apply(Counter.FAILING),
                        count.apply(Counter.ANSWERING_FAILURES),
                        count.apply(Counter.ANSWERING_REJECTIONS),
                        count.apply(Counter.REJECTING)),
                Latency.of(new TreeMap<>(), count.apply(Counter.NANOS)));
    }

    private static Map<String, Long> under(String prefix, Map<String, Long> counts) {
        Map<String, Long> under = new HashMap<>();
        counts.forEach((name, count) -> {
            if (name.startsWith(prefix)) {
                under.put(name.substring(prefix.length()), count);
            }
        });
        return Map.copyOf(under);
    }

    /** What is in the hashes of one service, those that are not there left out; asked for some at a time. */
    private <A> CompletionStage<Map<A, Map<String, byte[]>>> hashes(List<A> all, Function<A, String> key) {
        Map<A, Map<String, byte[]>> found = new LinkedHashMap<>();
        CompletionStage<?> chain = CompletableFuture.completedFuture(null);
        for (int from = 0; from < all.size(); from += AT_ONCE) {
            List<A> some = all.subList(from, Math.min(all.size(), from + AT_ONCE));
            String[] names = some.stream().map(key).toArray(String[]::new);
            chain = chain.thenCompose(before ->
                            line.<List<byte[]>>run(Scripts.READ, ScriptOutputType.MULTI, names, new byte[0][]))
                    .thenAccept(texts -> sort(texts, some, found));
        }
        return chain.thenApply(done -> found);
    }

    private static <A> void sort(List<byte[]> texts, List<A> asked, Map<A, Map<String, byte[]>> found) {
        int at = 0;
        while (at < texts.size()) {
            A place = asked.get((int) RedisText.number(texts.get(at)));
            int end = at + 2 + (int) RedisText.number(texts.get(at + 1));
            Map<String, byte[]> fields = new LinkedHashMap<>();
            for (int field = at + 2; field < end; field += 2) {
                fields.put(RedisText.text(texts.get(field)), texts.get(field + 1));
            }
            found.put(place, fields);
            at = end;
        }
    }

    private synchronized Cache<Place, Map<String, EndpointFigures>> settled() {
        Cache<Place, Map<String, EndpointFigures>> known = settled;
        if (known == null) {
            known = Caffeine.newBuilder()
                    .expireAfterWrite(RECALLED)
                    .maximumWeight(MOST_RECALLED_BYTES)
                    .<Place, Map<String, EndpointFigures>>weigher((place, endpoints) -> bytes(endpoints))
                    // The common pool belongs to the application.
                    .executor(Runnable::run)
                    .build();
            settled = known;
        }
        return known;
    }

    private static int bytes(Map<String, EndpointFigures> endpoints) {
        int bytes = 200;
        for (EndpointFigures figures : endpoints.values()) {
            bytes += 300 + 12 * figures.latency().occupied();
        }
        return bytes;
    }

    private record Place(String service, Step step, long start) {

        String name() {
            long number = start / step.millis();
            return step == Step.MINUTE ? Long.toString(number) : "ten:" + number;
        }
    }

    private record Part(Place place, EndpointFigures figures) {}

    /** Names of counters, behind the endpoint's and a slash. */
    private static final class Counter {

        static final String SUCCESS = "success";
        static final String FAILURE = "failure";
        static final String REJECTED = "rejected";
        static final String ANSWERED_FAILURE = "fallback_failure";
        static final String ANSWERED_REJECTED = "fallback_rejected";
        static final String WOULD_REJECT = "would_reject";
        static final String NANOS = "nanos";
        static final String FAILING = "nanos_failing";
        static final String ANSWERING_FAILURES = "nanos_fallback_failure";
        static final String ANSWERING_REJECTIONS = "nanos_fallback_rejected";
        static final String REJECTING = "nanos_rejected";
        static final String SERVED = "served/";
        static final String MISSED = "missed/";
    }

    /** Loaded when first used. */
    private static final class Scripts {

        static final RedisScript ADD = RedisScript.load("kinds.lua", "figures-add.lua");
        static final RedisScript READ = RedisScript.load("figures-read.lua");
    }
}
