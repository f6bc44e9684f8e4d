package dev.resilience.instrument.jdbc;

import dev.resilience.fallback.Answer;
import dev.resilience.guard.JdbcRequestView;
import java.sql.Date;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Time;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A statement about to run, read from what is known of it only when asked. */
final class StatementRequest implements JdbcRequestView {

    private static final int NOT_ASKED = -2;

    private final StatementState state;
    private final Object statement;
    private final Database.Ruled ruled;
    private final Expected expected;

    /** As the connection said before the statement ran: one that lost its database says nothing any more. */
    private @Nullable Boolean commitsItself;

    private int most = NOT_ASKED;

    /** Why the first link of the rule's that was to take it in charge did not, null when none was asked or it did. */
    @Nullable
    String obstacle;

    StatementRequest(StatementState state, Object statement, Database.Ruled ruled, Expected expected) {
        this.state = state;
        this.statement = statement;
        this.ruled = ruled;
        this.expected = expected;
    }

    @Override
    public String url() {
        return state.connection.shownUrl();
    }

    @Override
    public String place() {
        return state.connection.place();
    }

    @Override
    public String sql() {
        return ruled.sql();
    }

    /** Whether its transaction is to hear of it. */
    boolean changes() {
        return ruled.changes();
    }

    /** Whether it decides on a transaction: then it is not refused. */
    boolean verdict() {
        return ruled.verdict();
    }

    @Override
    public @Nullable String user() {
        return state.connection.origin().user();
    }

    @Override
    public @Nullable String schema() {
        InForce then = state.preparedIn;
        boolean asThen = state.prepared == null || then == state.connection.session.inForce();
        String now = state.connection.session.text();
        return asThen
                        || Objects.equals(now, then.text())
                        || Objects.equals(now, then.committed().text())
                ? now
                : now + ";prepared in " + then.text();
    }

    @Override
    public @Nullable List<@Nullable Object> parameters() {
        if (!state.connection.session.settled() && !state.connection.transaction.begun() && commitsItself()) {
            state.connection.session.committed();
        }
        if (expected.batch()
                || !state.connection.session.known()
                || (query() && mayBeTakenBack())
                || (query() && state.connection.session.isOwn(sql()))) {
            return null;
        }
        if (state.prepared != null && state.parameters == null) {
            // Nothing asked for them when it was prepared; the rules have changed since.
            return null;
        }
        List<@Nullable Object> list = new ArrayList<>();
        if (state.parameters != null) {
            List<@Nullable Object> told = state.told();
            if (told == null || (told.stream().anyMatch(StatementRequest::saysMore) && takesAll())) {
                return null;
            }
            list.addAll(told);
        }
        if (state.mostOfField != 0) {
            list.add("field " + state.mostOfField);
        }
        if (query() && mostRows() != 0) {
            // The same statement cut short is another question.
            list.add("rows " + most);
        }
        return list;
    }

    /** Whether a day has a time, or a time a day, which neither shows and no key or queue has. */
    private static boolean saysMore(@Nullable Object parameter) {
        Object value = parameter instanceof Answer.Spelled spelled ? spelled.value() : parameter;
        if (value instanceof Date date) {
            return !Date.valueOf(date.toLocalDate()).equals(date);
        }
        return value instanceof Time time
                && Time.valueOf(time.toLocalTime()).getTime() + Math.floorMod(time.getTime(), 1_000) != time.getTime();
    }

    /** SQLite's driver takes them for the moments that they are. */
    private boolean takesAll() {
        return Vendor.of(state.connection.url()) == Vendor.SQLITE;
    }

    @Override
    public boolean query() {
        return expected == Expected.ROWS || (expected == Expected.ANY && SqlStart.asks(sql(), SqlStart.of(sql())));
    }

    /** Asked of the connection, and only where a rule queues statements; a step of a migration is part of it. */
    @Override
    public boolean autoCommit() {
        return !expected.batch()
                && !state.connection.transaction.begun()
                && !Transaction.isControl(sql())
                && !Transaction.isScript(sql())
                && !MigrationTools.onStack()
                && commitsItself();
    }

    /** Whether its transaction wrote before: what it reads, nobody else sees yet, and nobody else's rows may hide it. */
    boolean mayBeTakenBack() {
        Transaction transaction = state.connection.transaction;
        if (!transaction.wrote()) {
            return false;
        }
        if (transaction.begun() || !commitsItself()) {
            return true;
        }
        transaction.committed();
        return false;
    }

    /** Asks the connection, once; false where it does not tell. */
    boolean commitsItself() {
        Boolean known = commitsItself;
        if (known == null) {
            try {
                known = Boolean.TRUE.equals(Bounding.autoCommit(((Statement) statement).getConnection()));
            } catch (SQLException | RuntimeException | AbstractMethodError untold) {
                known = false;
            }
            commitsItself = known;
        }
        return known;
    }

    /** Whether it was committed by itself, or never will be; false where nobody asked before. */
    boolean committedItself() {
        return Boolean.TRUE.equals(commitsItself)
                && !state.connection.transaction.begun()
                && !Transaction.isScript(sql());
    }

    @Override
    public boolean returnsKeys() {
        return state.keysAsked;
    }

    @Override
    public boolean canBeRunLater() {
        return JdbcConnections.canReach(
                state.connection.shownUrl(), state.connection.origin().user());
    }

    @Override
    public void notTaken(String why) {
        if (obstacle == null) {
            obstacle = why;
        }
    }

    /** Asks the statement, once; -1 where it does not tell, as one that lost its database may not. */
    int mostRows() {
        if (most == NOT_ASKED) {
            try {
                most = ((Statement) statement).getMaxRows();
            } catch (SQLException | RuntimeException | AbstractMethodError untold) {
                most = -1;
            }
        }
        return most;
    }
}
