package dev.resilience.instrument.jdbc;

import dev.resilience.bootstrap.Passage;
import dev.resilience.fallback.RowsRecorder;
import dev.resilience.instrument.Adapter;
import java.sql.ResultSet;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;

/**
 * {@code getResultSet}, {@code getUpdateCount}, {@code getMoreResults} and their kin: after an execution that was answered in
 * the database's place they agree with its answer, and the rows of {@code execute()} are taken down from here.
 */
final class Fetching implements Adapter {

    private final Known known;
    private final String method;

    Fetching(Known known, String method) {
        this.known = known;
        this.method = method;
    }

    @Override
    public @Nullable Passage enter(
            Object self, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
        StatementState state = known.statements.get(self);
        if (state == null) {
            return null;
        }
        Given given = state.given;
        if (given != null) {
            return new Fetch(state, answer(given, (Statement) self, method));
        }
        return state.recorder != null && method.equals("getResultSet") ? new Fetch(state) : null;
    }

    /** What the method gives after an execution that was answered. */
    static @Nullable Object answer(Given given, Statement statement, String method) {
        switch (method) {
            case "getResultSet":
                return given.rows(statement);
            case "getUpdateCount":
                return (int) Math.min(given.count(), Integer.MAX_VALUE);
            case "getLargeUpdateCount":
                return given.count();
            case "getGeneratedKeys":
                return DetachedResultSet.empty(statement);
            default:
                given.next();
                return false;
        }
    }

    private final class Fetch extends Passage {

        private final StatementState state;

        /** Of the driver's own result. */
        Fetch(StatementState state) {
            this.state = state;
        }

        Fetch(StatementState state, @Nullable Object answer) {
            this.state = state;
            skipped = true;
            result = answer;
        }

        @Override
        protected void exit(@Nullable Object given, @Nullable Throwable failure) {
            RowsRecorder recorder = state.recorder;
            if (recorder == null) {
                return;
            }
            state.recorder = null;
            if (given instanceof ResultSet rows) {
                Recording.begin(known, state, rows, recorder);
            } else {
                recorder.abandon();
            }
        }
    }
}
