package dev.resilience.instrument.jdbc;

import dev.resilience.bootstrap.Passage;
import dev.resilience.fallback.Answer;
import dev.resilience.guard.ThreadMarks;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
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
    private final Real real;
    private final Map<String, Object> settings = new HashMap<>();

    /** What was set on it, by setting and parameter, to be set on the real one in turn; and before that what waits in its batch. */
    private final Map<Object, Call> calls = new LinkedHashMap<>();

    private final List<Call> batch = new ArrayList<>();

    private @Nullable Statement live;
    private boolean ran;
    private boolean closed;

    /** Makes the statement on a real connection. */
    @FunctionalInterface
    interface Real {

        /** @param again whether the database is asked for a connection @return null while there is none */
        @Nullable
        Statement statement(boolean again) throws Throwable;
    }

    private record Call(Method method, Object[] given) {}

    OfflineStatement(Known known, Connection connection, StatementState state, Real real) {
        this.known = known;
        this.connection = connection;
        this.state = state;
        this.real = real;
    }

    @Override
    public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments) throws Throwable {
        Object[] given = arguments == null ? new Object[0] : arguments;
        String name = method.getName();
        Object general = Detached.general(proxy, name, given, "a statement without a connection");
        boolean own = name.equals("getConnection") || Object.class == method.getDeclaringClass();
        if (live != null && !own) {
            return OfflineConnection.delegate(live, method, arguments);
        }
        if (general != Detached.NOT_GENERAL) {
            return general;
        }
        switch (name) {
            case "close":
                closed = true;
                state.close();
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
        if (!name.startsWith("execute")) {
            // By SQL's own rules, of the address and the database nothing.
            return name.startsWith("enquote") || name.equals("isSimpleIdentifier")
                    ? InvocationHandler.invokeDefault(proxy, method, given)
                    : other((Statement) proxy, method, name, given);
        }
        Statement made = OfflineConnections.passes(connection) ? null : real();
        return made == null
                ? execute((Statement) proxy, Expected.of(name), given)
                : OfflineConnection.delegate(made, method, arguments);
    }

    /** Whoever executes it again has the database asked for, as who makes a statement; a pool lends one for years. */
    private @Nullable Statement real() throws Throwable {
        Statement made = real.statement(ran);
        ran = true;
        if (made == null) {
            return null;
        }
        try {
            for (Call call : batch) {
                OfflineConnection.delegate(made, call.method, call.given);
            }
            for (Call call : calls.values()) {
                OfflineConnection.delegate(made, call.method, call.given);
            }
            live = made;
        } finally {
            if (live == null) {
                OfflineConnection.quietly(made);
            }
        }
        batch.clear();
        calls.clear();
        return made;
    }

    private @Nullable Object execute(Statement proxy, Expected expected, Object[] given) throws Throwable {
        String sql = given.length > 0 && given[0] instanceof String text ? text : null;
        if (OfflineConnections.passes(connection)) {
            passed(sql == null ? state.prepared : sql);
            return passes(proxy, expected);
        }
        // Inside a guarded call it is its own caller's that answers.
        ThreadMarks.Depth marks = OnThread.get().marks;
        state.asked(given.length > 1 ? given[1] : null);
        if (expected == Expected.ROWS && DialectQuestion.is(sql)) {
            return DialectQuestion.answer(state.connection.url()).rows(proxy);
        }
        Passage passage = marks.active() ? null : Execution.open(known, marks, state, proxy, sql, expected);
        if (expected.batch()) {
            // However it ends, nobody expects it to run with the next one.
            batch.clear();
            state.endBatch();
        }
        if (passage == null || !passage.skipped) {
            state.connection.executedInItsPlace();
            String url = state.connection.url();
            throw Rejections.offline(url == null ? "" : url);
        }
        if (passage.thrown != null) {
            throw passage.thrown;
        }
        return passage.result;
    }

    /** What is set on every connection of a pool is part of the key of every answer that was kept, and holds on the real one. */
    private void passed(@Nullable String sql) {
        OfflineConnection standIn = state.connection.standIn;
        if (sql != null && standIn != null) {
            state.connection.session.heard(sql);
            standIn.passed(sql, calls.values().stream().noneMatch(OfflineStatement::isParameter));
        }
    }

    /** What a pool executes to test or set up the connection: one row, whatever is read of it. */
    private @Nullable Object passes(Statement proxy, Expected expected) {
        Given row = Given.rows(ONE_ROW, state.connection.url());
        state.given = expected == Expected.ANY ? row : null;
        return switch (expected) {
            case ROWS -> row.rows(proxy);
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
            case "closeOnCompletion":
                settings.put("CloseOnCompletion", true);
                calls.put(name, new Call(method, given));
                return null;
            case "getFetchDirection":
                return ResultSet.FETCH_FORWARD;
            case "getParameterMetaData":
                throw Rejections.offline(url());
            default:
                if (name.startsWith("get") && given.length > 0) {
                    // No procedure ran that could have given it.
                    throw Rejections.offline(url());
                }
                return set(method, name, given);
        }
    }

    private @Nullable Object set(Method method, String name, Object[] given) {
        // Settings of the statement have one argument, parameters two or more.
        if (name.startsWith("set") && given.length == 1) {
            settings.put(setting(name.substring(3)), given[0]);
            calls.put(name, new Call(method, given));
            if (name.equals("setMaxFieldSize")) {
                Noting.cutShort(state, given[0], null, null);
            }
            return null;
        }
        Noting.Note note = Noting.noteOf(name);
        if (note != null) {
            remember(name, method, given);
            note.take(
                    state,
                    given.length > 0 ? given[0] : null,
                    given.length > 1 ? given[1] : null,
                    given.length > 2 ? given[2] : null);
            return Detached.nothing(method.getReturnType());
        }
        Object known = given.length == 0 ? settings.get(setting(name.replaceFirst("^(get|is)", ""))) : null;
        if (known instanceof Number rows && name.endsWith("MaxRows")) {
            return method.getReturnType() == long.class
                    ? (Object) rows.longValue()
                    : (Object) (int) Math.min(rows.longValue(), Integer.MAX_VALUE);
        }
        return known == null ? Detached.nothing(method.getReturnType()) : known;
    }

    /** The most rows have two names, and are part of what is asked. */
    private static String setting(String named) {
        return named.equals("LargeMaxRows") ? "MaxRows" : named;
    }

    private void remember(String name, Method method, Object[] given) {
        Call call = new Call(method, given);
        switch (name) {
            case "clearParameters" -> calls.values().removeIf(OfflineStatement::isParameter);
            case "clearBatch" -> batch.clear();
            case "addBatch" -> {
                batch.addAll(calls.values());
                batch.add(call);
            }
            case "registerOutParameter" -> calls.put("out of " + given[0], call);
            default -> calls.put(given[0], call);
        }
    }

    private static boolean isParameter(Call call) {
        return call.given.length > 1 && !call.method.getName().equals("registerOutParameter");
    }

    private static Given nothingGiven() {
        return Given.count(-1);
    }

    private String url() {
        String url = state.connection.url();
        return url == null ? "" : url;
    }
}
