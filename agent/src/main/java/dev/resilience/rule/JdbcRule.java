package dev.resilience.rule;

import org.jspecify.annotations.Nullable;

/** One compiled rule for statements; {@code number} is its place in the table. Immutable; matching allocates nothing. */
final class JdbcRule {

    static final JdbcRule[] NONE = {};

    final int number;
    final Glob url;
    private final @Nullable Glob sql;

    JdbcRule(int number, String url, @Nullable String sql) {
        this.number = number;
        this.url = Glob.exact(url);
        this.sql = sql == null ? null : Glob.blanksEqual(sql);
    }

    boolean matchesSql(String statement) {
        return sql == null || sql.matches(statement);
    }

    /** Whether no statement can reach {@code later} that this rule does not take; false also when it cannot be told. */
    boolean covers(JdbcRule later) {
        return url.covers(later.url) && (sql == null || (later.sql != null && sql.covers(later.sql)));
    }
}
