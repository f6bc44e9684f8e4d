package dev.resilience.metrics;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * One endpoint's counts. A thread counts in the stripe its id falls on, so that threads rarely meet on a cache line; a
 * stripe comes into being with its first call. A successful call, which is nearly every call, costs two additions: its
 * cell of the latency distribution and the sum. Successes themselves are what the distribution holds beyond the failures.
 */
final class Tally implements CallRecorder.EndpointRecorder {

    private static final int MOST_STRIPES = 8;

    /** As many as threads run at once, so that they seldom meet; some 16 kB each. */
    static final int STRIPES = stripes(Runtime.getRuntime().availableProcessors());

    // Slots of a stripe. The first eight are left empty, to keep the array's length word, which every call reads, off
    // the
    // cache line that every call writes; eight more stand between the counters and the distribution.
    private static final int SUM = 8;
    private static final int FAILED = 9;
    private static final int REJECTED = 10;
    private static final int ANSWERED_FAILED = 11;
    private static final int ANSWERED_REJECTED = 12;
    private static final int FAILING = 13;
    private static final int ANSWERING_FAILURES = 14;
    private static final int ANSWERING_REJECTIONS = 15;
    private static final int REJECTING = 16;
    private static final int CELLS = 32;

    private final String service;
    private final String endpoint;
    private final AtomicReferenceArray<AtomicLongArray> stripes;
    private final int mask;
    private final Map<String, LongAdder> answered = new ConcurrentHashMap<>();
    private final Map<String, LongAdder> unanswered = new ConcurrentHashMap<>();
    /** By bucket, the newest traced call. Null while no call is traced: most applications trace none. */
    private volatile @Nullable AtomicReferenceArray<@Nullable Exemplar> exemplars;

    private final LongAdder missed = new LongAdder();
    private final LongAdder wouldReject = new LongAdder();

    /** @param stripes a power of two, {@link #STRIPES} at most */
    Tally(String service, String endpoint, int stripes) {
        this.service = service;
        this.endpoint = endpoint;
        this.stripes = new AtomicReferenceArray<>(stripes);
        this.mask = stripes - 1;
    }

    @Override
    public void record(CallOutcome outcome, long durationNanos) {
        AtomicLongArray stripe = stripe();
        if (outcome == CallOutcome.SUCCESS) {
            made(stripe, durationNanos);
        } else if (outcome == CallOutcome.FAILURE) {
            made(stripe, durationNanos);
            stripe.getAndAdd(FAILING, durationNanos);
            stripe.getAndIncrement(FAILED);
        } else {
            stripe.getAndAdd(REJECTING, durationNanos);
            stripe.getAndIncrement(REJECTED);
        }
    }

    @Override
    public void fallback(String strategy, CallOutcome instead, long durationNanos, long answeringNanos) {
        AtomicLongArray stripe = stripe();
        if (instead == CallOutcome.FAILURE) {
            made(stripe, durationNanos);
            stripe.getAndAdd(FAILING, durationNanos - answeringNanos);
            stripe.getAndAdd(ANSWERING_FAILURES, answeringNanos);
            stripe.getAndIncrement(ANSWERED_FAILED);
        } else {
            stripe.getAndAdd(ANSWERING_REJECTIONS, durationNanos);
            stripe.getAndIncrement(ANSWERED_REJECTED);
        }
        add(answered, strategy);
    }

    @Override
    public void fallbackFailed(String strategy) {
        add(unanswered, strategy);
        missed.increment();
    }

    @Override
    public void traced(long traceHigh, long traceLow, long span, long durationNanos) {
        AtomicReferenceArray<@Nullable Exemplar> kept = exemplars;
        if (kept == null) {
            kept = firstExemplars();
        }
        kept.setRelease(
                Latency.bucket(durationNanos),
                new Exemplar(traceHigh, traceLow, span, durationNanos, System.currentTimeMillis()));
    }

    @Override
    public void wouldReject() {
        wouldReject.increment();
    }

    /**
     * Counts a call that reached the dependency. The distribution is written before the failures and read after them, so
     * that their difference, the successes, is never negative.
     */
    private static void made(AtomicLongArray stripe, long durationNanos) {
        // At least 1, so that the sum moves with every call and tells whether there is anything to read.
        stripe.getAndAdd(SUM, Math.max(1, durationNanos));
        stripe.getAndIncrement(CELLS + LatencyLayout.cell(durationNanos));
    }

    private static void add(Map<String, LongAdder> counts, String strategy) {
        LongAdder count = counts.get(strategy);
        if (count == null) {
            count = counts.computeIfAbsent(strategy, s -> new LongAdder());
        }
        count.increment();
    }

    private AtomicLongArray stripe() {
        // Fibonacci hashing: neighbouring ids, as a pool's threads have, fall far apart.
        int index = (int) ((Thread.currentThread().getId() * 0x9E3779B97F4A7C15L) >>> 32) & mask;
        AtomicLongArray stripe = stripes.get(index);
        return stripe != null ? stripe : newStripe(index);
    }

    private AtomicLongArray newStripe(int index) {
        AtomicLongArray fresh = new AtomicLongArray(CELLS + LatencyLayout.CELLS);
        AtomicLongArray other = stripes.compareAndExchange(index, null, fresh);
        return other == null ? fresh : other;
    }

    private synchronized AtomicReferenceArray<@Nullable Exemplar> firstExemplars() {
        AtomicReferenceArray<@Nullable Exemplar> kept = exemplars;
        if (kept == null) {
            kept = new AtomicReferenceArray<>(Latency.buckets());
            exemplars = kept;
        }
        return kept;
    }

    /** The newest traced call of each bucket that has one. */
    List<Exemplar> exemplars() {
        AtomicReferenceArray<@Nullable Exemplar> kept = exemplars;
        if (kept == null) {
            return List.of();
        }
        List<Exemplar> read = new ArrayList<>();
        for (int i = 0; i < kept.length(); i++) {
            Exemplar exemplar = kept.getAcquire(i);
            if (exemplar != null) {
                read.add(exemplar);
            }
        }
        return read;
    }

    /** Service and endpoint, as one key. */
    String name() {
        return service + '\n' + endpoint;
    }

    /** Grows with every call and every count of it: where it stands still, the figures do. */
    long moves() {
        return sum(SUM)
                + sum(FAILED)
                + sum(ANSWERED_FAILED)
                + sum(REJECTED)
                + sum(ANSWERED_REJECTED)
                + wouldReject.sum()
                + missed.sum();
    }

    EndpointFigures figures() {
        long failed = sum(FAILED);
        long rejected = sum(REJECTED);
        long answeredFailed = sum(ANSWERED_FAILED);
        long answeredRejected = sum(ANSWERED_REJECTED);
        Latency latency = latency();
        long successes = Math.max(0, latency.count() - failed - answeredFailed);
        return new EndpointFigures(
                service,
                endpoint,
                successes,
                failed,
                rejected,
                answeredFailed,
                answeredRejected,
                wouldReject.sum(),
                read(answered),
                read(unanswered),
                new TimeSpent(sum(FAILING), sum(ANSWERING_FAILURES), sum(ANSWERING_REJECTIONS), sum(REJECTING)),
                latency);
    }

    private long sum(int slot) {
        long sum = 0;
        for (int i = 0; i <= mask; i++) {
            AtomicLongArray stripe = stripes.get(i);
            sum += stripe == null ? 0 : stripe.get(slot);
        }
        return sum;
    }

    private Latency latency() {
        long[] cells = new long[LatencyLayout.CELLS];
        for (int i = 0; i <= mask; i++) {
            AtomicLongArray stripe = stripes.get(i);
            if (stripe != null) {
                for (int cell = 0; cell < cells.length; cell++) {
                    cells[cell] += stripe.get(CELLS + cell);
                }
            }
        }
        return Latency.of(cells, sum(SUM));
    }

    private static Map<String, Long> read(Map<String, LongAdder> counts) {
        Map<String, Long> read = new TreeMap<>();
        counts.forEach((name, count) -> read.put(name, count.sum()));
        return Map.copyOf(read);
    }

    private static int stripes(int processors) {
        int wanted = Integer.highestOneBit(Math.max(1, processors * 2 - 1)) << 1;
        return Math.min(MOST_STRIPES, wanted);
    }
}
