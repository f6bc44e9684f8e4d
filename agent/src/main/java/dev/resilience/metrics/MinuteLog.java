package dev.resilience.metrics;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;

/**
 * The last 24 hours inside this JVM, packed: about 250 bytes per endpoint and busy minute, so at most some 360 kB an endpoint.
 * The only store of an instance without Redis, and what one with Redis answers from while Redis is away. Thread-safe.
 */
public final class MinuteLog implements FigureStore {

    private final LongSupplier epochMillis;
    private final Map<String, NavigableMap<Long, Map<String, byte[]>>> services = new HashMap<>();
    private final Map<String, Batch> last = new HashMap<>();

    /** @param epochMillis Unix milliseconds on this host's clock */
    public MinuteLog(LongSupplier epochMillis) {
        this.epochMillis = epochMillis;
    }

    @Override
    public synchronized CompletionStage<Long> add(String service, Batch batch) {
        Batch before = last.put(service + '\n' + batch.writer(), batch);
        NavigableMap<Long, Map<String, byte[]>> minutes = services.computeIfAbsent(service, s -> new TreeMap<>());
        if (before == null || before.sequence() != batch.sequence()) {
            long now = epochMillis.getAsLong();
            long minute = Step.MINUTE.floor(now - batch.ageMillis());
            Map<String, byte[]> there = minutes.computeIfAbsent(minute, m -> new LinkedHashMap<>());
            for (EndpointFigures figures : batch.figures()) {
                there.merge(
                        figures.endpoint(),
                        Packed.pack(figures),
                        (old, fresh) -> Packed.pack(
                                Packed.unpack(service, figures.endpoint(), old).plus(figures)));
            }
            minutes.headMap(Step.MINUTE.floor(now - KEPT.toMillis()), false).clear();
        }
        return CompletableFuture.completedFuture(0L);
    }

    @Override
    public CompletionStage<List<Span>> read(String service, Duration window, Step step) {
        return CompletableFuture.completedFuture(spans(service, window, step));
    }

    synchronized List<Span> spans(String service, Duration window, Step step) {
        NavigableMap<Long, Map<String, byte[]>> minutes = services.getOrDefault(service, new TreeMap<>());
        long now = epochMillis.getAsLong();
        long since = step.floor(now - window.toMillis());
        NavigableMap<Long, Map<String, EndpointFigures>> spans = new TreeMap<>();
        minutes.tailMap(since, true).forEach((minute, endpoints) -> {
            Map<String, EndpointFigures> span =
                    spans.computeIfAbsent(step.floor(minute), start -> new LinkedHashMap<>());
            endpoints.forEach((endpoint, packed) ->
                    span.merge(endpoint, Packed.unpack(service, endpoint, packed), EndpointFigures::plus));
        });
        List<Span> found = new ArrayList<>();
        spans.forEach((start, endpoints) -> found.add(new Span(start, step.millis(), now - start, endpoints)));
        return found;
    }
}
