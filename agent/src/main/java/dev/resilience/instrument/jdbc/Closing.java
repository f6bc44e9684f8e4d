package dev.resilience.instrument.jdbc;

import dev.resilience.bootstrap.Passage;
import dev.resilience.instrument.Adapter;
import org.jspecify.annotations.Nullable;

/** {@code Statement.close}: what is known of the statement is of no use any more. */
final class Closing implements Adapter {

    private final Known known;

    Closing(Known known) {
        this.known = known;
    }

    @Override
    public @Nullable Passage enter(
            Object self, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
        StatementState state = known.statements.remove(self);
        if (state != null) {
            state.close();
        }
        return null;
    }
}
