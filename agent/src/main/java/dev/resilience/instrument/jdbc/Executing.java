package dev.resilience.instrument.jdbc;

import dev.resilience.bootstrap.Passage;
import dev.resilience.instrument.Adapter;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;

/**
 * {@code execute} and its kin. Layers beneath a guarded one pass, and so does what a pool executes for itself. A statement
 * that was made before it was woven passes, too.
 */
final class Executing implements Adapter {

    /** How MariaDB's driver says what a transaction manager directs, by statements that its own methods make. */
    private static final String DIRECTED = "XA ";

    private final Known known;
    private final Expected expected;

    Executing(Known known, Expected expected) {
        this.known = known;
        this.expected = expected;
    }

    @Override
    public @Nullable Passage enter(
            Object self, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
        OnThread thread = OnThread.get();
        if (thread.marks.active()) {
            return null;
        }
        StatementState state = known.statements.get(self);
        if (state == null) {
            if (first instanceof String sql && sql.startsWith(DIRECTED)) {
                directed((Statement) self, sql);
            }
            return null;
        }
        String given = first instanceof String sql ? sql : null;
        if (thread.pooling > 0) {
            state.connection.session.heard(state.prepared == null ? given : state.prepared);
            QueryDeadline deadline = QueryDeadline.set(
                    (Statement) self, state.connection.url(), PoolsOwn.millis(known, state.connection));
            return deadline == null ? null : new OfPool(deadline);
        }
        if (state.connection.offline) {
            state.follow(known);
            if (state.connection.offline && expected == Expected.ROWS && DialectQuestion.is(given)) {
                return new Instead(
                        DialectQuestion.answer(state.connection.url()).rows((Statement) self));
            }
        }
        state.asked(second);
        return Execution.open(known, thread.marks, state, self, given, expected);
    }

    private void directed(Statement statement, String sql) {
        try {
            ConnectionState state = known.resolve(statement.getConnection());
            if (state != ConnectionState.UNKNOWN) {
                state.transaction.heard(sql);
            }
        } catch (SQLException closed) {
            // Nothing more is asked of it.
        }
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
