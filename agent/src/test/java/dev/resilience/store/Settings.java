package dev.resilience.store;

import dev.resilience.breaker.BreakerSettings;
import dev.resilience.config.Mode;
import java.util.function.Consumer;

/** Settings that differ from the defaults in what a test names. */
final class Settings {

    int failureThreshold = 5;
    double failureRate = 0.5;
    boolean either;
    long windowMillis = 60_000;
    long timeoutMillis = 60_000;
    int halfOpenQuota = 3;
    int successThreshold = 2;
    long halfOpenTimeoutMillis = 300_000;
    int minimumCalls = 5;
    long slowNanos = Long.MAX_VALUE;
    double slowRate = 1;
    double timeoutGrowth = 1;
    long longestTimeoutMillis = 600_000;
    int minInstances = 1;
    long rampUpMillis;

    static BreakerSettings with(Consumer<Settings> change) {
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
