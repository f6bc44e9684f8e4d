package dev.resilience.instrument;

import dev.resilience.bootstrap.Bridge;
import dev.resilience.bootstrap.Passage;
import org.jspecify.annotations.Nullable;

/**
 * An adapter that has nothing to do until something happens. Its calls are so many, and most applications' so often for
 * nothing, that its site is {@linkplain Bridge#isQuiet quiet} until then.
 */
public record Dormant(Wake wake, Adapter adapter) implements Adapter {

    @Override
    public @Nullable Passage enter(
            Object self, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
        return adapter.enter(self, first, second, third);
    }
}
