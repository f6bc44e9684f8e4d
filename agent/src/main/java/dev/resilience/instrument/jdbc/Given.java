package dev.resilience.instrument.jdbc;

import dev.resilience.fallback.Answer;
import java.lang.ref.WeakReference;
import java.sql.ResultSet;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;

/**
 * The result of an execution that was answered in the database's place. Its rows are made when they are asked for, and then
 * held by who asked: they know their statement, which must be able to go without having been closed. Used by one thread at a
 * time.
 */
final class Given {

    private Answer.@Nullable RowSet answer;
    private @Nullable String url;

    /** Who asks for the rows twice and keeps neither goes on where he was. */
    private @Nullable Cursor cursor;

    private @Nullable WeakReference<ResultSet> made;
    private long count;

    /** @param url of the database in whose place it is given */
    static Given rows(Answer.RowSet answer, @Nullable String url) {
        Given given = new Given();
        given.answer = answer;
        given.url = url;
        given.cursor = new Cursor(answer.rows().values().size());
        given.count = -1;
        return given;
    }

    static Given count(long count) {
        Given given = new Given();
        given.count = count;
        return given;
    }

    /** The same result as long as somebody has it; null when there are no rows, or nothing more. */
    @Nullable
    ResultSet rows(Statement statement) {
        if (answer == null || cursor == null) {
            return null;
        }
        ResultSet open = made == null ? null : made.get();
        if (open == null) {
            open = DetachedResultSet.of(answer, cursor, statement, url);
            made = new WeakReference<>(open);
        }
        return open;
    }

    /** -1 when there are rows, or nothing more. */
    long count() {
        return count;
    }

    /** Its statement runs anew, or is closed. */
    void close() {
        ResultSet open = made == null ? null : made.get();
        if (open != null) {
            DetachedResultSet.over(open);
        }
    }

    /** There is never more than one result. */
    void next() {
        answer = null;
        cursor = null;
        made = null;
        count = -1;
    }
}
