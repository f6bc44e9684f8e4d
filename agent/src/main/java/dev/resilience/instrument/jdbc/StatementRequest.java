package dev.resilience.instrument.jdbc;

import dev.resilience.guard.JdbcRequestView;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A statement about to run, read from what is known of it only when asked. */
final class StatementRequest implements JdbcRequestView {

    private final StatementState state;
    private final Statement statement;
    private final String sql;
    private final Expected expected;

    /** Why a queue of the rule's did not take it, null when none was asked or it did. */
    @Nullable
    String obstacle;

    StatementRequest(StatementState state, Statement statement, String sql, Expected expected) {
        this.state = state;
        this.statement = statement;
        this.sql = sql;
        this.expected = expected;
    }

    @Override
    public String url() {
        return state.connection.shownUrl();
    }

    @Override
    public String sql() {
        return sql;
    }

    @Override
    public @Nullable String user() {
        return state.connection.origin().user();
    }

    @Override
    public @Nullable String schema() {
        return state.connection.session.text();
    }

    @Override
    public @Nullable List<@Nullable Object> parameters() {
        if (expected.batch() || !state.connection.session.known()) {
            return null;
        }
        List<@Nullable Object> list = new ArrayList<>();
        if (state.parameters != null) {
            List<@Nullable Object> told = state.parameters.list();
            if (told == null) {
                return null;
            }
            list.addAll(told);
        }
        int most = mostRows();
        if (most != 0) {
            // The same statement cut short is another question.
            list.add("rows " + most);
        }
        return list;
    }

    @Override
    public boolean query() {
        return expected == Expected.ROWS || (expected == Expected.ANY && reads(sql));
    }

    /** Asked of the connection, and only where a rule queues statements. */
    @Override
    public boolean autoCommit() {
        try {
            return !expected.batch() && statement.getConnection().getAutoCommit();
        } catch (SQLException | RuntimeException | AbstractMethodError untold) {
            return false;
        }
    }

    @Override
    public void notQueued(String why) {
        obstacle = why;
    }

    /** -1 when the statement does not say. */
    private int mostRows() {
        if (!query()) {
            return 0;
        }
        try {
            return statement.getMaxRows();
        } catch (SQLException | RuntimeException | AbstractMethodError untold) {
            return -1;
        }
    }

    private static boolean reads(String sql) {
        int at = 0;
        while (at < sql.length() && (sql.charAt(at) <= ' ' || sql.charAt(at) == '(')) {
            at++;
        }
        int to = at;
        while (to < sql.length() && Character.isLetter(sql.charAt(to))) {
            to++;
        }
        return switch (sql.substring(at, to).toLowerCase(Locale.ROOT)) {
            case "select", "with", "values", "table", "show", "explain", "describe" -> true;
            default -> false;
        };
    }
}
