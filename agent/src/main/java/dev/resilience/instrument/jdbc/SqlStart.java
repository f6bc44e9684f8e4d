package dev.resilience.instrument.jdbc;

import java.util.Locale;

/** Where a statement begins, behind white space, comments and brackets, and the words it begins with. */
final class SqlStart {

    /** Longer than what any statement's kind is told by. */
    private static final int HEAD = 256;

    private SqlStart() {}

    /** @param at where the statement begins @param word in lower case */
    static boolean starts(String sql, int at, String word) {
        int end = at + word.length();
        return sql.regionMatches(true, at, word, 0, word.length())
                && (end == sql.length() || !Character.isLetterOrDigit(sql.charAt(end)));
    }

    /** Whether a statement that begins so gives rows. @param at where it begins, -1 for nowhere */
    static boolean asks(String sql, int at) {
        if (at < 0) {
            return false;
        }
        return switch (sql.charAt(at) | 0x20) {
            case 'd' -> starts(sql, at, "describe");
            case 'e' -> starts(sql, at, "explain");
            case 's' -> starts(sql, at, "select") || starts(sql, at, "show");
            case 't' -> starts(sql, at, "table");
            case 'v' -> starts(sql, at, "values");
            case 'w' -> starts(sql, at, "with");
            default -> false;
        };
    }

    /** Whether another statement follows behind a semicolon, if it is none in a literal. */
    static boolean several(String sql, int at) {
        int end = sql.indexOf(';', at);
        return end >= 0 && of(sql.substring(end + 1)) >= 0;
    }

    /** What stands before the first semicolon. */
    static String first(String sql, int at) {
        int end = sql.indexOf(';', at);
        return end < 0 ? sql.substring(at) : sql.substring(at, end);
    }

    /** The statement's beginning in lower case, its words each followed by one blank. */
    static String words(String sql, int at) {
        String head = sql.substring(at, Math.min(sql.length(), at + HEAD)).toLowerCase(Locale.ROOT);
        return head.replaceAll("[\\s;]+", " ").stripTrailing() + " ";
    }

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
