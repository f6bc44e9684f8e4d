package dev.resilience.metrics;

import dev.resilience.breaker.StoreAway;
import dev.resilience.log.AgentLog;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes down what this instance measured: into its own log, and into the fleet's. Every few seconds each service in which
 * there were calls costs one command; the pace slows as the fleet grows, so that all instances together send some ten
 * batches a second and service at most. What the fleet's store did not acknowledge is kept, merged per minute, and sent
 * again; each batch counts once.
 *
 * <p>Thread-safe. Nothing here waits.
 */
public final class Scribe implements AutoCloseable {

    private static final long QUICKEST_MILLIS = 5_000;
    private static final long SLOWEST_MILLIS = 60_000;
    private static final double BATCHES_PER_MINUTE = 600;

    /** Batches of a service kept for a store that is away: two hours, or less of a busy one. The own log has the day. */
    private static final int MOST_WAITING = 240;

    /** Cells of one batch, so that adding it takes a store well under a millisecond. */
    private static final int MOST_CELLS = 100;

    private static final long NANOS_PER_MILLI = 1_000_000;

    private final CallMetrics metrics;
    private final MinuteLog own;
    private final @Nullable FigureStore fleet;
    private final String writer;
    private final ScheduledExecutorService scheduler;
    private final LongSupplier nanoTime;
    private final LongSupplier epochMillis;
    private final Map<String, Long> seen = new HashMap<>();
    private final Map<String, EndpointFigures> told = new HashMap<>();
    private final Map<String, Outbox> outboxes = new LinkedHashMap<>();
    private long ownSequence;
    private double paceMillis = QUICKEST_MILLIS;
    private boolean closed;

    /**
     * @param fleet null for an instance without a fleet
     * @param writer names this life of this instance, unique in the fleet
     * @param nanoTime monotonic
     * @param epochMillis Unix milliseconds on this host's clock
     */
    public Scribe(
            CallMetrics metrics,
            MinuteLog own,
            @Nullable FigureStore fleet,
            String writer,
            ScheduledExecutorService scheduler,
            LongSupplier nanoTime,
            LongSupplier epochMillis) {
        this.metrics = metrics;
        this.own = own;
        this.fleet = fleet;
        this.writer = writer;
        this.scheduler = scheduler;
        this.nanoTime = nanoTime;
        this.epochMillis = epochMillis;
    }

    public void start() {
        plan();
    }

    /**
     * Writes down everything up to now.
     *
     * @return completes when the fleet has it, exceptionally when it cannot be told; at once where there is no fleet
     */
    public CompletionStage<?> flush() {
        List<CompletableFuture<?>> sent = new ArrayList<>();
        synchronized (this) {
            gather();
            for (Outbox outbox : outboxes.values()) {
                if (!outbox.waiting.isEmpty()) {
                    sent.add(outbox.send());
                }
            }
        }
        return CompletableFuture.allOf(sent.toArray(new CompletableFuture<?>[0]));
    }

    /** Brings the own log up to date, and tells nobody. */
    synchronized void gatherOwn() {
        gather();
    }

    /** Tells the fleet what is left and stops. */
    @Override
    public void close() {
        flush();
        synchronized (this) {
            closed = true;
        }
    }

    private void plan() {
        long millis;
        synchronized (this) {
            if (closed) {
                return;
            }
            // Half to one and a half: instances started together do not stay in step.
            millis = (long) (paceMillis * (0.5 + ThreadLocalRandom.current().nextDouble()));
        }
        try {
            scheduler.schedule(this::round, millis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException closing) {
            // The agent's threads are gone.
        }
    }

    private void round() {
        try {
            flush().exceptionally(failure -> {
                if (!StoreAway.isRootOf(failure)) {
                    AgentLog.warn(
                            "figures",
                            "Redis does not take this instance's figures; they are kept for a while and sent when it does",
                            failure);
                }
                return null;
            });
        } catch (RuntimeException failure) {
            AgentLog.warn("figures", "the figures of the last seconds could not be written down", failure);
        } finally {
            plan();
        }
    }

    private void gather() {
        Map<String, List<EndpointFigures>> fresh = new LinkedHashMap<>();
        for (EndpointFigures now : metrics.moved(seen)) {
            String name = now.service() + '\n' + now.endpoint();
            EndpointFigures before = told.getOrDefault(name, EndpointFigures.none(now.service(), now.endpoint()));
            EndpointFigures since = now.minus(before);
            // What was told, not what was read: a failure read between its two additions counts as a success for a
            // moment,
            // and a difference of readings would never make that good.
            told.put(name, before.plus(since));
            if (!since.isEmpty()) {
                fresh.computeIfAbsent(now.service(), service -> new ArrayList<>())
                        .add(since);
            }
        }
        fresh.forEach((service, figures) -> {
            own.add(service, new FigureStore.Batch(writer, ++ownSequence, 0, figures));
            if (fleet != null) {
                outboxes.computeIfAbsent(service, name -> new Outbox(name, fleet))
                        .put(figures);
            }
        });
    }

    private synchronized void pace(long batchesBefore) {
        double wanted = paceMillis * batchesBefore / BATCHES_PER_MINUTE;
        paceMillis = Math.min(SLOWEST_MILLIS, Math.max(QUICKEST_MILLIS, (paceMillis + wanted) / 2));
    }

    /** What one service still has to tell the fleet, oldest first; the first may be under way. Guarded by the scribe. */
    private final class Outbox {

        private final String service;
        private final FigureStore store;
        private final Deque<Letter> waiting = new ArrayDeque<>();
        private @Nullable CompletableFuture<@Nullable Object> underWay;
        private long sequence;

        Outbox(String service, FigureStore store) {
            this.service = service;
            this.store = store;
        }

        void put(List<EndpointFigures> figures) {
            long minute = FigureStore.Step.MINUTE.floor(epochMillis.getAsLong());
            for (EndpointFigures piece : figures) {
                piece.split(MOST_CELLS).forEach(each -> put(minute, each));
            }
            while (waiting.size() > MOST_WAITING) {
                waiting.removeFirst();
            }
        }

        private void put(long minute, EndpointFigures each) {
            Letter last = waiting.peekLast();
            if (last == null || last.sealed || last.minute != minute || !last.takes(each)) {
                last = new Letter(minute, nanoTime.getAsLong(), ++sequence);
                waiting.addLast(last);
            }
            last.figures.merge(each.endpoint(), each, EndpointFigures::plus);
        }

        /** Completes when all that waits now is there. */
        CompletableFuture<?> send() {
            if (underWay != null) {
                return underWay;
            }
            CompletableFuture<@Nullable Object> done = new CompletableFuture<>();
            underWay = done;
            next(done);
            return done;
        }

        private void next(CompletableFuture<@Nullable Object> done) {
            Letter letter;
            synchronized (Scribe.this) {
                letter = waiting.peekFirst();
                if (letter == null) {
                    underWay = null;
                } else {
                    letter.sealed = true;
                }
            }
            if (letter == null) {
                done.complete(null);
                return;
            }
            long age = Math.max(0, (nanoTime.getAsLong() - letter.atNanos) / NANOS_PER_MILLI);
            CompletionStage<Long> added;
            try {
                added = store.add(
                        service,
                        new FigureStore.Batch(writer, letter.sequence, age, List.copyOf(letter.figures.values())));
            } catch (RuntimeException refused) {
                added = CompletableFuture.failedFuture(refused);
            }
            added.whenComplete((batches, failure) -> {
                if (failure != null) {
                    synchronized (Scribe.this) {
                        underWay = null;
                    }
                    done.completeExceptionally(failure);
                    return;
                }
                pace(batches);
                synchronized (Scribe.this) {
                    if (waiting.peekFirst() == letter) {
                        waiting.removeFirst();
                    }
                }
                next(done);
            });
        }
    }

    /** Figures of one minute; sealed once sent, because the same sequence must say the same when it is sent again. */
    private static final class Letter {

        private final long minute;
        private final long atNanos;
        private final long sequence;
        private final Map<String, EndpointFigures> figures = new LinkedHashMap<>();
        private boolean sealed;

        Letter(long minute, long atNanos, long sequence) {
            this.minute = minute;
            this.atNanos = atNanos;
            this.sequence = sequence;
        }

        boolean takes(EndpointFigures more) {
            int cells = more.latency().occupied();
            for (EndpointFigures each : figures.values()) {
                cells += each.latency().occupied();
            }
            return figures.isEmpty() || cells <= MOST_CELLS;
        }
    }
}
