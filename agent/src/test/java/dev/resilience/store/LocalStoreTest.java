package dev.resilience.store;

import dev.resilience.breaker.BreakerStore;

class LocalStoreTest extends CircuitConformance {

    @Override
    BreakerStore emptyStore() {
        return new LocalStore(time, time::unixMillis);
    }
}
