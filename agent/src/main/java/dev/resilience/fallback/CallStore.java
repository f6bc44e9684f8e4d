package dev.resilience.fallback;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Keeps calls that were taken in charge until they are done: what was {@linkplain #add added} outlives this JVM. Thread-safe;
 * no method waits.
 *
 * <p>A call is made by who holds it. A hold ends by itself, so that a call is never lost with its holder; a call may then be
 * made twice, and the later settling of the first holder is refused.
 */
public interface CallStore {

    /** Where a call is: to be made, or for a person. */
    enum Place {
        QUEUE,
        REVIEW
    }

    /** What became of an attempt to take a call in charge. */
    enum Added {
        KEPT,
        FULL
    }

    /**
     * A call and the proof of holding it.
     *
     * @param again whether it was held before and nobody said what became of it, so that it may have been made already
     */
    record Held(QueuedCall call, long token, boolean again) {

        public Held(QueuedCall call, long token) {
            this(call, token, false);
        }
    }

    /**
     * What is to become of a call that is held. In {@link Again} and {@link Review} the call has the attempt in its history.
     */
    sealed interface Verdict {}

    /** It is done, and can be forgotten. */
    record Done() implements Verdict {}

    record Again(QueuedCall call, Duration after) implements Verdict {}

    record Review(QueuedCall call) implements Verdict {}

    /** Not made at all; due again at once or after a wait. */
    record Back(Duration after) implements Verdict {}

    /**
     * To be asked before a call with an order gets its name, so that the name sorts behind all that were added before,
     * whatever the clocks of those who added them say. Completes soon, and never exceptionally; without effect where nobody
     * knows of a line.
     */
    default CompletionStage<?> queueUp(String service, String order) {
        return CompletableFuture.completedStage(order);
    }

    /**
     * Takes a call in charge: to be made when it has no reason, else for review. Adding it again changes nothing.
     *
     * @param most so many calls of the service may wait
     * @return completes when the call is durable; exceptionally when it could not be made so
     */
    CompletionStage<Added> add(QueuedCall call, int most);

    /**
     * Holds calls of a service that are due, the oldest first, of each order only the first. Completes with none while another
     * instance is at it.
     */
    CompletionStage<List<Held>> hold(String service, int most, Duration lease);

    /** @return false when the hold had ended, and nothing was changed */
    CompletionStage<Boolean> settle(Held held, Verdict verdict);

    /** Calls in the order of acceptance; of those for review the critical ones first. */
    CompletionStage<List<QueuedCall>> list(Place place, String service, int offset, int limit);

    CompletionStage<Long> size(Place place, String service);

    /** How many of a service's calls for review are critical: those come first in their list. */
    CompletionStage<Long> critical(String service);

    /** Completes with null when there is none of this name. */
    CompletionStage<@Nullable QueuedCall> find(Place place, String id);

    /** Makes a waiting call due at once. @return false when there is none of this name */
    CompletionStage<Boolean> hasten(String id);

    /**
     * Puts a call for review back to be made.
     *
     * @param call with its history grown
     * @return false when there is none of this name
     */
    CompletionStage<Boolean> requeue(QueuedCall call);

    /** Forgets a call. @return false when there is none of this name */
    CompletionStage<Boolean> remove(Place place, String id);

    /**
     * Calls for review of which people have not heard, so far as is known: their arrival is told by the instance where it
     * happened, and when that has not said within two minutes that it did, by who asks here, which has them for the lease.
     */
    CompletionStage<List<QueuedCall>> unannounced(String service, int most, Duration lease);

    /** People have heard of these. */
    CompletionStage<?> announced(String service, List<String> ids);

    /**
     * Hands a waiting call that nobody holds to a person, because its time is over.
     *
     * @param call with its reason and its history grown
     * @return false when none of this name waits, or somebody holds it
     */
    default CompletionStage<Boolean> expire(QueuedCall call) {
        return CompletableFuture.completedStage(false);
    }

    /** Services of which this instance knows calls that wait or are for review, whatever the configuration says of them. */
    default CompletionStage<Set<String>> services() {
        return CompletableFuture.completedStage(Set.of());
    }

    /** Services of which the fleet may have calls, those of {@link #services()} among them. To be shown, and told of. */
    default CompletionStage<Set<String>> named() {
        return services();
    }

    /** How often this instance made calls of a service of which it knew or learned that they may have been made before. */
    default long repeats(String service) {
        return 0;
    }

    /** Whether this instance has not kept a call yet: then nobody waits for what it does now and then. */
    default boolean isUnused() {
        return false;
    }

    /** Does what has to be done now and then; asked every few seconds by whoever makes the calls, and each second while it is used. Never waits. */
    default void tend() {}
}
