package dev.resilience.breaker;

/** Why a circuit is in its state. */
public enum Cause {
    /** Nothing happened yet. */
    START,
    FAILURES,
    SLOWNESS,
    /** A trial call failed. */
    RELAPSE,
    /** The OPEN time is over. */
    ELAPSED,
    /** Enough trial calls succeeded. */
    RECOVERED,
    /** Half-open for too long without a verdict. */
    NO_VERDICT,
    /** Somebody asked for it. */
    RESET;

    /** In words, for people. */
    String words(Snapshot snapshot) {
        return switch (this) {
            case START -> "start";
            case FAILURES ->
                snapshot.failures() + " of " + (snapshot.failures() + snapshot.successes()) + " calls failed";
            case SLOWNESS -> "too many slow calls";
            case RELAPSE -> "a trial call failed";
            case ELAPSED -> "the open time is over";
            case RECOVERED -> "trial calls succeeded";
            case NO_VERDICT -> "no verdict while half-open";
            case RESET -> "reset by " + snapshot.by();
        };
    }
}
