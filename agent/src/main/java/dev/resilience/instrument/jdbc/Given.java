package dev.resilience.instrument.jdbc;

import java.sql.ResultSet;
import org.jspecify.annotations.Nullable;

/** The result of an execution that was answered in the database's place. Used by one thread at a time. */
final class Given {

    private @Nullable ResultSet rows;
    private long count;

    static Given rows(ResultSet rows) {
        Given given = new Given();
        given.rows = rows;
        given.count = -1;
        return given;
    }

    static Given count(long count) {
        Given given = new Given();
        given.count = count;
        return given;
    }

    @Nullable
    ResultSet rows() {
        return rows;
    }

    /** -1 when there are rows, or nothing more. */
    long count() {
        return count;
    }

    /** There is never more than one result. */
    void next() {
        rows = null;
        count = -1;
    }
}
