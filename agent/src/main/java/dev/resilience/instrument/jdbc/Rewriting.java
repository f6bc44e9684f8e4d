package dev.resilience.instrument.jdbc;

import dev.resilience.bootstrap.Passage;
import dev.resilience.guard.ThreadMarks;
import dev.resilience.instrument.Adapter;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;

/** {@code ResultSet.updateRow} and its kin: rows are written without a statement. */
final class Rewriting implements Adapter {

    private final Known known;

    Rewriting(Known known) {
        this.known = known;
    }

    @Override
    public @Nullable Passage enter(
            Object self, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
        StatementState state = self instanceof ResultSet rows ? of(rows) : null;
        if (state != null) {
            state.connection.transaction.copied();
        }
        return null;
    }

    private @Nullable StatementState of(ResultSet rows) {
        ThreadMarks.enter();
        try {
            Statement statement = rows.getStatement();
            return statement == null ? null : known.statements.get(statement);
        } catch (SQLException | RuntimeException | AbstractMethodError untold) {
            return null;
        } finally {
            ThreadMarks.exit();
        }
    }
}
