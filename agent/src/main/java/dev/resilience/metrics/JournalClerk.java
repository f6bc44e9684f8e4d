package dev.resilience.metrics;

import dev.resilience.breaker.StoreAway;
import dev.resilience.breaker.Transition;
import dev.resilience.breaker.TransitionListener;
import dev.resilience.log.AgentLog;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Copies this instance's chronicle into the fleet's journal while it is on duty. Who takes the duty over copies what it saw
 * in the last ten minutes, so that nothing is missing from the time between; the journal knows a change by its epoch and turn. To be
 * added as a listener behind the chronicle. Thread-safe; nothing waits.
 */
public final class JournalClerk implements TransitionListener {

    private static final long REACHES_BACK_MILLIS = 600_000;
    private static final long AGAIN_MILLIS = 5_000;

    private final Chronicle own;
    private final @Nullable TransitionJournal fleet;
    private final BooleanSupplier onDuty;
    private final ScheduledExecutorService scheduler;

    /** By service, the place of the newest change that the fleet's journal has from this instance. */
    private final Map<String, Double> copied = new HashMap<>();

    private boolean planned;

    /** @param fleet null where there is no fleet: nothing is copied */
    public JournalClerk(
            Chronicle own,
            @Nullable TransitionJournal fleet,
            BooleanSupplier onDuty,
            ScheduledExecutorService scheduler) {
        this.own = own;
        this.fleet = fleet;
        this.onDuty = onDuty;
        this.scheduler = scheduler;
    }

    @Override
    public void onTransition(Transition transition) {
        plan(0);
    }

    /** Another instance's duty may have come to this one: looks, and goes on looking as long as there is something to copy. */
    private synchronized void plan(long millis) {
        if (planned || fleet == null) {
            return;
        }
        planned = true;
        try {
            scheduler.schedule(this::round, millis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException closing) {
            // The agent's threads are gone.
        }
    }

    private void round() {
        synchronized (this) {
            planned = false;
        }
        boolean left = false;
        List<String> services = own.services();
        synchronized (this) {
            copied.keySet().retainAll(Set.copyOf(services));
        }
        for (String service : services) {
            left |= copy(service);
        }
        if (left) {
            plan(AGAIN_MILLIS);
        }
    }

    /** @return whether there may be something left to copy later */
    private boolean copy(String service) {
        double known;
        synchronized (this) {
            known = copied.getOrDefault(service, Double.NEGATIVE_INFINITY);
        }
        List<TransitionJournal.Entry> entries = own.entries(service, REACHES_BACK_MILLIS).stream()
                .filter(entry -> entry.place() > known)
                .toList();
        TransitionJournal journal = fleet;
        if (entries.isEmpty() || journal == null) {
            return false;
        }
        if (!onDuty.getAsBoolean()) {
            return true;
        }
        double newest = entries.get(entries.size() - 1).place();
        journal.add(service, entries).whenComplete((done, failure) -> {
            if (failure == null) {
                synchronized (this) {
                    copied.merge(service, newest, Math::max);
                }
            } else if (!StoreAway.isRootOf(failure)) {
                AgentLog.warn("journal", "the fleet's journal does not take a change of state, again later", failure);
            }
        });
        return true;
    }
}
