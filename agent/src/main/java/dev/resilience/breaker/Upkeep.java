package dev.resilience.breaker;

import dev.resilience.config.Mode;
import dev.resilience.log.AgentLog;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a circuit's {@link Course} going: by the clock, by what calls and people bring, and by talk with the store, of which
 * one report is under way at a time.
 *
 * <p>Thread-safe by {@link #lock}, which is held for moments: nothing waits under it, and neither the store nor a listener is
 * called under it.
 */
final class Upkeep {

    private static final long SHORTEST_TICK_MILLIS = 50;
    private static final long RETRY_MILLIS = 100;
    private static final long SOON_MILLIS = 100;
    private static final long LONGEST_RENEWAL_MILLIS = 1_000;

    final ReentrantLock lock = new ReentrantLock();
    private final ServiceCircuit circuit;
    private final String service;
    private final BreakerStore store;
    private final String instance;
    private final ScheduledExecutorService scheduler;
    private final LongSupplier nanoTime;
    private final Followed followed;
    private final Trials trials;
    private final Alarm alarm;

    /** Guarded by the lock. */
    private final Course course;

    /** The next look; guarded by the lock, as whether it is far away. */
    private @Nullable Future<?> nextTick;

    private boolean asleep;

    Upkeep(
            ServiceCircuit circuit,
            BreakerSettings settings,
            BreakerStore store,
            String instance,
            ScheduledExecutorService scheduler,
            LongSupplier nanoTime,
            LongSupplier unixMillis,
            TransitionFeed feed,
            Followed followed,
            @Nullable ServiceCircuit above) {
        this.circuit = circuit;
        this.service = circuit.service();
        this.store = store;
        this.instance = instance;
        this.scheduler = scheduler;
        this.nanoTime = nanoTime;
        this.followed = followed;
        this.alarm = new Alarm(scheduler);
        this.course = new Course(circuit, settings, store, nanoTime, unixMillis, feed, alarm, above, this::due);
        this.trials = new Trials(this, store, instance, scheduler);
    }

    Trials trials() {
        return trials;
    }

    Stages stages() {
        return course.stages;
    }

    String service() {
        return service;
    }

    BreakerSettings settings() {
        return course.settings();
    }

    /** The stage of this moment; for calls the circuit has it at hand. */
    Stage stage() {
        lock.lock();
        try {
            return course.stage();
        } finally {
            lock.unlock();
        }
    }

    /** The mode of this moment; for calls the circuit has it at hand. */
    Mode mode() {
        lock.lock();
        try {
            return course.mode();
        } finally {
            lock.unlock();
        }
    }

    /** Whether nobody in the fleet has made a call for a while. */
    boolean isQuiet() {
        lock.lock();
        try {
            return course.isQuiet();
        } finally {
            lock.unlock();
        }
    }

    ModeOrder order() {
        lock.lock();
        try {
            return course.order();
        } finally {
            lock.unlock();
        }
    }

    /** Milliseconds on the circuit's clock. */
    long now() {
        return course.now();
    }

    /** What a call is told that got no trial permit: the present stage, which may have moved on meanwhile. */
    Permit refusal() {
        return circuit.refusal();
    }

    /** Whether this instance decides by itself: the store is away, or has closed what it keeps open. */
    boolean onOwn() {
        return course.onOwn();
    }

    CircuitView view() {
        if (course.storeMode() == StoreMode.LOCAL) {
            report();
        }
        lock.lock();
        try {
            return course.view();
        } finally {
            lock.unlock();
        }
    }

    /** Closes the circuit for the whole fleet; with the store away, here at once. Completes when that is done. */
    CompletionStage<?> reset(String who) {
        return tellAndAsk(() -> store.reset(service, settings(), who)).handle((reply, failure) -> {
            lock.lock();
            try {
                if (reply == null) {
                    course.reset(who);
                } else {
                    course.resetTo(reply.snapshot());
                }
            } finally {
                lock.unlock();
            }
            return null;
        });
    }

    /** Puts a mode in force for the whole fleet; with the store away, here at once. Completes with what is ordered then. */
    CompletionStage<ModeOrder> order(ModeOrder wish) {
        return tellAndAsk(() -> store.order(service, settings(), wish)).handle((reply, failure) -> {
            ModeOrder ordered;
            lock.lock();
            try {
                if (reply == null) {
                    course.order(wish);
                } else {
                    course.orderedTo(reply.snapshot());
                }
                wake();
                ordered = course.order();
            } finally {
                lock.unlock();
            }
            if (reply == null) {
                store.keep(service, ordered);
            }
            return ordered;
        });
    }

    /** Takes other settings and keeps the state. */
    void configure(BreakerSettings changed) {
        lock.lock();
        try {
            course.configure(changed);
            wake();
        } finally {
            lock.unlock();
        }
    }

    /** Begins to report. A second start does nothing. */
    void start() {
        lock.lock();
        try {
            if (!course.begin()) {
                return;
            }
        } finally {
            lock.unlock();
        }
        scheduler.execute(this::tick);
    }

    /** Lets every call pass from now on. Permits of trials that still run are kept until they end, unless the agent does. */
    void close() {
        lock.lock();
        try {
            course.close();
        } finally {
            lock.unlock();
        }
    }

    /** The store tells of a change, whoever made it. */
    void changed(Snapshot snapshot) {
        lock.lock();
        try {
            course.hear(now(), snapshot);
            wake();
        } finally {
            lock.unlock();
        }
    }

    /** The store did not count the failed trial that opened the circuit here. */
    void overruled(long askedIn, Snapshot heard) {
        lock.lock();
        try {
            course.overruled(askedIn, heard);
        } finally {
            lock.unlock();
        }
    }

    /** The store went away or came back. */
    void storeChanged() {
        lock.lock();
        try {
            course.storeChanged();
        } finally {
            lock.unlock();
        }
        report();
    }

    /** @param counts where something was counted that may open the circuit */
    void tellAtOnce(Counters counts, long retryAfterMillis) {
        Sending sending = null;
        lock.lock();
        try {
            if (counts == course.counters() && !course.isClosed()) {
                long now = now();
                course.gather(now, retryAfterMillis);
                wake();
                if (course.state() != State.CLOSED || course.telling.spendUrgency(now)) {
                    sending = nextReport(now);
                }
            }
        } finally {
            lock.unlock();
        }
        send(sending);
    }

    /** After a quiet time a call is told soon, and with it those that come right behind it. */
    void tellSoon() {
        alarm.later(this::tellOfCalls, SOON_MILLIS);
    }

    private void tellOfCalls() {
        report();
        lock.lock();
        try {
            wake();
        } finally {
            lock.unlock();
        }
    }

    /** Looks at the usual pace again where a quiet time is over. Called under the lock. */
    private void wake() {
        if (asleep && !course.isQuiet()) {
            planTick();
        }
    }

    /** A trial on the own account; called under the lock. */
    boolean ownTrialDue(long epoch) {
        return course.ownTrialDue(epoch);
    }

    /** A trial's outcome on the own account; called under the lock. */
    void ownVerdict(long epoch, Outcome outcome, long retryAfterMillis) {
        course.ownVerdict(epoch, outcome, retryAfterMillis);
    }

    private void tick() {
        try {
            followed.countOverdue(nanoTime.getAsLong());
            Sending sending = null;
            boolean unheard;
            List<String> dropped;
            lock.lock();
            try {
                long now = now();
                unheard = course.beginRecall(now);
                dropped = trials.expire(now, settings().halfOpenTimeoutMillis());
                boolean quiet = false;
                if (!course.isClosed()) {
                    quiet = !course.gather(now, -1);
                    course.remode(now);
                    course.advance(now);
                }
                if (course.telling.isDue(now, inStep() ? pace() / 2 : pace())
                        || course.storeMode() == StoreMode.LOCAL) {
                    sending = nextReport(now);
                }
                if (quiet) {
                    course.awaitCall();
                }
            } finally {
                lock.unlock();
            }
            trials.giveBackAgain(dropped);
            send(sending);
            if (unheard) {
                store.kept(service).thenAccept(this::recall);
            }
        } catch (Throwable failure) {
            AgentLog.warn("tick " + service, "the circuit of '" + service + "' missed a beat", failure);
        } finally {
            planTick();
        }
    }

    /** Quiet circuits of one instance are looked at together, so that they wake one thread once; others at other times. */
    private long untilNextTick() {
        long beat = course.beat();
        return inStep() ? beat - Math.floorMod(now() + instance.hashCode(), beat) : beat;
    }

    /** Whether each look is due to report, the first of them maybe sooner than the pace asks. Called under the lock. */
    private boolean inStep() {
        return asleep && course.beat() == course.pace();
    }

    private void recall(ModeOrder kept) {
        lock.lock();
        try {
            course.recall(now(), kept);
        } finally {
            lock.unlock();
        }
    }

    private void planTick() {
        lock.lock();
        try {
            if (nextTick != null) {
                nextTick.cancel(false);
            }
            asleep = course.isQuiet();
            nextTick = isOver() ? null : alarm.later(this::tick, Math.max(SHORTEST_TICK_MILLIS, untilNextTick()));
        } finally {
            lock.unlock();
        }
    }

    /** Whether nothing is left to do: the service is gone, and so are the last of its trials. Called under the lock. */
    private boolean isOver() {
        return course.isClosed() && !trials.areOut();
    }

    /** Reports renew permits, which last no longer than their lease. Called under the lock. */
    private long pace() {
        return trials.areOut() ? Math.min(course.pace(), LONGEST_RENEWAL_MILLIS) : course.pace();
    }

    /** OPEN or HALF_OPEN is over by this instance's clock: the store decides by its own, if it answers. */
    private void due() {
        lock.lock();
        try {
            if (course.state() == State.CLOSED) {
                course.restage(now());
                return;
            }
            if (onOwn()) {
                course.advance(now());
                return;
            }
        } finally {
            lock.unlock();
        }
        report();
    }

    /** Reports now, or as soon as the report in flight is answered. */
    private void report() {
        Sending sending;
        lock.lock();
        try {
            long now = now();
            course.gather(now, -1);
            sending = nextReport(now);
        } finally {
            lock.unlock();
        }
        send(sending);
    }

    /** What is to be told now, or null when a report is in flight: it rides the next one. Called under the lock. */
    private @Nullable Sending nextReport(long now) {
        if (!course.isBegun() || isOver() || !course.telling.mayGo()) {
            return null;
        }
        long sinceLast = course.telling.goes(now);
        return new Sending(
                settings(),
                now,
                binding(course.report(now, instance, course.telling.take(), trials.held(), sinceLast)));
    }

    private Report binding(Report report) {
        boolean binds = !course.isAlone() && !course.isClosed() && !trials.areUnconfirmed();
        return binds ? report : report.withoutStand();
    }

    /**
     * Asks the store for something once it knows where this instance stands: one that was wiped just now would number what
     * it does from nothing, and the first report of what was before would outrank it.
     */
    private CompletionStage<Reply> tellAndAsk(Supplier<CompletionStage<Reply>> question) {
        Report stand;
        lock.lock();
        try {
            stand = binding(course.report(now(), instance, Delta.NONE, trials.held(), 0));
        } finally {
            lock.unlock();
        }
        return ask(() -> store.report(service, settings(), stand)).thenCompose(told -> ask(question));
    }

    /** Called without the lock. */
    private void send(@Nullable Sending sending) {
        if (sending == null) {
            return;
        }
        ask(() -> store.report(service, sending.settings, sending.report))
                .whenComplete((reply, failure) -> answered(sending, reply));
    }

    private void answered(Sending sending, @Nullable Reply reply) {
        Report sent = sending.report;
        Sending next = null;
        List<String> returned = List.of();
        lock.lock();
        try {
            long now = now();
            course.telling.ended();
            if (reply != null) {
                returned = trials.renewed(sent.leases(), sending.sinceMillis);
                course.heardBack(now, sent, reply, now - sending.sinceMillis);
                wake();
                if (course.telling.isAsked()) {
                    next = nextReport(now);
                }
            } else if (course.state() != State.CLOSED && course.remaining(now) == 0 && !course.isClosed()) {
                // A report that may have arrived is not repeated, but the state must not outlast its time.
                alarm.later(this::due, RETRY_MILLIS);
            }
        } finally {
            lock.unlock();
        }
        trials.giveBackAgain(returned);
        send(next);
    }

    /** A store that fails at once failed like one that does not answer. */
    static CompletionStage<Reply> ask(Supplier<CompletionStage<Reply>> question) {
        try {
            return question.get();
        } catch (RuntimeException failure) {
            return CompletableFuture.failedFuture(failure);
        }
    }

    private record Sending(BreakerSettings settings, long sinceMillis, Report report) {}
}
