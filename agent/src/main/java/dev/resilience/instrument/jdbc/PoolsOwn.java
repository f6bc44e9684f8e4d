package dev.resilience.instrument.jdbc;

import dev.resilience.bootstrap.Passage;
import dev.resilience.instrument.Adapter;
import org.jspecify.annotations.Nullable;

/** {@code Connection.isValid}, and the methods by which pools test and set up connections: what they execute passes. */
final class PoolsOwn implements Adapter {

    @Override
    public Passage enter(Object self, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
        OnThread thread = OnThread.get();
        Passage passage = new Passage() {
            @Override
            protected void exit(@Nullable Object given, @Nullable Throwable failure) {
                thread.pooling--;
            }
        };
        thread.pooling++;
        return passage;
    }
}
