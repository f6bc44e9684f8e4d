package dev.resilience.instrument.jetty9;

import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;

/** What the slowest of several listeners asks for, as the client reckons it itself. Thread-safe. */
final class SharedDemand implements ObjLongConsumer<Object> {

    private final LongConsumer client;
    private final Map<Object, Long> asked = new IdentityHashMap<>();
    private long passedOn;

    SharedDemand(List<?> listeners, LongConsumer client) {
        this.client = client;
        for (Object listener : listeners) {
            asked.put(listener, 0L);
        }
    }

    /** @param listener null where there is none */
    @Override
    public void accept(@Nullable Object listener, long more) {
        long next = more;
        if (listener != null) {
            synchronized (this) {
                asked.merge(listener, more, (before, added) -> before + added < 0 ? Long.MAX_VALUE : before + added);
                long least =
                        asked.values().stream().mapToLong(Long::longValue).min().orElse(0);
                next = least - passedOn;
                passedOn = Math.max(passedOn, least);
            }
        }
        if (next > 0) {
            client.accept(next);
        }
    }
}
