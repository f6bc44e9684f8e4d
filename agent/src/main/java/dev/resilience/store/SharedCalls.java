package dev.resilience.store;

import dev.resilience.breaker.StoreAway;
import dev.resilience.fallback.CallStore;
import dev.resilience.fallback.QueuedCall;
import dev.resilience.log.AgentLog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Calls that the fleet shares through Redis, and that no loss of Redis loses. Thread-safe.
 *
 * <p>Whoever accepts a call has it in a journal of its own first, then hands it to Redis, and forgets it when the fleet is
 * done with it. What Redis has lost is handed over again. While Redis does not answer, an instance makes the calls that it
 * has not handed over; those that it has wait for Redis, because another instance may be making them.
 *
 * <p>A Redis that comes back may have forgotten everything, or what was done since it last wrote to its disk. So whoever made
 * a call remembers that for a while, also over the end of its JVM, and says so when Redis is back; and nothing is made in the
 * first moments, while every instance says what was made and hands over what is missing. Made twice is then only what was
 * being made at the moment when its JVM was killed.
 */
final class SharedCalls implements CallStore {

    private static final int AT_ONCE = 500;

    /** So many times {@link #AT_ONCE} are compared with the fleet's each second. */
    private static final int PAGES = 10;

    /** Outcomes that Redis has yet to hear; when there are more, calls are made twice rather than memory filled. */
    private static final int MOST_UNTOLD = 10_000;

    /** By then every instance has noticed that Redis is back and has told it what it may have forgotten. */
    private static final long GRACE_NANOS = TimeUnit.SECONDS.toNanos(2);

    /** A JVM that begins waits so long for Redis before it makes what it found on its disk. */
    private static final long FIRST_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** An application's call waits no longer for its place in a line, nor for that place to be taken. */
    private static final Duration FOR_A_PLACE = Duration.ofMillis(250);

    private static final Duration FOR_REPLICAS = Duration.ofMillis(500);

    private final LocalCalls own;
    private final RedisCalls fleet;
    private final @Nullable Replicas replicas;
    private final LongSupplier nanoTime;
    private final LongSupplier epochMillis;
    private final long begunNanos;
    private final ConcurrentLinkedQueue<Outcome> untold = new ConcurrentLinkedQueue<>();

    /** How many calls a service of the fleet had in a place, when last heard. */
    private final Map<String, Long> sizes = new ConcurrentHashMap<>();

    /** How often Redis had been there when this instance last began to catch up with it. */
    private volatile int caughtUpWith;

    private volatile boolean catchingUp;

    /** Whether what JVMs left behind since Redis came back is yet to be looked for. */
    private volatile boolean diedMeanwhile;

    private volatile long graceUntilNanos;

    private record Outcome(Held held, Verdict verdict) {}

    /**
     * @param replicas null where they are not waited for
     * @param nanoTime monotonic, nanoseconds
     * @param epochMillis Unix milliseconds
     */
    SharedCalls(
            LocalCalls own,
            RedisCalls fleet,
            @Nullable Replicas replicas,
            LongSupplier nanoTime,
            LongSupplier epochMillis) {
        this.own = own;
        this.fleet = fleet;
        this.replicas = replicas;
        this.nanoTime = nanoTime;
        this.epochMillis = epochMillis;
        begunNanos = nanoTime.getAsLong();
        graceUntilNanos = begunNanos;
    }

    @Override
    public CompletionStage<Added> add(QueuedCall call, int most) {
        look();
        if (fleet.answers() && sizes.getOrDefault(sizeKey(call), 0L) >= most) {
            // What was heard may be old: the fleet decides. It must not have one of a line before those that wait here.
            return (call.order() == null ? fleet.put(call, most, false, null) : room(call, most))
                    .handle((answer, failure) -> {
                        if (answer != null) {
                            heard(call, answer);
                        }
                        return answer != null && answer.code() == RedisCalls.Answer.FULL
                                ? CompletableFuture.completedStage(Added.FULL)
                                : keep(call, most);
                    })
                    .thenCompose(stage -> stage);
        }
        return keep(call, most);
    }

    private CompletionStage<RedisCalls.Answer> room(QueuedCall call, int most) {
        return fleet.size(call.reason() == null ? Place.QUEUE : Place.REVIEW, call.service())
                .thenApply(size -> new RedisCalls.Answer(size >= most ? RedisCalls.Answer.FULL : 1, size));
    }

    @Override
    public CompletionStage<?> queueUp(String service, String order) {
        if (!fleet.answers()) {
            return CompletableFuture.completedStage(false);
        }
        CompletableFuture<Boolean> asked = new CompletableFuture<>();
        fleet.last(service, order).whenComplete((last, failure) -> {
            if (last != null) {
                QueuedCall.nextAfter(last, epochMillis.getAsLong());
            }
            asked.complete(failure == null);
        });
        fleet.after(FOR_A_PLACE, () -> asked.complete(false));
        return asked;
    }

    private CompletionStage<Added> keep(QueuedCall call, int most) {
        // What was accepted before it may have to be handed over again, and goes first.
        boolean mayGo = fleet.answers() && !(catchingUp && call.order() != null);
        return own.keep(call, most, mayGo)
                .handle((kept, failure) -> {
                    if (failure != null) {
                        // No disk: then it is durable when Redis has it.
                        return addToFleetAlone(call, most);
                    }
                    LocalCalls.Offered offered = kept.offered();
                    return offered == null ? CompletableFuture.completedStage(kept.added()) : handedOver(offered);
                })
                .thenCompose(stage -> stage);
    }

    /**
     * What is on this disk is kept already: replicas are waited for, and the fleet where an order is asked for, so that
     * whoever comes after the answer comes behind it, wherever. Neither for long.
     */
    private CompletionStage<Added> handedOver(LocalCalls.Offered offered) {
        CompletionStage<?> handedOver = handOver(offered);
        if (replicas == null && offered.call().order() == null) {
            return CompletableFuture.completedStage(Added.KEPT);
        }
        CompletableFuture<Added> kept = new CompletableFuture<>();
        handedOver.whenComplete((done, impossible) -> kept.complete(Added.KEPT));
        fleet.after(replicas == null ? FOR_A_PLACE : FOR_REPLICAS, () -> kept.complete(Added.KEPT));
        return kept;
    }

    private CompletionStage<Added> addToFleetAlone(QueuedCall call, int most) {
        CompletionStage<Added> told = fleet.add(call, most);
        Replicas waitedFor = replicas;
        if (waitedFor == null) {
            return told;
        }
        return told.thenCompose(added -> added == Added.FULL
                ? CompletableFuture.completedStage(added)
                : waitedFor
                        .have(call.service())
                        .thenCompose(have -> have ? CompletableFuture.completedStage(added) : takenBack(call)));
    }

    /** What the application is told was not taken in charge must not be made either. */
    private CompletionStage<Added> takenBack(QueuedCall call) {
        return fleet.remove(call.reason() == null ? Place.QUEUE : Place.REVIEW, call.id())
                .thenCompose(removed -> StoreAway.future("neither a disk nor replicas of Redis can keep a call"));
    }

    @Override
    public CompletionStage<List<Held>> hold(String service, int most, Duration lease) {
        look();
        long now = nanoTime.getAsLong();
        if (fleet.answers()) {
            if (diedMeanwhile && !catchingUp && now - graceUntilNanos >= 0) {
                lookAgain();
            }
            return catchingUp || now - graceUntilNanos < 0
                    ? CompletableFuture.completedStage(List.of())
                    : fleet.hold(service, most, lease).thenApply(this::notMadeYet);
        }
        if (caughtUpWith == 0 && now - begunNanos < FIRST_NANOS) {
            return CompletableFuture.completedStage(List.of());
        }
        return own.hold(service, most, lease)
                .thenApply(held -> held.stream()
                        .map(one -> new Held(one.call(), -one.token(), one.again()))
                        .toList());
    }

    private List<Held> notMadeYet(List<Held> held) {
        List<Held> open = new ArrayList<>(held.size());
        for (Held one : held) {
            if (own.made().contains(one.call().id())) {
                settle(one, DoneCalls.VERDICT);
                continue;
            }
            open.add(one);
            if (one.again()) {
                own.repeated(one.call().service());
            }
        }
        return open;
    }

    /** Own tokens are below 0, the fleet's above. */
    @Override
    public CompletionStage<Boolean> settle(Held held, Verdict verdict) {
        if (held.token() < 0) {
            return own.settle(new Held(held.call(), -held.token()), verdict);
        }
        return fleet.settle(held, verdict).handle((settled, failure) -> {
            if (verdict instanceof Done) {
                own.made(held.call().id(), failure == null && settled);
            } else if (failure != null && untold.size() < MOST_UNTOLD) {
                untold.add(new Outcome(held, verdict));
            }
            return failure != null || settled;
        });
    }

    /** Begins to catch up with a Redis that was away. */
    private void look() {
        int times = fleet.timesOpened();
        if (times == caughtUpWith || !fleet.answers()) {
            return;
        }
        synchronized (this) {
            if (times == caughtUpWith) {
                return;
            }
            boolean first = caughtUpWith == 0;
            if (first && own.isUnused()) {
                caughtUpWith = times;
                return;
            }
            // Also where it was never met before: it may have gone with the JVM that worked here before.
            graceUntilNanos = nanoTime.getAsLong() + GRACE_NANOS;
            catchingUp = true;
            diedMeanwhile = true;
            caughtUpWith = times;
        }
        own.made().tellAgain();
        own.compareFromTheFirst();
        catchUp(times);
    }

    /** JVMs may have died after they accepted what Redis has lost: nothing is made before that is handed over. */
    private void lookAgain() {
        int times;
        synchronized (this) {
            if (!diedMeanwhile) {
                return;
            }
            diedMeanwhile = false;
            if (own.isUnused()) {
                return;
            }
            catchingUp = true;
            times = caughtUpWith;
        }
        catchUp(times);
    }

    private void catchUp(int times) {
        // First what JVMs that died meanwhile have made.
        own.adopt()
                .thenCompose(adopted -> tellDone())
                .thenCompose(told -> compareSome(Integer.MAX_VALUE))
                .thenCompose(compared -> handOverAll())
                .whenComplete((done, failure) -> caughtUp(times));
    }

    private synchronized void caughtUp(int times) {
        if (caughtUpWith == times) {
            catchingUp = false;
        }
    }

    @Override
    public long repeats(String service) {
        return own.repeats(service);
    }

    @Override
    public boolean isUnused() {
        return own.isUnused();
    }

    @Override
    public void tend() {
        look();
        own.tend();
        if (!fleet.answers() || catchingUp) {
            return;
        }
        for (Outcome outcome = untold.poll(); outcome != null; outcome = untold.poll()) {
            settle(outcome.held(), outcome.verdict());
        }
        tellDone();
        if (own.isUnused()) {
            return;
        }
        handOverAll();
        compareSome(PAGES);
    }

    /** Tells the fleet of calls that were made here and that it may not know of. */
    private CompletionStage<Boolean> tellDone() {
        List<String> ids = own.made().untold(AT_ONCE);
        Map<String, List<String>> byService = new HashMap<>();
        ids.forEach(id -> byService
                .computeIfAbsent(QueuedCall.serviceOf(id), service -> new ArrayList<>())
                .add(id));
        CompletionStage<Boolean> all = CompletableFuture.completedStage(true);
        for (Map.Entry<String, List<String>> one : byService.entrySet()) {
            CompletionStage<Boolean> told = fleet.done(one.getKey(), one.getValue())
                    .thenApply(found -> told(one.getKey(), one.getValue(), found));
            all = all.thenCombine(told, (before, now) -> now);
        }
        return all.thenCompose(told -> ids.size() < AT_ONCE ? CompletableFuture.completedStage(true) : tellDone());
    }

    private boolean told(String service, List<String> ids, List<RedisCalls.Found> found) {
        ids.forEach(own.made()::told);
        for (RedisCalls.Found one : found) {
            if (one == RedisCalls.Found.HELD) {
                own.repeated(service);
            }
        }
        return true;
    }

    /** What is done should be crossed off here before Redis can forget that it is: then it would be made again. */
    private CompletionStage<Boolean> compareSome(int pages) {
        return own.someHandedOver(AT_ONCE).thenCompose(byService -> {
            CompletionStage<Boolean> all = CompletableFuture.completedStage(true);
            for (Map.Entry<String, List<String>> page : byService.entrySet()) {
                all = all.thenCombine(compare(page.getKey(), page.getValue()), (before, now) -> now);
            }
            boolean more = pages > 1 && byService.values().stream().anyMatch(page -> page.size() == AT_ONCE);
            return more ? all.thenCompose(compared -> compareSome(pages - 1)) : all;
        });
    }

    /** Hands over what the fleet does not have. */
    private CompletionStage<Boolean> handOverAll() {
        return own.offer(AT_ONCE).thenCompose(calls -> {
            CompletionStage<Boolean> all = CompletableFuture.completedStage(true);
            for (LocalCalls.Offered call : calls) {
                all = all.thenCombine(put(call), (before, taken) -> before && taken);
            }
            return all.thenCompose(
                    taken -> taken && calls.size() == AT_ONCE ? handOverAll() : CompletableFuture.completedStage(true));
        });
    }

    /** Completes always normally: with whether the fleet has the call now, or is done with it. */
    private CompletionStage<Boolean> put(LocalCalls.Offered offered) {
        QueuedCall call = offered.call();
        boolean announced = call.reason() != null && own.isAnnounced(call.id());
        return fleet.put(call, 0, announced, offered.before()).handle((answer, failure) -> {
            if (failure != null || answer.code() == RedisCalls.Answer.NOT_YET) {
                // It is offered again behind the one before it, which is lost on the way or in Redis.
                own.refused(call.id());
                return false;
            }
            heard(call, answer);
            if (answer.code() == RedisCalls.Answer.DONE) {
                own.forget(call.id());
            } else {
                own.handedOver(call.id(), true);
            }
            return true;
        });
    }

    /** Completes always normally: when the fleet has the call, and the replicas that are waited for, or cannot have it now. */
    private CompletionStage<?> handOver(LocalCalls.Offered offered) {
        Replicas waitedFor = replicas;
        CompletionStage<Boolean> put = put(offered);
        return waitedFor == null
                ? put
                : put.thenCompose(taken ->
                        taken ? waitedFor.have(offered.call().service()) : CompletableFuture.completedStage(false));
    }

    /** Forgets what the fleet is done with, and takes back what it knows nothing of, to be handed over again. */
    private CompletionStage<Boolean> compare(String service, List<String> ids) {
        return fleet.know(service, ids).thenApply(knowledge -> {
            int lost = 0;
            for (int i = 0; i < ids.size(); i++) {
                if (knowledge.get(i) == RedisCalls.Knowledge.DONE) {
                    own.forget(ids.get(i));
                } else if (knowledge.get(i) == RedisCalls.Knowledge.NOTHING) {
                    lost++;
                    own.handedOver(ids.get(i), false);
                }
            }
            if (lost > 0) {
                AgentLog.warn(
                        "queue-lost", "Redis has lost queued calls of " + service + ": they are handed over again");
            }
            return true;
        });
    }

    @Override
    public CompletionStage<List<QueuedCall>> list(Place place, String service, int offset, int limit) {
        return visible().list(place, service, offset, limit);
    }

    @Override
    public CompletionStage<Set<String>> services() {
        return own.services();
    }

    @Override
    public CompletionStage<Set<String>> named() {
        CompletionStage<Set<String>> here = own.services();
        return !fleet.answers()
                ? here
                : fleet.named().exceptionally(away -> Set.of()).thenCombine(here, (theirs, mine) -> {
                    Set<String> all = new TreeSet<>(theirs);
                    all.addAll(mine);
                    return all;
                });
    }

    @Override
    public CompletionStage<Long> size(Place place, String service) {
        return visible().size(place, service);
    }

    @Override
    public CompletionStage<Long> critical(String service) {
        return visible().critical(service);
    }

    @Override
    public CompletionStage<@Nullable QueuedCall> find(Place place, String id) {
        return visible().find(place, id);
    }

    @Override
    public CompletionStage<List<QueuedCall>> unannounced(String service, int most, Duration lease) {
        return visible().unannounced(service, most, lease);
    }

    @Override
    public CompletionStage<?> announced(String service, List<String> ids) {
        CompletionStage<?> here = own.announced(service, ids);
        return fleet.answers() ? fleet.announced(service, ids) : here;
    }

    @Override
    public CompletionStage<Boolean> hasten(String id) {
        return visible().hasten(id);
    }

    @Override
    public CompletionStage<Boolean> requeue(QueuedCall call) {
        return visible().requeue(call);
    }

    @Override
    public CompletionStage<Boolean> expire(QueuedCall call) {
        return visible().expire(call);
    }

    @Override
    public CompletionStage<Boolean> remove(Place place, String id) {
        if (!fleet.answers()) {
            return own.remove(place, id);
        }
        return fleet.remove(place, id).thenCompose(removed -> {
            if (removed) {
                own.forget(id);
            }
            return CompletableFuture.completedStage(removed);
        });
    }

    /** What there is to see: the fleet's calls, or while Redis does not answer those of this instance. */
    private CallStore visible() {
        return fleet.answers() ? fleet : own;
    }

    private void heard(QueuedCall call, RedisCalls.Answer answer) {
        sizes.put(sizeKey(call), answer.size());
    }

    private static String sizeKey(QueuedCall call) {
        return (call.reason() == null ? "q" : "r") + call.service();
    }
}
