package dev.resilience.health.alert;

import dev.resilience.config.AgentConfig;
import dev.resilience.config.AgentConfig.Webhook;
import dev.resilience.config.AgentConfig.Webhook.Event;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Tells webhooks that a call came to need a person: the first of a service at once, those that follow within
 * {@value #GATHERED_MILLIS} ms together, so that an outage is a few posts and not thousands. Told by the instance where the
 * call came to need one, and lost with it: what is for review is in the store. Thread-safe; nothing waits.
 */
public final class ReviewNotices {

    static final long GATHERED_MILLIS = 10_000;

    /** One post names no more; its count tells of all. */
    private static final int MOST_NAMED = 20;

    private final Supplier<AgentConfig> config;
    private final Webhooks webhooks;
    private final ScheduledExecutorService scheduler;
    private final LongSupplier epochMillis;

    /** By service, what is to be told when the pause ends; guarded by itself. */
    private final Map<String, Gathered> pausing = new HashMap<>();

    /**
     * One call, with nothing secret in it.
     *
     * @param call {@code POST https://api.cal.com/v1/bookings}, or a statement without its values
     * @param acceptedMillis Unix milliseconds
     */
    public record Arrival(
            String id,
            String service,
            String endpoint,
            String call,
            String reason,
            int attempts,
            long acceptedMillis) {}

    /** Calls of one service. @param count of all, {@code named} are the first of them */
    record Gathered(String service, int count, List<Arrival> named) {

        static Gathered of(Arrival arrival) {
            return new Gathered(arrival.service(), 1, List.of(arrival));
        }

        Gathered and(Arrival arrival) {
            if (named.size() == MOST_NAMED) {
                return new Gathered(service, count + 1, named);
            }
            List<Arrival> longer = new ArrayList<>(named);
            longer.add(arrival);
            return new Gathered(service, count + 1, List.copyOf(longer));
        }

        /** In one line. */
        String summary() {
            if (count == 0) {
                return "";
            }
            Arrival first = named.get(0);
            return (count == 1
                            ? "a call of " + service + " needs a person: "
                            : count + " calls of " + service + " need a person, the first: ")
                    + first.call() + " (" + first.reason() + ")";
        }
    }

    /**
     * @param config the configuration in force; asked each time
     * @param epochMillis Unix milliseconds
     */
    public ReviewNotices(
            Supplier<AgentConfig> config,
            Webhooks webhooks,
            ScheduledExecutorService scheduler,
            LongSupplier epochMillis) {
        this.config = config;
        this.webhooks = webhooks;
        this.scheduler = scheduler;
        this.epochMillis = epochMillis;
    }

    public void arrived(Arrival arrival) {
        if (receivers().isEmpty()) {
            return;
        }
        String service = arrival.service();
        synchronized (pausing) {
            Gathered before = pausing.get(service);
            if (before != null) {
                pausing.put(service, before.and(arrival));
                return;
            }
            pausing.put(service, new Gathered(service, 0, List.of()));
        }
        pauseThenTell(service);
        tell(Gathered.of(arrival));
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
            pausing.put(service, new Gathered(service, 0, List.of()));
        }
        pauseThenTell(service);
        tell(gathered);
    }

    private void tell(Gathered gathered) {
        String application = config.get().application();
        webhooks.tell(receivers(), format -> WebhookBody.of(format, application, gathered, epochMillis.getAsLong()));
    }

    private List<Webhook> receivers() {
        return config.get().alerts().webhooks(Event.REVIEWS);
    }
}
