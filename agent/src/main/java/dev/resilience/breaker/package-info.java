/**
 * The circuit: state machine, window, trial permits, and the port to the store that the fleet shares. Knows nothing of HTTP,
 * JDBC, Redis or weaving.
 *
 * <pre>
 *                 too many failures, too slow            open time is over, also without traffic
 *        CLOSED ─────────────────────────────► OPEN ─────────────────────────────► HALF_OPEN
 *          ▲  ▲                                 ▲ ▲                                 │  │  │
 *          │  └──── reset by somebody ──────────┼─┼──── a trial fails, or no ───────┘  │  │
 *          │                                    │ └──── verdict in time ───────────────┘  │
 *          │        relapse in the rise ────────┘                                         │
 *          └──────────────────────── enough trials succeed ───────────────────────────────┘
 * </pre>
 *
 * <h2>Epochs</h2>
 *
 * Every transition makes a new epoch, one higher. Permits carry the epoch they were given in, and outcomes that come back
 * with another one count nowhere. Of two that disagree the newer epoch wins (they are counted in a circle of 2<sup>52</sup>,
 * so that there is always a newer one); of equal epochs the more careful state
 * (OPEN before HALF_OPEN before CLOSED), so that an OPEN is never lost. Every transition goes through
 * {@code Ledger.move}, wherever it is made.
 *
 * <h2>Who decides</h2>
 *
 * One machine, {@link dev.resilience.breaker.Ledger}, runs in three places: in the store inside this JVM; as the scripts of
 * the Redis store, which do the same step for step; and in each instance as its own judgement of its own calls, beside what it heard of the others'.
 * {@code Standing} brings the last two together. A call sees neither: it reads one {@code Stage}, immutable and replaced by
 * {@code Staging} at each change, and adds to a counter; {@link dev.resilience.breaker.ServiceCircuit} is all that it meets.
 * {@code Course} gathers, judges, hears and restages; {@code Upkeep} turns the wheel by clock, calls and people, and talks
 * with the store ({@code Telling} says what and when).
 *
 * <ul>
 *   <li>CLOSED: outcomes gather in striped counters and travel as <b>deltas</b>, never as totals, at a pace that the store
 *       asks for, slower once the whole fleet has made no call for a minute; the first success after a quiet second goes 100 ms later, a failure at once, ten of them in a row, then one a second, and whatever opens goes at once. One report is in flight at a time, and what
 *       gathers meanwhile rides the next. A delta whose fate is unknown is not sent again: the window then counts a little
 *       too little, never too much.
 *   <li>An instance whose own calls cross the threshold, and do so still with what the others had told when it was last
 *       answered, opens itself without asking and reports that it did. With
 *       {@code min_instances} it opens for itself alone (its epochs are then its own affair) until enough others are in
 *       trouble.
 *   <li>OPEN and HALF_OPEN end by the store's clock. An instance's alarm makes it ask, and asking makes the store look.
 *   <li>An instance that comes to a fleet takes its first word for what was so before: it tells what it
 *       {@link dev.resilience.breaker.Found found}, and no transition. What it counted until then counts if both are CLOSED.
 *   <li>The store away ({@code DEGRADED}): the instance goes on from what it last knew, and its own ledger decides. When the
 *       store is back, reports bring the states together: the newest epoch wins, unless the fleet decided something since
 *       this instance last heard of it: that wins, whatever number the instance came to. The ledger keeps for this the newest
 *       epoch that was decided in company beside the one that it is in: time alone, and the word of one that was away, make
 *       only the latter, so that after an outage for all it does not matter who is back first. An OPEN that was earned alone
 *       against an epoch that is over binds nobody else but is kept here for its time. Where two masters both answered for a while
 *       numbers compare nothing: an OPEN that is the later word by more than clocks may differ unnoticed is kept, for all by
 *       the master that stays, else by those who come with it; and of two that have the same number the later end holds for all,
 *       up to twice the open time, while both last.
 * </ul>
 *
 * <h2>Trial permits</h2>
 *
 * Leases under unique names (instance and a number that no other JVM has), granted only while fewer than the quota are out, whatever the epoch they were given in. They
 * end when their call ends in whatever way, when their holder has been silent for
 * {@link dev.resilience.breaker.BreakerStore#LEASE_MILLIS}, and on this side when a call never ends
 * ({@code half_open_timeout}, five minutes at least). They are renewed in CLOSED, too, and when the service was taken out of the file. Each report renews those that are held; one that was overtaken by the return of a permit would
 * revive it, so that what was returned while a report was under way is returned once more. A store that learns of OPEN or HALF_OPEN from a report (it
 * was wiped, or fell over to a replica), or to which nobody spoke while leases ran out (it was stopped, or cut off), grants
 * nothing for {@link dev.resilience.breaker.BreakerStore#HOLD_OFF_MILLIS}, in which holders report. A call waits 50 ms at most for its permit; one that is granted later is kept some seconds for the
 * next call, so that a fleet far from its store recovers as well. Without a store an instance gives itself one at a time.
 *
 * <p>An instance may have been stopped for longer than a lease lasts. A trial that fails after that opens nothing: whether
 * the lease still lives is judged by when the store was last asked to renew it, and until the store has confirmed a failed
 * trial, reports do not say that it opened the circuit here.
 *
 * <h2>Time</h2>
 *
 * Monotonic and passed in. Only durations cross the wire. Where nobody spoke of a circuit for
 * {@link dev.resilience.breaker.BreakerStore#SILENCE_MILLIS}, the store's clock may be another server's: the next report
 * of an instance that stands where the store does says how much of the state's time is left, since when calls are let in by
 * degrees, and how long the ordered mode holds. Until one comes, for two seconds at most, nothing moves by that clock; what is
 * answered and told says that it is in doubt, whoever stands there goes on by the time that is measured here, and an instance
 * that knows less is told of at least so much; as long as that is all it knows, it reports an age of 0, by which nothing is measured.
 *
 * <h2>Orders</h2>
 *
 * A mode set at run time is a {@link dev.resilience.breaker.ModeOrder} with a version, told with every report and reply; the
 * higher version wins, also that of one given back.
 *
 * <h2>Threads and locks</h2>
 *
 * A circuit's lock is held for moments: never over a call, a question to the store, or a listener. Listeners hear of every
 * transition on every instance, in order per service, on the agent's scheduler.
 */
@NullMarked
package dev.resilience.breaker;

import org.jspecify.annotations.NullMarked;
