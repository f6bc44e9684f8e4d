package dev.resilience.store;

import dev.resilience.breaker.BreakerSettings;
import dev.resilience.config.Mode;
import java.util.function.Consumer;

/** Settings that differ from the defaults in what a test names. */
public final class Settings {

    public int failureThreshold = 5;
    public double failureRate = 0.5;
    public boolean either;
    public long windowMillis = 60_000;
    public long timeoutMillis = 60_000;
    public int halfOpenQuota = 3;
    public int successThreshold = 2;
    public long halfOpenTimeoutMillis = 300_000;
    public int minimumCalls = 5;
    public long slowNanos = Long.MAX_VALUE;
    public double slowRate = 1;
    public double timeoutGrowth = 1;
    public long longestTimeoutMillis = 600_000;
    public int minInstances = 1;
    public long rampUpMillis;

    public static BreakerSettings with(Consumer<Settings> change) {
        Settings settings = new Settings();
        change.accept(settings);
        return settings.build();
    }

    BreakerSettings build() {
        return new BreakerSettings(
                failureThreshold,
                failureRate,
                either,
                windowMillis,
                timeoutMillis,
                halfOpenQuota,
                successThreshold,
                halfOpenTimeoutMillis,
                minimumCalls,
                slowNanos,
                slowRate,
                timeoutGrowth,
                longestTimeoutMillis,
                longestTimeoutMillis,
                minInstances,
                rampUpMillis,
                Mode.ENFORCE);
    }
}
