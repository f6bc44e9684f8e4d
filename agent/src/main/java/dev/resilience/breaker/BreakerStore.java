package dev.resilience.breaker;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Where the fleet's circuits live. Thread-safe; no method waits. Each operation is atomic, first lets time do its work
 * (OPEN to HALF_OPEN, HALF_OPEN to OPEN, leases to their end) and is refused without harm when the epoch that it was
 * decided on is over. A stage completes exceptionally, soon, when the store does not answer; the operation may then have
 * happened or not, and is not repeated.
 */
public interface BreakerStore extends AutoCloseable {

    /** How long a trial permit is kept for a holder that falls silent. */
    long LEASE_MILLIS = 5_000;

    /**
     * How long a store that took a HALF_OPEN from an instance's word grants no trial: until then holders of permits that
     * it never heard of have reported.
     */
    long HOLD_OFF_MILLIS = 2_000;

    /**
     * Where nobody spoke for so long about a circuit that is not closed, or its clock went back, the store's clock is not
     * trusted: it may be another server's. The next report tells how much time is left.
     */
    long SILENCE_MILLIS = 5_000;

    /** After so long without a call in the whole fleet there is little to tell, and to hear. */
    long QUIET_AFTER_MILLIS = 60_000;

    /** And it is told so often then; what waits elsewhere is asked for no more often. */
    long QUIET_MILLIS = 3_000;

    /** What nobody reports for so long is forgotten, unless its state, window or mode lasts longer. */
    long KEEP_MILLIS = 86_400_000;

    /** The same for a circuit of one host: calls may name any number of them. */
    long KEEP_HOST_MILLIS = 1_800_000;

    /** How long a circuit that nobody reports is kept, without a mode in force. */
    static long keepMillis(String service, BreakerSettings settings) {
        long least = service.indexOf('@') < 0 ? KEEP_MILLIS : KEEP_HOST_MILLIS;
        return Math.max(least, 2 * settings.longestMillis());
    }

    /** The worst of all services. */
    StoreMode mode();

    /** Where a service's state lives at this moment: of a cluster, some nodes may answer while others do not. */
    default StoreMode mode(String service) {
        return mode();
    }

    /** Tells where an instance stands and counts what it saw. */
    CompletionStage<Reply> report(String service, BreakerSettings settings, Report report);

    /** Takes a trial permit of the epoch, under a name that is unique in the fleet. */
    CompletionStage<Reply> acquire(String service, BreakerSettings settings, long epoch, String lease);

    /** Gives a trial permit back, with the outcome of its call. An outcome without a live permit changes nothing. */
    CompletionStage<Reply> settle(
            String service, BreakerSettings settings, long epoch, String lease, Outcome outcome, long retryAfterMillis);

    /** Closes the circuit and forgets its counts. */
    CompletionStage<Reply> reset(String service, BreakerSettings settings, String who);

    /** Orders a mode, or gives it back to the file. Whatever version the wish has, the order gets the next one. */
    CompletionStage<Reply> order(String service, BreakerSettings settings, ModeOrder wish);

    /**
     * What was ordered for a service before this JVM began, for as long as the store does not answer; {@link
     * ModeOrder#NONE} where the store itself remembers, or nothing was.
     */
    default CompletionStage<ModeOrder> kept(String service) {
        return CompletableFuture.completedFuture(ModeOrder.NONE);
    }

    /** Remembers what was ordered while the store did not answer. Never waits. */
    default void keep(String service, ModeOrder order) {}

    /** Tells the watcher of every change from now on. To be called before {@link #start()}. */
    void watch(Watcher watcher);

    /** Goes to work in the background. */
    void start();

    @Override
    void close();

    /** Hears of changes, whoever made them. Called on a thread of the store's, or of who made the change; must not wait. */
    interface Watcher {

        void changed(Snapshot snapshot);

        void modeChanged(StoreMode mode);
    }
}
