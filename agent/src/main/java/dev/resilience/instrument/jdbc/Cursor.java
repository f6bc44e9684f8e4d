package dev.resilience.instrument.jdbc;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Where a result set stands: 0 before the first row, one more than there are rows after the last. */
final class Cursor {

    private static final Set<String> METHODS = Set.of(
            "next",
            "previous",
            "first",
            "last",
            "absolute",
            "relative",
            "beforeFirst",
            "afterLast",
            "isBeforeFirst",
            "isAfterLast",
            "isFirst",
            "isLast",
            "getRow");

    private final int rows;
    private int at;

    Cursor(int rows) {
        this.rows = rows;
    }

    boolean knows(String method) {
        return METHODS.contains(method);
    }

    /** @return what the method of {@code ResultSet} returns; null for none */
    @Nullable
    Object move(String method, Object[] given) {
        switch (method) {
            case "isBeforeFirst":
                return at == 0 && rows > 0;
            case "isAfterLast":
                return at > rows && rows > 0;
            case "isFirst":
                return at == 1 && rows > 0;
            case "isLast":
                return at == rows && rows > 0;
            case "getRow":
                return at > rows ? 0 : at;
            case "beforeFirst":
                at = 0;
                return null;
            case "afterLast":
                at = rows + 1;
                return null;
            case "next":
                return to(at + 1L);
            case "previous":
                return to(at - 1L);
            case "first":
                return to(1);
            case "last":
                return to(rows);
            case "relative":
                return to((long) at + (Integer) given[0]);
            default:
                int wanted = (Integer) given[0];
                return to(wanted < 0 ? rows + 1L + wanted : wanted);
        }
    }

    /** Index of the row that it stands on, from 0; -1 for none. */
    int row() {
        return at < 1 || at > rows ? -1 : at - 1;
    }

    private boolean to(long position) {
        at = (int) Math.max(0, Math.min(position, rows + 1L));
        return at >= 1 && at <= rows;
    }
}
