package dev.resilience.instrument.jdbc;

import dev.resilience.bootstrap.Passage;
import dev.resilience.instrument.Adapter;
import org.jspecify.annotations.Nullable;

/**
 * {@code XADataSource.getXAConnection} and {@code ConnectionPoolDataSource.getPooledConnection}: the driver builds on the very
 * class of its connection, so none that is offline will do; a rejection is thrown.
 */
final class Physical implements Adapter {

    private final Known known;

    Physical(Known known) {
        this.known = known;
    }

    @Override
    public Passage enter(Object self, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
        known.preparing.needed();
        // Its transactions may begin before any statement is known.
        known.guarding.up();
        OnThread thread = OnThread.get();
        Passage passage = new Passage() {
            @Override
            protected void exit(@Nullable Object given, @Nullable Throwable failure) {
                thread.physical--;
            }
        };
        thread.physical++;
        return passage;
    }
}
