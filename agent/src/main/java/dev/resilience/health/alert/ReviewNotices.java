package dev.resilience.health.alert;

import dev.resilience.config.AgentConfig;
import dev.resilience.config.AgentConfig.Webhook;
import dev.resilience.config.AgentConfig.Webhook.Event;
import dev.resilience.config.ServiceConfig;
import dev.resilience.log.AgentLog;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Tells webhooks that a call came to need a person: the first of a service at once, those that follow within
 * {@value #GATHERED_MILLIS} ms together, so that an outage is a few posts and not thousands. Told by the instance where the
 * call came to need one. What no receiver has taken, because it was away or because that instance ended, is told again: each
 * instance looks for that in the store every {@value #ROUND_MILLIS} ms. So every arrival is told at least once; who hears of
 * one twice knows it by its id. Thread-safe; nothing waits.
 */
public final class ReviewNotices {

    static final long GATHERED_MILLIS = 10_000;
    static final long ROUND_MILLIS = 30_000;

    /** With the gathering they take less time than the store leaves an arrival to one instance. */
    private static final int ATTEMPTS = 4;

    /** Older ones are no news any more: they are in the list of those for review. */
    private static final long OLDEST_MILLIS = TimeUnit.HOURS.toMillis(24);

    /** One post names no more; its count tells of all. */
    private static final int MOST_NAMED = 20;

    private final Supplier<AgentConfig> config;
    private final Arrivals arrivals;
    private final Webhooks webhooks;
    private final ScheduledExecutorService scheduler;
    private final LongSupplier epochMillis;

    /** By service, what is to be told when the pause ends; guarded by itself. */
    private final Map<String, Gathered> pausing = new HashMap<>();

    /**
     * One call, with nothing secret in it.
     *
     * @param call {@code POST https://api.cal.com/v1/bookings}, or a statement without its values
     * @param critical whether people are to see to it first
     * @param acceptedMillis Unix milliseconds, as {@code flaggedMillis}
     */
    public record Arrival(
            String id,
            String service,
            String endpoint,
            String call,
            String reason,
            int attempts,
            boolean critical,
            long acceptedMillis,
            long flaggedMillis) {}

    /** Which arrivals nobody has told. Thread-safe; no method waits. */
    public interface Arrivals {

        /** Some that are nobody else's to tell now. */
        CompletionStage<List<Arrival>> untold(String service);

        void told(String service, List<String> ids);
    }

    /** Calls of one service. Not thread-safe until it is told. */
    static final class Gathered {

        private final String service;
        private final List<String> ids = new ArrayList<>();
        private final List<Arrival> named = new ArrayList<>();
        private boolean critical;

        Gathered(String service) {
            this.service = service;
        }

        Gathered and(Arrival arrival) {
            ids.add(arrival.id());
            critical |= arrival.critical();
            if (named.size() < MOST_NAMED) {
                named.add(arrival);
            }
            return this;
        }

        String service() {
            return service;
        }

        /** Of all; {@link #named} are the first of them. */
        int count() {
            return ids.size();
        }

        List<Arrival> named() {
            return named;
        }

        /** Whether one of them is of an operation that people are to see to first. */
        boolean critical() {
            return critical;
        }

        /** In one line. */
        String summary() {
            if (named.isEmpty()) {
                return "";
            }
            Arrival first = named.get(0);
            return (count() == 1
                            ? (critical ? "a critical call of " : "a call of ") + service + " needs a person: "
                            : count() + " calls of " + service + " need a person, the first: ")
                    + first.call() + " (" + first.reason() + ")";
        }
    }

    /**
     * @param config the configuration in force; asked each time
     * @param arrivals what the store knows
     * @param epochMillis Unix milliseconds
     */
    public ReviewNotices(
            Supplier<AgentConfig> config,
            Arrivals arrivals,
            Webhooks webhooks,
            ScheduledExecutorService scheduler,
            LongSupplier epochMillis) {
        this.config = config;
        this.arrivals = arrivals;
        this.webhooks = webhooks;
        this.scheduler = scheduler;
        this.epochMillis = epochMillis;
    }

    /** Begins to look for what others have not told. */
    public void start() {
        scheduler.scheduleWithFixedDelay(this::look, ROUND_MILLIS, ROUND_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void look() {
        try {
            if (receivers().isEmpty()) {
                return;
            }
            for (ServiceConfig service : config.get().services().values()) {
                if (!service.endpoints().isEmpty()) {
                    arrivals.untold(service.name()).thenAccept(found -> found.forEach(this::arrivedBefore));
                }
            }
        } catch (RuntimeException failure) {
            AgentLog.warn("review-notices", "calls for review could not be told", failure);
        }
    }

    private void arrivedBefore(Arrival arrival) {
        if (epochMillis.getAsLong() - arrival.flaggedMillis() > OLDEST_MILLIS) {
            arrivals.told(arrival.service(), List.of(arrival.id()));
        } else {
            arrived(arrival);
        }
    }

    public void arrived(Arrival arrival) {
        if (receivers().isEmpty()) {
            return;
        }
        String service = arrival.service();
        synchronized (pausing) {
            Gathered before = pausing.get(service);
            if (before != null) {
                before.and(arrival);
                return;
            }
            pausing.put(service, new Gathered(service));
        }
        pauseThenTell(service);
        tell(new Gathered(service).and(arrival));
    }

    private void pauseThenTell(String service) {
        try {
            scheduler.schedule(() -> pauseEnds(service), GATHERED_MILLIS, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException closing) {
            // The agent's threads are gone.
        }
    }

    private void pauseEnds(String service) {
        Gathered gathered;
        synchronized (pausing) {
            gathered = pausing.remove(service);
            if (gathered == null || gathered.count() == 0) {
                return;
            }
            pausing.put(service, new Gathered(service));
        }
        pauseThenTell(service);
        tell(gathered);
    }

    private void tell(Gathered gathered) {
        String application = config.get().application();
        webhooks.tell(
                        receivers(),
                        ATTEMPTS,
                        format -> WebhookBody.of(format, application, gathered, epochMillis.getAsLong()))
                .thenAccept(taken -> {
                    if (taken) {
                        arrivals.told(gathered.service(), gathered.ids);
                    }
                });
    }

    private List<Webhook> receivers() {
        return config.get().alerts().webhooks(Event.REVIEWS);
    }
}
