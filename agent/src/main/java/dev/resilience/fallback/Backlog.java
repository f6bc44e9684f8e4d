package dev.resilience.fallback;

import dev.resilience.fallback.CallStore.Place;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
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

    /** Of every service, also of those with nothing, and of those that the configuration has no more. */
    public CompletionStage<Map<String, Sizes>> sizes() {
        return names().thenCompose(this::sizes);
    }

    private CompletionStage<Map<String, Sizes>> sizes(Collection<String> names) {
        CompletionStage<Map<String, Sizes>> all = CompletableFuture.completedStage(new LinkedHashMap<>());
        for (String service : names) {
            CompletionStage<Sizes> one =
                    calls.size(Place.QUEUE, service).thenCombine(calls.size(Place.REVIEW, service), Sizes::new);
            all = all.thenCombine(one, (sizes, size) -> {
                sizes.put(service, size);
                return sizes;
            });
        }
        return all;
    }

    private CompletionStage<Collection<String>> names() {
        return calls.named().exceptionally(away -> Set.of()).thenApply(known -> {
            Collection<String> names = new LinkedHashSet<>(services.get());
            names.addAll(known);
            return names;
        });
    }

    /** How often this instance made calls of a service that may have been made before; see {@link CallStore#repeats}. */
    public long repeats(String service) {
        return calls.repeats(service);
    }

    /**
     * Calls in one place, service by service in the order of acceptance; of those for review the critical ones of all services
     * first.
     *
     * @param service null for all
     */
    public CompletionStage<Page> list(Place place, @Nullable String service, int offset, int limit) {
        CompletionStage<Collection<String>> asked =
                service == null ? names() : CompletableFuture.completedStage(List.of(service));
        return asked.thenCompose(names -> shares(place, names)).thenCompose(shares -> {
            CompletionStage<Page> page = CompletableFuture.completedStage(new Page(0, List.of()));
            for (Share share : shares) {
                page = page.thenCompose(before -> append(before, place, share, offset, Math.min(limit, MOST_LISTED)));
            }
            return page;
        });
    }

    /** Calls of a service that stand together in the list of all: so many of its own list, from one on. */
    private record Share(String service, long from, long count) {}

    private CompletionStage<List<Share>> shares(Place place, Collection<String> names) {
        CompletionStage<List<Share>> first = CompletableFuture.completedStage(new ArrayList<>());
        List<Share> last = new ArrayList<>();
        for (String name : names) {
            CompletionStage<Long> critical =
                    place == Place.REVIEW ? calls.critical(name) : CompletableFuture.completedStage(0L);
            CompletionStage<Share> rest = critical.thenCombine(
                    calls.size(place, name), (some, all) -> new Share(name, some, Math.max(0, all - some)));
            first = first.thenCombine(rest, (shares, share) -> {
                shares.add(new Share(name, 0, share.from));
                last.add(share);
                return shares;
            });
        }
        return first.thenApply(shares -> {
            shares.addAll(last);
            return shares;
        });
    }

    private CompletionStage<Page> append(Page before, Place place, Share share, int offset, int limit) {
        long skipped = Math.max(0, offset - before.total());
        long wanted = Math.min(limit - before.items().size(), share.count - skipped);
        long total = before.total() + share.count;
        if (wanted <= 0) {
            return CompletableFuture.completedStage(new Page(total, before.items()));
        }
        return calls.list(place, share.service, (int) (share.from + skipped), (int) wanted)
                .thenApply(found -> {
                    List<CallView> items = new ArrayList<>(before.items());
                    found.forEach(call -> items.add(CallView.of(call)));
                    return new Page(total, List.copyOf(items));
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
