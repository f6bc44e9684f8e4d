package dev.resilience.instrument.jdbc;

import dev.resilience.bootstrap.Passage;
import dev.resilience.fallback.Answer;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A statement of a connection that has no database behind it. Where a pool's own statement is around it, that one was
 * guarded already and does not come here unless no rule matches. Used by one thread at a time.
 */
final class OfflineStatement implements InvocationHandler {

    private static final Answer.RowSet ONE_ROW = new Answer.RowSet(
            "offline",
            new Answer.Rows(
                    List.of(new Answer.Column(
                            "1",
                            "1",
                            Types.INTEGER,
                            "INTEGER",
                            Integer.class.getName(),
                            10,
                            0,
                            ResultSetMetaData.columnNoNulls,
                            "",
                            "")),
                    Collections.singletonList(new Object[] {1})));

    private final Known known;
    private final Connection connection;
    private final StatementState state;
    private final Map<String, Object> settings = new HashMap<>();
    private boolean closed;

    OfflineStatement(Known known, Connection connection, StatementState state) {
        this.known = known;
        this.connection = connection;
        this.state = state;
    }

    @Override
    public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments) throws Throwable {
        Object[] given = arguments == null ? new Object[0] : arguments;
        String name = method.getName();
        Object general = Detached.general(proxy, name, given, "a statement without a connection");
        if (general != Detached.NOT_GENERAL) {
            return general;
        }
        switch (name) {
            case "close":
                closed = true;
                return null;
            case "isClosed":
                return closed;
            case "cancel":
                return null;
            default:
                if (closed) {
                    throw new SQLException("This statement is closed", "24000");
                }
        }
        return name.startsWith("execute")
                ? execute((Statement) proxy, Expected.of(name), given)
                : other((Statement) proxy, method, name, given);
    }

    private @Nullable Object execute(Statement proxy, Expected expected, Object[] given) throws Throwable {
        if (OnThread.get().pooling > 0 && OfflineConnections.is(connection) && connection.isValid(0)) {
            return passes(proxy, expected);
        }
        String sql = given.length > 0 && given[0] instanceof String text ? text : null;
        Passage passage = Execution.open(known, state, proxy, sql, expected);
        if (passage == null || !passage.skipped) {
            String url = state.connection.url();
            throw Rejections.offline(url == null ? "" : url);
        }
        if (passage.thrown != null) {
            throw passage.thrown;
        }
        return passage.result;
    }

    /** What a pool executes to test or set up the connection, which calls itself valid: one row, whatever is read of it. */
    private Object passes(Statement proxy, Expected expected) {
        ResultSet row = DetachedResultSet.of(ONE_ROW, proxy, state.connection.url());
        state.given = expected == Expected.ANY ? Given.rows(row) : null;
        return switch (expected) {
            case ROWS -> row;
            case ANY -> true;
            case COUNT -> 0;
            case LARGE_COUNT -> 0L;
            case BATCH -> new int[0];
            case LARGE_BATCH -> new long[0];
        };
    }

    private @Nullable Object other(Statement proxy, Method method, String name, Object[] given) throws SQLException {
        switch (name) {
            case "getConnection":
                return connection;
            case "getResultSet", "getUpdateCount", "getLargeUpdateCount", "getMoreResults", "getGeneratedKeys":
                Given answered = state.given == null ? nothingGiven() : state.given;
                return Fetching.answer(answered, proxy, name);
            case "getResultSetType":
                return ResultSet.TYPE_FORWARD_ONLY;
            case "getResultSetConcurrency":
                return ResultSet.CONCUR_READ_ONLY;
            case "getResultSetHoldability":
                return ResultSet.HOLD_CURSORS_OVER_COMMIT;
            case "getFetchDirection":
                return ResultSet.FETCH_FORWARD;
            case "enquoteLiteral":
                return "'" + given[0].toString().replace("'", "''") + "'";
            case "getParameterMetaData":
                throw Rejections.offline(url());
            default:
                return set(method, name, given);
        }
    }

    private @Nullable Object set(Method method, String name, Object[] given) {
        // Settings of the statement have one argument, parameters two or more.
        if (name.startsWith("set") && given.length == 1) {
            settings.put(name.substring(3), given[0]);
            return null;
        }
        Noting.Note note = Noting.noteOf(name);
        if (note != null) {
            note.take(
                    state,
                    given.length > 0 ? given[0] : null,
                    given.length > 1 ? given[1] : null,
                    given.length > 2 ? given[2] : null);
            return Detached.nothing(method.getReturnType());
        }
        Object known = given.length == 0 ? settings.get(name.replaceFirst("^(get|is)", "")) : null;
        return known == null ? Detached.nothing(method.getReturnType()) : known;
    }

    private static Given nothingGiven() {
        return Given.count(-1);
    }

    private String url() {
        String url = state.connection.url();
        return url == null ? "" : url;
    }
}
