package dev.resilience.instrument.jdbc;

import dev.resilience.bootstrap.Passage;
import dev.resilience.fallback.Answer;
import dev.resilience.fallback.RowsRecorder;
import dev.resilience.guard.Endpoint;
import dev.resilience.guard.JdbcCall;
import dev.resilience.guard.Ruling;
import dev.resilience.guard.ThreadMarks;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One guarded execution of a statement, from the outermost layer's point of view. */
final class Execution extends Passage {

    private static final String CANCELLED = "57014";

    private final Known known;
    private final ThreadMarks.Depth marks;
    private final JdbcCall call;
    private final StatementRequest request;
    private final StatementState state;
    /** A {@link Statement}: to be sure of that costs as much as the rest, and is seldom needed. */
    private final Object statement;

    private final Expected expected;
    private final boolean recordable;
    private final int batchSize;

    /** A pool that hears of a failure closes the connection at once, on another thread: only what was closed before is the caller's. */
    private final boolean closedBefore;

    /** What the session was set to, where the statement may set something; null where it does not. */
    private @Nullable InForce before;

    /** Those of a batch that may begin or end a transaction; empty for what is none. */
    private List<String> batch = List.of();

    private @Nullable QueryDeadline deadline;

    private Execution(
            Known known,
            ThreadMarks.Depth marks,
            JdbcCall call,
            StatementRequest request,
            StatementState state,
            Object statement,
            Expected expected,
            boolean recordable) {
        this.known = known;
        this.marks = marks;
        this.call = call;
        this.request = request;
        this.state = state;
        this.statement = statement;
        this.expected = expected;
        this.recordable = recordable;
        this.batchSize = state.batchSize;
        this.closedBefore = state.connection.isClosed();
        if (expected.batch()) {
            state.endBatch();
        }
    }

    /** The passage, or null when no rule matches. */
    static @Nullable Passage open(
            Known known,
            ThreadMarks.Depth marks,
            StatementState state,
            Object statement,
            @Nullable String given,
            Expected expected) {
        state.begin();
        String sql = state.prepared != null ? state.prepared : given != null ? given : state.batched;
        Database database = state.connection.database(known);
        if (sql == null || database == null) {
            return null;
        }
        Database.Ruled ruled = state.ruled(database, sql);
        InForce before = null;
        List<String> batch = expected.batch() ? state.batchedSettings() : List.of();
        if (!batch.isEmpty() || ruled.concerns(expected == Expected.ROWS)) {
            settle(state.connection, (Statement) statement);
            before = state.connection.session.inForce();
            if (batch.isEmpty()) {
                state.connection.session.note(sql, expected.batch() ? null : state.told());
            }
            state.connection.session.noteBatch(batch);
        }
        Object passed = state.connection.offline ? passedOn(state, ruled, expected) : null;
        if (passed != null) {
            return new Instead(passed);
        }
        if (state.connection.isCutOff() && ruled.changes() && Transaction.isEnd(sql)) {
            Object nothing = nothingToEnd(state, expected);
            if (nothing != null) {
                return new Instead(nothing);
            }
        }
        Endpoint endpoint = database.endpoint(ruled);
        if (endpoint == null) {
            if (expected.batch()) {
                state.connection.transaction.heardBatch(batch.isEmpty() ? List.of(sql) : batch);
                state.endBatch();
            } else if (ruled.changes()) {
                state.connection.transaction.heard(sql);
            }
            return unruled(state, (Statement) statement, before, ruled, expected);
        }
        state.connection.serves(endpoint);
        StatementRequest request = new StatementRequest(state, statement, ruled, expected);
        JdbcCall call = known.guard.open(endpoint) && isMigration(endpoint)
                ? known.guard.beginConnect(endpoint, request)
                : known.guard.begin(endpoint, request);
        boolean recordable = endpoint.hasFallback() && !expected.batch() && request.query();
        // What a connection says when a statement has failed on it tells nothing.
        if (recordable) {
            request.mostRows();
            request.mayBeTakenBack();
        } else if (ruled.changes() && mayBeAnswered(known, endpoint, database)) {
            request.commitsItself();
        }
        Execution execution = new Execution(known, marks, call, request, state, statement, expected, recordable);
        execution.before = before;
        execution.batch = batch.isEmpty() && expected.batch() ? List.of(sql) : batch;
        execution.decide();
        if (execution.skipped && expected.batch()) {
            emptied((Statement) statement);
        }
        return execution;
    }

    /** What decides on a transaction is asked of no circuit that rejects, but is waited for no longer than at other times. */
    private static @Nullable Passage unruled(
            StatementState state,
            Statement statement,
            @Nullable InForce before,
            Database.Ruled ruled,
            Expected expected) {
        Endpoint rejecting = ruled.verdict() ? ruled.endpoint() : null;
        QueryDeadline deadline = rejecting == null
                ? null
                : QueryDeadline.set(statement, state.connection.url(), rejecting.deadlineMillis());
        return before == null && deadline == null
                ? null
                : new Unruled(state.connection, before, deadline, ruled.sql(), expected);
    }

    /** Whether what the connection says of its transaction may be wanted after the statement; some drivers ask the database for it. */
    private static boolean mayBeAnswered(Known known, Endpoint endpoint, Database database) {
        return (endpoint.lendsConnections() && endpoint.hasFallback())
                || (known.guard.answersWithoutConnection(database.url()) && !known.guard.open(endpoint));
    }

    /** What was set before outside of a transaction is nothing that the end of one takes back. */
    private static void settle(ConnectionState connection, Statement statement) {
        if (connection.session.settled() || connection.transaction.begun()) {
            return;
        }
        try {
            if (Boolean.TRUE.equals(Bounding.autoCommit(statement.getConnection()))) {
                connection.session.committed();
            }
        } catch (SQLException | RuntimeException | AbstractMethodError untold) {
            // Then it is as if there were one.
        }
    }

    /**
     * What says how values are shown and names are looked up goes well without a database, as by the connection's own methods: it
     * is part of the key of what was kept, and said again to the connection that this one becomes. @return null for all else
     */
    private static @Nullable Object passedOn(StatementState state, Database.Ruled ruled, Expected expected) {
        OfflineConnection standIn = state.connection.standIn;
        Object nothing = ruled.markers() == 0 && SettingStatement.isHarmless(ruled.sql()) ? nothing(expected) : null;
        if (standIn == null || nothing == null || !state.connection.session.known()) {
            return null;
        }
        standIn.setBy(ruled.sql());
        state.given = Given.count(0);
        return nothing;
    }

    /** As by the connection's own methods: the database was told of no transaction. @return null for what ends none */
    private static @Nullable Object nothingToEnd(StatementState state, Expected expected) {
        Object nothing = nothing(expected);
        if (nothing != null) {
            state.given = Given.count(0);
            state.connection.transaction.endedWithoutDatabase();
        }
        return nothing;
    }

    /** What a statement gives that changes no row; null where it cannot be one. */
    private static @Nullable Object nothing(Expected expected) {
        return switch (expected) {
            case COUNT -> 0;
            case LARGE_COUNT -> 0L;
            case ANY -> Boolean.FALSE;
            case ROWS, BATCH, LARGE_BATCH -> null;
        };
    }

    /** As an execution leaves a batch however it ends: nobody expects it to run with the next one. */
    private static void emptied(Statement batch) {
        ThreadMarks.enter();
        try {
            batch.clearBatch();
        } catch (SQLException | RuntimeException | AbstractMethodError gone) {
            // With its connection.
        } finally {
            ThreadMarks.exit();
        }
    }

    private void decide() {
        Ruling ruling = state.connection.isCutOff() ? withoutDatabase() : call.admit();
        // A circuit that ramps up, or has opened this very moment, refuses no end of a transaction.
        boolean goesOn = request.verdict() && !state.connection.isCutOff();
        if (ruling instanceof Ruling.Reject reject && !goesOn) {
            skipped = true;
            if (before != null) {
                state.connection.session.leftAs(before);
            }
            Throwable lost = state.connection.lostBy();
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
            long millis = call.endpoint().deadlineMillis();
            deadline = millis <= 0 ? null : QueryDeadline.set((Statement) statement, state.connection.url(), millis);
            marks.enter();
        }
    }

    private Ruling withoutDatabase() {
        Ruling ruling = call.refused();
        state.connection.executedInItsPlace();
        return ruling;
    }

    @Override
    protected void exit(@Nullable Object given, @Nullable Throwable failure) {
        marks.exit();
        if (deadline != null) {
            deadline.restore();
        }
        if (expected.batch() || request.changes()) {
            if (expected.batch()) {
                state.connection.transaction.heardBatch(batch);
            } else {
                state.connection.transaction.heard(request.sql());
            }
            if (request.committedItself()) {
                state.connection.transaction.committed();
            }
        }
        if (failure != null) {
            failed(failure);
            return;
        }
        call.succeeded();
        if (recordable && !request.mayBeTakenBack()) {
            record(given);
        }
    }

    private void failed(Throwable failure) {
        if (before != null) {
            state.connection.refused(request.sql(), expected, failure, before);
        }
        if (closedBefore || state.cancelled || endedByClosing(failure) || state.connection.isAborted()) {
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

    /** PostgreSQL's driver and its kin's cancel what a statement does that is closed from another thread. */
    private boolean endedByClosing(Throwable failure) {
        return state.closed
                && LocalSettings.arePostgresqls(state.connection.url())
                && failure instanceof SQLException ended
                && CANCELLED.equals(ended.getSQLState());
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
        Statement of = (Statement) statement;
        if (answer instanceof Answer.RowSet rowSet) {
            Given answered = Given.rows(rowSet, state.connection.url());
            state.given = answered;
            ResultSet rows = expected == Expected.ROWS ? answered.rows(of) : null;
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
                case ROWS -> DetachedResultSet.empty(of);
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

    /** No rule takes the statement, but the rows that others keep depend on what it sets. */
    private static final class Unruled extends Passage {

        private final ConnectionState connection;
        private final @Nullable InForce before;
        private final @Nullable QueryDeadline deadline;
        private final String sql;
        private final Expected expected;

        Unruled(
                ConnectionState connection,
                @Nullable InForce before,
                @Nullable QueryDeadline deadline,
                String sql,
                Expected expected) {
            this.connection = connection;
            this.before = before;
            this.deadline = deadline;
            this.sql = sql;
            this.expected = expected;
        }

        @Override
        protected void exit(@Nullable Object given, @Nullable Throwable failure) {
            if (deadline != null) {
                deadline.restore();
            }
            if (failure != null && before != null) {
                connection.refused(sql, expected, failure, before);
            }
        }
    }
}
