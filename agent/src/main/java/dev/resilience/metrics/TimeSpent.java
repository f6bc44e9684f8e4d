package dev.resilience.metrics;

/**
 * What callers' time went into beyond good answers, nanoseconds summed over calls. Immutable.
 *
 * @param failing calls that the dependency failed, until that was known
 * @param answeringFailures fallbacks that answered such calls
 * @param answeringRejections fallbacks that answered calls which were not made
 * @param rejecting calls that were not made and that nothing answered
 */
public record TimeSpent(long failing, long answeringFailures, long answeringRejections, long rejecting) {

    public static final TimeSpent NONE = new TimeSpent(0, 0, 0, 0);

    /** In fallbacks, whatever they answered. */
    public long answering() {
        return answeringFailures + answeringRejections;
    }

    TimeSpent plus(TimeSpent other) {
        return new TimeSpent(
                failing + other.failing,
                answeringFailures + other.answeringFailures,
                answeringRejections + other.answeringRejections,
                rejecting + other.rejecting);
    }

    TimeSpent minus(TimeSpent earlier) {
        return new TimeSpent(
                Math.max(0, failing - earlier.failing),
                Math.max(0, answeringFailures - earlier.answeringFailures),
                Math.max(0, answeringRejections - earlier.answeringRejections),
                Math.max(0, rejecting - earlier.rejecting));
    }
}
