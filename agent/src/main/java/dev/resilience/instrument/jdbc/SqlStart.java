package dev.resilience.instrument.jdbc;

/** Where a statement begins, behind white space, comments and brackets. */
final class SqlStart {

    private SqlStart() {}

    /** @return -1 when there is none; at the comment itself where MySQL and MariaDB run what stands in it */
    static int of(String sql) {
        int at = 0;
        while (at < sql.length()) {
            char c = sql.charAt(at);
            if (c <= ' ' || c == '(' || c == ';') {
                at++;
            } else if (c == '-' && sql.startsWith("--", at)) {
                int end = sql.indexOf('\n', at);
                at = end < 0 ? sql.length() : end + 1;
            } else if (c == '/' && sql.startsWith("/*", at)) {
                if (sql.startsWith("/*!", at) || sql.startsWith("/*M!", at)) {
                    return at;
                }
                int end = sql.indexOf("*/", at + 2);
                at = end < 0 ? sql.length() : end + 2;
            } else {
                return at;
            }
        }
        return -1;
    }
}
