package dev.resilience.instrument.jdbc;

import java.util.Locale;
import java.util.regex.Pattern;

/** Which statements may set something of their session, told by their words. */
final class Concerning {

    /** What else may set something, in several statements at once, a block, or a comment that MySQL runs. */
    private static final Pattern SETS = Pattern.compile(
            "(?:^|;|\\bbegin\\b|\\bthen\\b|/\\*m?!\\d*)\\s*(?:set|setuser|use|reset|revert)\\b|set_config|set_role|\\bset\\s+(?:\\w+\\s+)?role\\b"
                    + "|search_path|setapprole|authorization|current_schema|execute\\s+(?:as|immediate)");

    private Concerning() {}

    /** As {@link #session(String)}, for statements that set something by the way. */
    static boolean session(String sql, String url) {
        return session(sql) || (sql.indexOf('@') >= 0 && LocalSettings.of(url) != LocalSettings.OF_TRANSACTION);
    }

    /** Fast: asked of every statement. */
    static boolean session(String sql) {
        int at = SqlStart.of(sql);
        if (at < 0) {
            return false;
        }
        if (SqlStart.several(sql, at)) {
            return true;
        }
        switch (sql.charAt(at) | 0x20) {
            case 's':
                char third = at + 2 < sql.length() ? (char) (sql.charAt(at + 2) | 0x20) : ' ';
                return third == 't'
                        ? SqlStart.starts(sql, at, "set") || SqlStart.starts(sql, at, "setuser")
                        : SqlStart.starts(sql, at, "start") || calls(sql);
            case '/':
                return true;
            case 'u':
                return SqlStart.starts(sql, at, "use");
            case 'r':
                return SqlStart.starts(sql, at, "reset")
                        || SqlStart.starts(sql, at, "revert")
                        || SqlStart.starts(sql, at, "rollback");
            case 'd':
                return SqlStart.starts(sql, at, "discard")
                        || SqlStart.starts(sql, at, "do")
                        || SqlStart.starts(sql, at, "declare");
            case 'a':
                return SqlStart.starts(sql, at, "abort")
                        || SqlStart.starts(sql, at, "attach")
                        || (SqlStart.starts(sql, at, "alter")
                                && sql.toLowerCase(Locale.ROOT).contains("session"));
            case 'b':
                return SqlStart.starts(sql, at, "begin");
            case 'c':
                return SqlStart.starts(sql, at, "commit")
                        || SqlStart.starts(sql, at, "call")
                        || (SqlStart.starts(sql, at, "create") && OwnTables.createdBy(sql));
            case 'e':
                return SqlStart.starts(sql, at, "end")
                        || SqlStart.starts(sql, at, "exec")
                        || SqlStart.starts(sql, at, "execute");
            case 'p':
                return Transaction.isPreparation(sql) || calls(sql);
            case 'i':
                return SqlStart.starts(sql, at, "if") || calls(sql);
            default:
                return calls(sql);
        }
    }

    /** @param lower a statement in lower case of which more is not read */
    static boolean mayAlsoSet(String lower) {
        return SETS.matcher(lower).find();
    }

    /** Whether it calls PostgreSQL's function that sets, or another that may. */
    private static boolean calls(String sql) {
        if (Routines.setting(sql) != null) {
            return true;
        }
        for (int at = sql.indexOf('_'); at >= 0; at = sql.indexOf('_', at + 1)) {
            if (at >= 3 && sql.regionMatches(true, at - 3, "set_config", 0, 10)) {
                return true;
            }
        }
        return false;
    }
}
