package dev.resilience.instrument.jdbc;

import dev.resilience.bootstrap.Passage;
import dev.resilience.guard.ThreadMarks;
import dev.resilience.instrument.Adapter;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;

/**
 * {@code execute} and its kin. Layers beneath a guarded one pass, and so does what a pool executes for itself. A statement
 * that was made before it was woven passes, too.
 */
final class Executing implements Adapter {

    private final Known known;
    private final Expected expected;

    Executing(Known known, Expected expected) {
        this.known = known;
        this.expected = expected;
    }

    @Override
    public @Nullable Passage enter(
            Object self, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
        // Of the layers that a statement crosses one is known: the others ask for no more than that.
        StatementState state = self instanceof Statement statement ? known.statements.get(statement) : null;
        if (state == null || ThreadMarks.active()) {
            return null;
        }
        String given = first instanceof String sql ? sql : null;
        if (OnThread.get().pooling > 0) {
            String sql = state.prepared == null ? given : state.prepared;
            if (sql != null && SessionSettings.concerns(sql)) {
                state.connection.session.note(sql, null);
            }
            QueryDeadline deadline = QueryDeadline.set((Statement) self, PoolsOwn.millis(known, state.connection));
            return deadline == null ? null : new OfPool(deadline);
        }
        return Execution.open(known, state, (Statement) self, given, expected);
    }

    /** A pool's own execution, which a database that hangs would not let end. */
    private static final class OfPool extends Passage {

        private final QueryDeadline deadline;

        OfPool(QueryDeadline deadline) {
            this.deadline = deadline;
        }

        @Override
        protected void exit(@Nullable Object given, @Nullable Throwable failure) {
            deadline.restore();
        }
    }
}
