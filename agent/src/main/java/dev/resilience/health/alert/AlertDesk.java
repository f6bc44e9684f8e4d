package dev.resilience.health.alert;

import dev.resilience.breaker.Circuit;
import dev.resilience.breaker.Circuits;
import dev.resilience.breaker.State;
import dev.resilience.config.AgentConfig;
import dev.resilience.config.AgentConfig.Slo;
import dev.resilience.config.AgentConfig.Webhook;
import dev.resilience.config.ServiceConfig;
import dev.resilience.health.HealthReport;
import dev.resilience.health.Leases;
import dev.resilience.health.SystemHealth;
import dev.resilience.log.AgentLog;
import dev.resilience.metrics.EndpointFigures;
import dev.resilience.metrics.FleetFigures;
import dev.resilience.metrics.ServiceFigures;
import dev.resilience.metrics.SloReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Watches for the fleet. The instance that holds the duty looks every few seconds, keeps the book, writes it where a
 * successor finds it, and tells webhooks and the log; every instance hears the news and passes it to its listeners.
 *
 * <p>With the store away the holder goes on, and nobody takes the duty from it: an outage of Redis must not make every
 * instance page. An instance that never met the store holds the duty itself.
 *
 * <p>Rounds run one after the other, never two at once; {@link #alerts()} may be asked from any thread. Nothing waits.
 */
public final class AlertDesk implements AutoCloseable {

    private static final String DUTY = "alerts";
    private static final Duration TERM = Duration.ofSeconds(10);
    private static final long ROUND_MILLIS = 3_000;
    private static final long APPLICANT_MILLIS = 10_000;
    private static final long FIGURES_AGE_MILLIS = 15_000;
    private static final long GOALS_AGE_MILLIS = 30_000;

    /** By so much older figures may be while nobody in the fleet makes a call. */
    private static final long QUIETER = 4;

    private static final long KEEP_ALIVE_MILLIS = 60_000;
    private static final long SAVED_AGE_MILLIS = 15_000;
    private static final long NANOS_PER_MILLI = 1_000_000;

    private final Supplier<AgentConfig> config;
    private final Circuits circuits;
    private final SystemHealth health;
    private final FleetFigures figures;
    private final Leases leases;
    private final @Nullable AlertStore store;
    private final Webhooks webhooks;
    private final ScheduledExecutorService scheduler;
    private final LongSupplier nanoTime;
    private final LongSupplier epochMillis;
    private final List<AlertListener> listeners = new CopyOnWriteArrayList<>();

    // Touched by rounds only, which follow one another.
    private Map<String, ServiceFigures> lately = Map.of();
    private Map<String, SloReport> goals = Map.of();
    private long latelyNanos;
    private long goalsNanos;
    private long keptAliveNanos;
    private long savedNanos;
    private long fencing;
    private boolean metStore;

    // Guarded by this.
    private @Nullable AlertBook book;
    private boolean closed;
    /** Whether the book that a successor would find lacks something that it should not wait for. */
    private boolean unsaved;

    /**
     * @param config the configuration in force; asked each time
     * @param store null where this instance is the fleet
     * @param nanoTime monotonic
     * @param epochMillis Unix milliseconds on this host's clock
     */
    public AlertDesk(
            Supplier<AgentConfig> config,
            Circuits circuits,
            SystemHealth health,
            FleetFigures figures,
            Leases leases,
            @Nullable AlertStore store,
            Webhooks webhooks,
            ScheduledExecutorService scheduler,
            LongSupplier nanoTime,
            LongSupplier epochMillis) {
        this.config = config;
        this.circuits = circuits;
        this.health = health;
        this.figures = figures;
        this.leases = leases;
        this.store = store;
        this.webhooks = webhooks;
        this.scheduler = scheduler;
        this.nanoTime = nanoTime;
        this.epochMillis = epochMillis;
    }

    public void addListener(AlertListener listener) {
        listeners.add(listener);
    }

    public void start() {
        if (store != null) {
            store.listen(news -> pass(BookText.notices(news, epochMillis.getAsLong())));
        }
        plan(ROUND_MILLIS);
    }

    /** The fleet's alerts: those that last first, then those of the last hour. Completes normally always. */
    public CompletionStage<List<Alert>> alerts() {
        synchronized (this) {
            if (book != null) {
                return CompletableFuture.completedFuture(book.alerts());
            }
        }
        if (store == null) {
            return CompletableFuture.completedFuture(List.of());
        }
        return store.load()
                .thenApply(saved -> AlertBook.read(saved.book(), saved.ageMillis(), epochMillis.getAsLong())
                        .alerts())
                .exceptionally(away -> List.of());
    }

    /** Whether this instance watches for the fleet. */
    public synchronized boolean onDuty() {
        return book != null;
    }

    @Override
    public synchronized void close() {
        closed = true;
    }

    private void plan(long millis) {
        synchronized (this) {
            if (closed) {
                return;
            }
        }
        long jittered =
                (long) (millis * (0.75 + 0.5 * ThreadLocalRandom.current().nextDouble()));
        try {
            scheduler.schedule(this::round, jittered, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException closing) {
            // The agent's threads are gone.
        }
    }

    private void round() {
        CompletionStage<?> done;
        try {
            done = onDutyNow().thenCompose(duty -> duty ? watch() : CompletableFuture.completedFuture(null));
        } catch (RuntimeException failure) {
            done = CompletableFuture.failedFuture(failure);
        }
        done.whenComplete((result, failure) -> {
            if (failure != null) {
                AgentLog.warn("alerts", "a round of the alert watch failed", failure);
            }
            plan(onDuty() ? ROUND_MILLIS : APPLICANT_MILLIS);
        });
    }

    private CompletionStage<Boolean> onDutyNow() {
        return leases.hold(DUTY, TERM).thenCompose(token -> {
            if (store != null && token == Leases.OWN && metStore) {
                return CompletableFuture.completedFuture(onDuty());
            }
            metStore |= token != Leases.OWN;
            if (token <= 0) {
                leave();
                return CompletableFuture.completedFuture(false);
            }
            boolean fresh = token != fencing || !onDuty();
            fencing = token;
            return fresh ? take() : CompletableFuture.completedFuture(true);
        });
    }

    /** Takes the duty over, with the book as its last holder left it. */
    private CompletionStage<Boolean> take() {
        if (store == null) {
            return CompletableFuture.completedFuture(open(new AlertBook()));
        }
        return store.load().handle((saved, away) -> {
            if (away != null) {
                // Its own book, if it has one, is newer than none.
                return onDuty() || open(new AlertBook());
            }
            return open(AlertBook.read(saved.book(), saved.ageMillis(), epochMillis.getAsLong()));
        });
    }

    private boolean open(AlertBook opened) {
        List<Notice> undelivered;
        synchronized (this) {
            book = opened;
            undelivered = opened.undelivered();
        }
        undelivered.forEach(this::post);
        return true;
    }

    private synchronized void leave() {
        book = null;
    }

    private CompletionStage<?> watch() {
        return refreshed().thenCompose(ready -> {
            List<Notice> notices;
            List<Alert> firing;
            String written;
            long now = epochMillis.getAsLong();
            boolean delivered;
            synchronized (this) {
                delivered = unsaved;
                unsaved = false;
                AlertBook current = book;
                if (current == null) {
                    return CompletableFuture.completedFuture(null);
                }
                List<Finding> findings = AlertRules.findings(config.get().alerts(), observation());
                notices = current.update(findings, now, config.get().alerts().repeat());
                written = current.write(now);
                firing = current.alerts().stream().filter(Alert::firing).toList();
            }
            keepAlive(firing);
            notices.forEach(this::post);
            return save(written, notices, delivered);
        });
    }

    private CompletionStage<?> refreshed() {
        Map<String, Slo> wanted = new LinkedHashMap<>();
        for (ServiceConfig service : config.get().services().values()) {
            wanted.put(service.name(), service.slo());
        }
        long now = nanoTime.getAsLong();
        // Of calls that nobody makes the figures change by growing old alone.
        long nanos = NANOS_PER_MILLI * (circuits.all().stream().allMatch(Circuit::isQuiet) ? QUIETER : 1);
        List<CompletableFuture<?>> pending = new ArrayList<>();
        if (lately.isEmpty() || now - latelyNanos > FIGURES_AGE_MILLIS * nanos) {
            pending.add(figures.over(wanted.keySet(), Observation.LATELY)
                    .thenAccept(answer -> {
                        lately = answer.services();
                        latelyNanos = now;
                    })
                    .toCompletableFuture());
        }
        if (goals.isEmpty() || now - goalsNanos > GOALS_AGE_MILLIS * nanos) {
            pending.add(figures.judge(wanted)
                    .thenAccept(judgement -> {
                        goals = judgement.services();
                        goalsNanos = now;
                    })
                    .toCompletableFuture());
        }
        return CompletableFuture.allOf(pending.toArray(new CompletableFuture<?>[0]));
    }

    private Observation observation() {
        List<Observation.OfService> services = new ArrayList<>();
        for (Circuit circuit : circuits.all()) {
            State state = circuit.state();
            ServiceFigures seen = lately.get(circuit.service());
            long down = 0;
            if (state != State.CLOSED) {
                long outage = seen == null || seen.transitions().recoveringMillis() == 0
                        ? 0
                        : seen.transitions().recoveringMillis()
                                + (nanoTime.getAsLong() - latelyNanos) / NANOS_PER_MILLI;
                down = Math.max(outage, circuit.view().sinceMillis());
            }
            services.add(new Observation.OfService(
                    circuit.service(),
                    state,
                    down,
                    seen == null ? EndpointFigures.none(circuit.service(), "") : seen.total(),
                    goals.get(circuit.service())));
        }
        List<String> cascades = health.report().cascades().stream()
                .map(HealthReport.Cascade::toString)
                .toList();
        return new Observation(services, cascades);
    }

    private void keepAlive(List<Alert> firing) {
        long now = nanoTime.getAsLong();
        if (now - keptAliveNanos > KEEP_ALIVE_MILLIS * NANOS_PER_MILLI) {
            keptAliveNanos = now;
            webhooks.keepAlive(receivers(), config.get().application(), firing);
        }
    }

    private void post(Notice notice) {
        webhooks.tell(receivers(), config.get().application(), notice).whenComplete((told, failure) -> {
            synchronized (this) {
                if (book != null) {
                    unsaved = true;
                    book.delivered(notice.alert().finding().id());
                }
            }
        });
    }

    private List<Webhook> receivers() {
        return config.get().alerts().webhooks(Webhook.Event.ALERTS);
    }

    /** @param delivered whether a notice arrived since the book was written: a successor need not tell it again */
    private CompletionStage<?> save(String written, List<Notice> notices, boolean delivered) {
        for (Notice notice : notices) {
            AgentLog.alert(notice.line());
        }
        if (store == null) {
            pass(notices);
            return CompletableFuture.completedFuture(null);
        }
        boolean due = delivered || nanoTime.getAsLong() - savedNanos > SAVED_AGE_MILLIS * NANOS_PER_MILLI;
        if (notices.isEmpty() && (!due || written.equals(AlertBook.NOTHING))) {
            return CompletableFuture.completedFuture(null);
        }
        savedNanos = nanoTime.getAsLong();
        return store.save(fencing, written, BookText.news(notices, epochMillis.getAsLong()))
                .handle((taken, away) -> {
                    if (away != null) {
                        // Nobody else hears of it yet; this instance's own listeners do.
                        pass(notices);
                        synchronized (this) {
                            unsaved = true;
                        }
                    } else if (!taken) {
                        // Another took over while this one slept: its book counts.
                        leave();
                    }
                    return null;
                });
    }

    private void pass(List<Notice> notices) {
        for (Notice notice : notices) {
            for (AlertListener listener : listeners) {
                try {
                    listener.onAlert(notice);
                } catch (RuntimeException failure) {
                    AgentLog.warn("alert-listener", "a listener of alerts failed", failure);
                }
            }
        }
    }
}
