package dev.resilience.fallback;

import dev.resilience.fallback.CallStore.Place;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What operators see of the calls that were taken in charge, and what they can do with them. Thread-safe; no method waits.
 * Everything here may be shown: see {@link CallView}.
 */
public final class Backlog {

    /** A call that a person puts back is made for so long, milliseconds. */
    private static final long REQUEUED_MILLIS = 24L * 60 * 60 * 1_000;

    private static final int MOST_LISTED = 1_000;

    private final CallStore calls;
    private final Supplier<? extends Collection<String>> services;
    private final LongSupplier epochMillis;

    /** How many calls of a service wait, and how many are for review. */
    public record Sizes(long queue, long review) {}

    /** A page, and how many there are in all. */
    public record Page(long total, List<CallView> items) {}

    /**
     * @param services names, in file order
     * @param epochMillis Unix milliseconds
     */
    public Backlog(CallStore calls, Supplier<? extends Collection<String>> services, LongSupplier epochMillis) {
        this.calls = calls;
        this.services = services;
        this.epochMillis = epochMillis;
    }

    /** Of every service, also of those with nothing. */
    public CompletionStage<Map<String, Sizes>> sizes() {
        CompletionStage<Map<String, Sizes>> all = CompletableFuture.completedStage(new LinkedHashMap<>());
        for (String service : services.get()) {
            CompletionStage<Sizes> one =
                    calls.size(Place.QUEUE, service).thenCombine(calls.size(Place.REVIEW, service), Sizes::new);
            all = all.thenCombine(one, (sizes, size) -> {
                sizes.put(service, size);
                return sizes;
            });
        }
        return all;
    }

    /** How often this instance made calls of a service that may have been made before; see {@link CallStore#repeats}. */
    public long repeats(String service) {
        return calls.repeats(service);
    }

    /**
     * Calls in one place, service by service in the order of acceptance.
     *
     * @param service null for all
     */
    public CompletionStage<Page> list(Place place, @Nullable String service, int offset, int limit) {
        Collection<String> asked = service == null ? services.get() : List.of(service);
        CompletionStage<Page> page = CompletableFuture.completedStage(new Page(0, List.of()));
        for (String name : asked) {
            page = page.thenCompose(before -> append(before, place, name, offset, Math.min(limit, MOST_LISTED)));
        }
        return page;
    }

    private CompletionStage<Page> append(Page before, Place place, String service, int offset, int limit) {
        return calls.size(place, service).thenCompose(size -> {
            long from = Math.max(0, offset - before.total());
            int wanted = limit - before.items().size();
            long total = before.total() + size;
            if (wanted <= 0 || from >= size) {
                return CompletableFuture.completedStage(new Page(total, before.items()));
            }
            return calls.list(place, service, (int) from, wanted).thenApply(found -> {
                List<CallView> items = new ArrayList<>(before.items());
                found.forEach(call -> items.add(CallView.of(call)));
                return new Page(total, List.copyOf(items));
            });
        });
    }

    /** Completes with null when there is none of this name. */
    public CompletionStage<@Nullable CallView> show(Place place, String id) {
        return calls.find(place, id).thenApply(call -> call == null ? null : CallView.of(call));
    }

    /** Makes a waiting call due now. @return false when there is none of this name */
    public CompletionStage<Boolean> retry(String id) {
        return calls.hasten(id);
    }

    /** Puts a call for review back to be made. @param who for its history */
    public CompletionStage<Boolean> requeue(String id, String who) {
        return calls.find(Place.REVIEW, id).thenCompose(call -> {
            if (call == null) {
                return CompletableFuture.completedStage(false);
            }
            long now = epochMillis.getAsLong();
            return calls.requeue(call.requeued(now, who, now + REQUEUED_MILLIS));
        });
    }

    /** Takes note that a person has seen to a call for review. */
    public CompletionStage<Boolean> resolve(String id) {
        return calls.remove(Place.REVIEW, id);
    }

    /** Gives a call up. */
    public CompletionStage<Boolean> drop(Place place, String id) {
        return calls.remove(place, id);
    }
}
