package dev.resilience.breaker;

/**
 * What an instance still has to tell the store of a circuit, and how often it may. One report is under way at a time, and
 * what gathers meanwhile rides the next. Guarded by the circuit's lock.
 */
final class Telling {

    /** Reports that failures may send at once before they ride with the others; one comes back every second. */
    private static final double URGENT_REPORTS = 10;

    private static final long IDLE_HOST_MILLIS = 10_000;

    /** The longest pace at which a first call is told out of turn. */
    private static final long SOON_AT_MOST_MILLIS = 1_000;

    private long calls;
    private long failures;
    private long slow;
    private long retryAfterMillis = -1;
    private boolean underWay;
    private boolean again;
    private boolean toldBefore;
    private long lastMillis;
    private long paceMillis = 1_000;
    private double urgent = URGENT_REPORTS;
    private long urgentSince;
    private long busyMillis;

    Telling(long now) {
        this.urgentSince = now;
        this.busyMillis = now;
    }

    void add(Delta delta) {
        calls += delta.calls();
        failures += delta.failures();
        slow += delta.slow();
        retryAfterMillis = Math.max(retryAfterMillis, delta.retryAfterMillis());
    }

    /** Its epoch is over, or nobody is there to hear it. */
    void forget() {
        calls = 0;
        failures = 0;
        slow = 0;
        retryAfterMillis = -1;
    }

    Delta take() {
        if (isEmpty()) {
            return Delta.NONE;
        }
        Delta all = new Delta(calls, failures, slow, retryAfterMillis);
        forget();
        return all;
    }

    /** What still is to be told. */
    Delta untold() {
        return new Delta(calls, failures, slow, retryAfterMillis);
    }

    /** Whether the next call of a quiet time may be told sooner than the others: not where many instances take turns. */
    boolean isAwaiting(boolean oneHost) {
        return isEmpty() && paceMillis <= SOON_AT_MOST_MILLIS && !oneHost;
    }

    private boolean isEmpty() {
        return calls == 0 && failures == 0 && slow == 0;
    }

    /** Whether a report may go now. When not, one goes as soon as the one under way is answered. */
    boolean mayGo() {
        again = underWay;
        return !underWay;
    }

    /** A report goes. @return milliseconds since the last one, 0 for the first */
    long goes(long now) {
        underWay = true;
        long since = toldBefore ? now - lastMillis : 0;
        toldBefore = true;
        lastMillis = now;
        if (!isEmpty()) {
            busyMillis = now;
        }
        return since;
    }

    /** The report under way came to its end. */
    void ended() {
        underWay = false;
    }

    /** What was told did not count, and still can. */
    void addAgain(Delta delta) {
        add(delta);
        again |= delta.failures() > 0;
    }

    boolean isAsked() {
        return again;
    }

    /** Whether the pace asks for a report. */
    boolean isDue(long now, long pace) {
        return !toldBefore || now - lastMillis >= pace;
    }

    /** The store answers how often it wants to hear, and what the fleet counted. */
    void heard(long now, Snapshot fleet) {
        paceMillis = fleet.paceMillis();
        if (fleet.isBusy()) {
            busyMillis = now;
        }
    }

    /** Whether nobody in the fleet has had anything to tell for a while. */
    boolean isQuiet(long now) {
        return isEmpty() && now - busyMillis >= BreakerStore.QUIET_AFTER_MILLIS;
    }

    /** @param oneHost whether the circuit is that of one host of a service */
    long paceMillis(long now, State state, boolean oneHost) {
        if (state != State.CLOSED) {
            return Math.min(paceMillis, 1_000);
        }
        if (isQuiet(now) && !oneHost) {
            return Math.max(paceMillis, BreakerStore.QUIET_MILLIS);
        }
        // Of a thousand hosts most are idle, and their silence must cost the store little.
        return oneHost && isEmpty() ? Math.max(paceMillis, IDLE_HOST_MILLIS) : paceMillis;
    }

    /** Whether a failure may be told at once: always, but for those that go on and on without opening anything. */
    boolean spendUrgency(long now) {
        urgent = Math.min(URGENT_REPORTS, urgent + (now - urgentSince) / 1_000.0);
        urgentSince = now;
        if (urgent < 1) {
            return false;
        }
        urgent--;
        return true;
    }
}
