package dev.resilience.breaker;

/**
 * The mode that is ordered, and its end by a clock that may turn out to be another server's. Times are milliseconds on the
 * ledger's clock; not thread-safe.
 */
final class StandingOrder {

    private static final long NEVER = Long.MIN_VALUE;

    /** By so much two words of an order's end may differ. */
    private static final long JITTER_MILLIS = 2_000;

    private ModeOrder told = ModeOrder.NONE;
    private long ends;

    /** When its end was last held against the clock. */
    private long seen;

    /** Since when the clock by which it ends is in doubt. */
    private long doubted = NEVER;

    /** Takes an order that is newer than the one known. */
    void obey(long now, ModeOrder order) {
        if (Epoch.isNewer(order.version(), told.version())) {
            take(now, order);
        }
    }

    /** Takes what somebody wishes now, under the next version. */
    void give(long now, ModeOrder wish) {
        long version = Epoch.next(told.version());
        take(now, new ModeOrder(wish.mode(), wish.reason(), wish.who(), version, wish.remainingMillis()));
    }

    /**
     * Takes what the store says of an order that is known, where it says that its end is another, or that it is another one:
     * two people may have ordered on two instances while there was no store to tell.
     */
    void correct(long now, ModeOrder order) {
        if (order.version() == told.version() && !isSame(order, at(now))) {
            take(now, order);
        }
    }

    private static boolean isSame(ModeOrder one, ModeOrder other) {
        return one.mode() == other.mode()
                && one.who().equals(other.who())
                && one.reason().equals(other.reason())
                && isEndless(one) == isEndless(other)
                && (isEndless(one) || Math.abs(one.remainingMillis() - other.remainingMillis()) <= JITTER_MILLIS);
    }

    private static boolean isEndless(ModeOrder order) {
        return order.remainingMillis() == ModeOrder.ENDLESS;
    }

    private void take(long now, ModeOrder order) {
        told = order;
        ends = now + order.remainingMillis();
        seen = now;
        doubted = NEVER;
    }

    /**
     * Holds the end against the clock, which may be another server's than the one by which it was set. If it went back, what
     * was left when it was last looked at is left now; if it went on, it is not known for how long nobody looked.
     */
    void hold(long now) {
        if (told.mode() == null || isEndless(told)) {
            return;
        }
        boolean back = now < seen - BreakerStore.SILENCE_MILLIS;
        if (back || now > seen + BreakerStore.SILENCE_MILLIS) {
            ends += back ? now - seen : 0;
            doubted = now;
        }
        seen = now;
    }

    /**
     * While its end is in doubt it lasts as long as any instance remembers that it does: they measure it by themselves. One
     * that was away and says that it is over is right: what was told before may have waited in a server that was stopped.
     */
    void measured(long now, ModeOrder order, boolean wasAway) {
        if (doubted == NEVER
                || now - doubted > BreakerStore.SILENCE_MILLIS
                || order.version() != told.version()
                || isEndless(order)) {
            return;
        }
        if (order.mode() == null && wasAway) {
            // Of another one with the same number, ordered where there was no store to tell, it says nothing.
            boolean same = order.who().equals(told.who()) && order.reason().equals(told.reason());
            ends = same ? Math.min(ends, now) : ends;
        } else {
            ends = Math.max(ends, now + order.remainingMillis());
        }
    }

    /** What is ordered at this moment. */
    ModeOrder at(long now) {
        if (told.mode() == null || isEndless(told)) {
            return told;
        }
        long remaining = ends - now;
        return remaining > 0
                ? new ModeOrder(told.mode(), told.reason(), told.who(), told.version(), remaining)
                : new ModeOrder(null, told.reason(), told.who(), told.version(), 0);
    }
}
