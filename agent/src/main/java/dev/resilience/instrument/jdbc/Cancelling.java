package dev.resilience.instrument.jdbc;

import dev.resilience.bootstrap.Passage;
import dev.resilience.instrument.Adapter;
import java.sql.Statement;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code Statement.cancel}: what the application ends itself, its user having gone away, tells nothing about the database.
 * Drivers that keep their query time-outs by the same method are told by who calls it.
 */
final class Cancelling implements Adapter {

    private static final Set<String> CANCEL = Set.of("cancel");

    private final Known known;

    Cancelling(Known known) {
        this.known = known;
    }

    @Override
    public @Nullable Passage enter(
            Object self, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
        StatementState state = self instanceof Statement statement ? known.statements.get(statement) : null;
        if (state != null
                && !vendor(Callers.of(CANCEL)).equals(vendor(self.getClass().getName()))) {
            state.cancelled = true;
        }
        return null;
    }

    /** The first two names of a package, {@code org.postgresql}. */
    private static String vendor(String className) {
        int dot = className.indexOf('.', className.indexOf('.') + 1);
        return dot < 0 ? className : className.substring(0, dot);
    }
}
