package dev.resilience.instrument.jdbc;

import dev.resilience.bootstrap.Passage;
import dev.resilience.fallback.Answer;
import dev.resilience.fallback.RowsRecorder;
import dev.resilience.guard.Endpoint;
import dev.resilience.guard.JdbcCall;
import dev.resilience.guard.Ruling;
import dev.resilience.guard.ThreadMarks;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** One guarded execution of a statement, from the outermost layer's point of view. */
final class Execution extends Passage {

    private final Known known;
    private final JdbcCall call;
    private final StatementRequest request;
    private final StatementState state;
    private final Statement statement;
    private final Expected expected;
    private final boolean recordable;
    private final int batchSize;

    /** A pool that hears of a failure closes the connection at once, on another thread: only what was closed before is the caller's. */
    private final boolean closedBefore;

    private @Nullable QueryDeadline deadline;

    private Execution(
            Known known,
            JdbcCall call,
            StatementRequest request,
            StatementState state,
            Statement statement,
            Expected expected,
            boolean recordable) {
        this.known = known;
        this.call = call;
        this.request = request;
        this.state = state;
        this.statement = statement;
        this.expected = expected;
        this.recordable = recordable;
        this.batchSize = state.batchSize;
        this.closedBefore = state.connection.closed;
        if (expected.batch()) {
            state.endBatch();
        }
    }

    /** The passage, or null when no rule matches. */
    static @Nullable Execution open(
            Known known, StatementState state, Statement statement, @Nullable String given, Expected expected) {
        state.begin();
        String sql = state.prepared != null ? state.prepared : given != null ? given : state.batched;
        String url = state.connection.url();
        if (sql == null || url == null) {
            return null;
        }
        if (SessionSettings.concerns(sql)) {
            state.connection.session.note(sql, state.parameters == null ? null : state.parameters.list());
        }
        Endpoint endpoint = known.guard.matchJdbc(url, sql);
        if (endpoint == null) {
            if (expected.batch()) {
                state.endBatch();
            }
            return null;
        }
        state.connection.servesService(endpoint.service());
        StatementRequest request = new StatementRequest(state, statement, sql, expected);
        JdbcCall call = known.guard.open(endpoint) && isMigration(endpoint)
                ? known.guard.beginConnect(endpoint, request)
                : known.guard.begin(endpoint, request);
        boolean recordable = endpoint.hasFallback() && !expected.batch() && request.query();
        Execution execution = new Execution(known, call, request, state, statement, expected, recordable);
        execution.decide();
        return execution;
    }

    private void decide() {
        Ruling ruling = state.connection.offline ? call.refused() : call.admit();
        if (ruling instanceof Ruling.Reject reject) {
            skipped = true;
            Throwable lost = state.connection.lost;
            thrown = lost == null || known.guard.open(call.endpoint())
                    ? Rejections.of(reject.exception(), request.obstacle)
                    : Rejections.offline(request.url(), lost, request.obstacle);
        } else if (ruling instanceof Ruling.Substitute substitute) {
            skipped = true;
            if (isMigration(call.endpoint())) {
                thrown = Rejections.offline(request.url());
            } else {
                give(substitute.answer());
            }
        } else {
            deadline = QueryDeadline.set(statement, call.endpoint().deadlineMillis());
            ThreadMarks.enter();
        }
    }

    @Override
    protected void exit(@Nullable Object given, @Nullable Throwable failure) {
        ThreadMarks.exit();
        if (deadline != null) {
            deadline.restore();
        }
        if (failure != null) {
            failed(failure);
            return;
        }
        call.succeeded();
        if (recordable) {
            record(given);
        }
    }

    private void failed(Throwable failure) {
        if (closedBefore) {
            call.cancelled();
        } else if (isMigration(call.endpoint())) {
            call.cancelled();
            JdbcCall unanswered = known.guard.beginConnect(call.endpoint(), request);
            if (unanswered.admit() instanceof Ruling.Proceed) {
                unanswered.failed(failure);
            }
        } else if (call.failed(failure) instanceof Ruling.Substitute substitute) {
            thrown = null;
            give(substitute.answer());
        }
    }

    /** Whether a tool that changes the schema asks: it must see the database as it is, or fail. */
    private static boolean isMigration(Endpoint endpoint) {
        return endpoint.hasFallback() && MigrationTools.onStack();
    }

    private void record(@Nullable Object given) {
        boolean rows = given instanceof ResultSet || Boolean.TRUE.equals(given);
        RowsRecorder recorder = rows ? call.recorder() : null;
        if (recorder == null) {
            return;
        }
        if (given instanceof ResultSet resultSet) {
            Recording.begin(known, state, resultSet, recorder);
        } else {
            state.recorder = recorder;
        }
    }

    /** Gives the caller the answer in the form that the method has. */
    private void give(Answer answer) {
        if (answer instanceof Answer.RowSet rowSet) {
            ResultSet rows = DetachedResultSet.of(rowSet, statement, state.connection.url());
            state.given = Given.rows(rows);
            result = switch (expected) {
                case ROWS -> rows;
                case ANY -> Boolean.TRUE;
                case COUNT -> 0;
                case LARGE_COUNT -> 0L;
                case BATCH -> new int[0];
                case LARGE_BATCH -> new long[0];
            };
        } else {
            long count = answer instanceof Answer.UpdateCount update ? update.count() : 0;
            state.given = Given.count(count);
            result = switch (expected) {
                case ROWS -> DetachedResultSet.empty(statement);
                case ANY -> Boolean.FALSE;
                case COUNT -> (int) Math.min(count, Integer.MAX_VALUE);
                case LARGE_COUNT -> count;
                case BATCH -> filled(new int[batchSize]);
                case LARGE_BATCH -> filled(new long[batchSize]);
            };
        }
    }

    private static int[] filled(int[] counts) {
        Arrays.fill(counts, Statement.SUCCESS_NO_INFO);
        return counts;
    }

    private static long[] filled(long[] counts) {
        Arrays.fill(counts, Statement.SUCCESS_NO_INFO);
        return counts;
    }
}
