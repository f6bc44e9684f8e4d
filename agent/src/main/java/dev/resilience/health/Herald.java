package dev.resilience.health;

import dev.resilience.config.AgentConfig;
import dev.resilience.config.ServiceConfig;
import dev.resilience.health.forecast.Forecast.Expected;
import dev.resilience.log.AgentLog;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Announces forecast trouble, once per fleet: the instance on duty makes a forecast of every service each minute, and tells
 * what it had not told for an hour. An announcement is no alert: nobody is paged for what may come. Thread-safe; nothing
 * waits.
 */
public final class Herald {

    private static final long ROUND_MILLIS = 60_000;
    private static final long QUIET_NANOS = TimeUnit.HOURS.toNanos(1);

    private final Supplier<AgentConfig> config;
    private final Forecasts forecasts;
    private final BooleanSupplier onDuty;
    private final BiConsumer<String, Expected> listener;
    private final ScheduledExecutorService scheduler;
    private final LongSupplier nanoTime;

    /** By service and kind, when it was last forecast; guarded by itself. */
    private final Map<String, Long> lastForecast = new HashMap<>();

    /**
     * @param onDuty whether this instance acts for the fleet
     * @param listener told of service and trouble, on a thread of the agent's; must not wait
     * @param nanoTime monotonic
     */
    public Herald(
            Supplier<AgentConfig> config,
            Forecasts forecasts,
            BooleanSupplier onDuty,
            BiConsumer<String, Expected> listener,
            ScheduledExecutorService scheduler,
            LongSupplier nanoTime) {
        this.config = config;
        this.forecasts = forecasts;
        this.onDuty = onDuty;
        this.listener = listener;
        this.scheduler = scheduler;
        this.nanoTime = nanoTime;
    }

    public void start() {
        try {
            scheduler.schedule(this::round, ROUND_MILLIS, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException closing) {
            // The agent's threads are gone.
        }
    }

    private void round() {
        try {
            if (onDuty.getAsBoolean()) {
                for (ServiceConfig service : config.get().services().values()) {
                    forecasts
                            .of(service.name(), service.slo().latencyP99())
                            .thenAccept(forecast ->
                                    forecast.expected().forEach(expected -> forecast(service.name(), expected)));
                }
            }
        } catch (RuntimeException failure) {
            AgentLog.warn("herald", "a round of forecasts failed", failure);
        } finally {
            start();
        }
    }

    private void forecast(String service, Expected expected) {
        long now = nanoTime.getAsLong();
        Long before;
        synchronized (lastForecast) {
            before = lastForecast.put(service + '\n' + expected.kind(), now);
        }
        if (before == null || now - before > QUIET_NANOS) {
            AgentLog.alert("forecast for '" + service + "': " + expected.summary());
            listener.accept(service, expected);
        }
    }
}
