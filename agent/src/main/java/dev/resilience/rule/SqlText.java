package dev.resilience.rule;

import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What can be said of a statement by reading it, without knowing the database's dialect. Wherever dialects disagree, each
 * question is answered in the way that is safe for whoever asks it.
 */
public final class SqlText {

    /** What a SELECT must not name: it changes something, takes something, or reads what only this session did. */
    private static final Set<String> NOT_REPEATABLE = Set.of(
            "INSERT",
            "UPDATE",
            "DELETE",
            "MERGE",
            "INTO",
            "CALL",
            "NEXTVAL",
            "SETVAL",
            "CURRVAL",
            "LASTVAL",
            "LAST_INSERT_ID",
            "LAST_INSERT_ROWID",
            "SCOPE_IDENTITY",
            "IDENTITY",
            "FOUND_ROWS",
            "ROW_COUNT",
            "CHANGES",
            "GET_LOCK",
            "RELEASE_LOCK",
            "RELEASE_ALL_LOCKS",
            "SET_CONFIG",
            "UPDLOCK",
            "XLOCK",
            "TABLOCKX",
            "OPENROWSET",
            "OPENQUERY");

    /** {@code for share}, {@code for key share}, and {@code lock in share mode}. */
    private static final Set<String> LOCKS_TO_SHARE = Set.of("FOR", "KEY", "IN");

    private static final Set<String> READS = Set.of("SELECT", "WITH", "VALUES", "TABLE");

    private static final int MOST_SHOWN = 8_192;

    private SqlText() {}

    /** The statement with runs of white space outside quotes as one blank, so that its layout does not tell it from others. */
    public static String normalised(String sql) {
        if (sql.indexOf('\\') >= 0 || sql.indexOf('[') >= 0) {
            // Where a literal ends depends on the dialect: white space inside it must not be touched.
            return sql;
        }
        StringBuilder text = new StringBuilder(sql.length());
        Scanner scanner = new Scanner(sql, false);
        while (scanner.next()) {
            if (scanner.kind == Kind.COMMENT) {
                // A line's end is part of a comment's meaning.
                return sql;
            }
            if (scanner.kind == Kind.SPACE) {
                if (text.length() > 0) {
                    text.append(' ');
                }
            } else {
                text.append(sql, scanner.start, scanner.end);
            }
        }
        int end = text.length();
        while (end > 0 && text.charAt(end - 1) == ' ') {
            end--;
        }
        text.setLength(end);
        return text.toString();
    }

    /** Whether the statement only reads, and its result is another's for the same question; false when in doubt. */
    public static boolean onlyReads(String sql) {
        Scanner scanner = new Scanner(sql, false);
        boolean begun = false;
        boolean ended = false;
        String before = "";
        while (scanner.next()) {
            switch (scanner.kind) {
                case SPACE -> {}
                case COMMENT -> {
                    // MySQL and MariaDB run what stands in such a comment.
                    if (sql.startsWith("/*!", scanner.start) || sql.startsWith("/*M!", scanner.start)) {
                        return false;
                    }
                }
                case WORD -> {
                    String word = sql.substring(scanner.start, scanner.end).toUpperCase(Locale.ROOT);
                    if (ended || (!begun && !READS.contains(word)) || !repeatable(word, before)) {
                        return false;
                    }
                    begun = true;
                    before = word;
                }
                default -> {
                    char c = sql.charAt(scanner.start);
                    if (c == ';') {
                        ended = true;
                    } else if (ended || (!begun && c != '(') || (c == '@' && isVariable(sql, scanner.start))) {
                        return false;
                    }
                    before = "";
                }
            }
        }
        return begun && scanner.certain;
    }

    /** Of the session, as {@code @total} and {@code @@rowcount}; neither Oracle's link behind a table's name nor an operator. */
    private static boolean isVariable(String sql, int at) {
        if (at > 0 && (Scanner.isWordPart(sql.charAt(at - 1)) || "@\"]`)'".indexOf(sql.charAt(at - 1)) >= 0)) {
            return false;
        }
        int start = sql.startsWith("@@", at) ? at + 2 : at + 1;
        if (start >= sql.length() || !Scanner.isWordStart(sql.charAt(start))) {
            return start == at + 1 && start < sql.length() && "`\"'".indexOf(sql.charAt(start)) >= 0;
        }
        int end = start;
        while (end < sql.length() && Scanner.isWordPart(sql.charAt(end))) {
            end++;
        }
        return end == sql.length() || sql.charAt(end) != '(';
    }

    /** Whether where its texts and comments end is the same in every dialect. */
    public static boolean isCertain(String sql) {
        Scanner scanner = new Scanner(sql, false);
        while (scanner.certain && scanner.next()) {}
        return scanner.certain;
    }

    /**
     * How many parameters at least a prepared statement asks for; 0 also where that cannot be told.
     *
     * @param named whether the dialect also has them by name, {@code :id}, of which it then says no more than whether there is one
     */
    public static int markers(String sql, boolean named) {
        if (sql.indexOf('?') < 0 && !(named && sql.indexOf(':') >= 0)) {
            return 0;
        }
        int markers = 0;
        char before = ' ';
        Scanner scanner = new Scanner(sql, false);
        while (scanner.next()) {
            char c = sql.charAt(scanner.start);
            if (c == '?' && sql.startsWith("??", scanner.start)) {
                // An operator's sign.
                scanner.end++;
            } else if (c == '?') {
                markers++;
            } else if (before == '?' && Character.isDigit(c)) {
                // By its number, maybe once more.
                return 1;
            } else if (named && before == ':' && (scanner.kind == Kind.WORD || Character.isDigit(c))) {
                markers = Math.max(markers, 1);
            }
            before = c;
        }
        return scanner.certain ? markers : 0;
    }

    /**
     * The statement without its literals and comments, to be shown: each literal is a {@code ?}. Cut where it cannot be told
     * what is a literal, and after 8,192 characters.
     *
     * @param url of the database, as far as known: it tells the dialect
     */
    public static String withoutLiterals(String sql, @Nullable String url) {
        StringBuilder text = new StringBuilder(Math.min(sql.length(), MOST_SHOWN));
        Scanner scanner = new Scanner(sql, doubleQuotesMayBeText(url));
        while (text.length() < MOST_SHOWN && scanner.next()) {
            switch (scanner.kind) {
                case SPACE, COMMENT -> {
                    if (text.length() > 0 && text.charAt(text.length() - 1) != ' ') {
                        text.append(' ');
                    }
                }
                case LITERAL -> {
                    text.append('?');
                    if (!scanner.certain) {
                        return text.append(" ...").toString();
                    }
                }
                default -> text.append(sql, scanner.start, scanner.end);
            }
        }
        if (text.length() >= MOST_SHOWN) {
            text.setLength(MOST_SHOWN);
            return text.append("...").toString();
        }
        return text.toString().trim();
    }

    private static boolean repeatable(String word, String before) {
        return !NOT_REPEATABLE.contains(word)
                && !word.contains("ADVISORY_")
                && !word.startsWith("DBLINK")
                && !(word.equals("VALUE") && before.equals("NEXT"))
                && !(word.equals("SHARE") && LOCKS_TO_SHARE.contains(before));
    }

    private static boolean doubleQuotesMayBeText(@Nullable String url) {
        if (url == null) {
            return true;
        }
        for (String standard :
                new String[] {"postgresql:", "h2:", "oracle:", "sqlserver:", "db2:", "derby:", "hsqldb:"}) {
            if (url.regionMatches(true, 5, standard, 0, standard.length())) {
                return false;
            }
        }
        return true;
    }

    enum Kind {
        SPACE,
        COMMENT,
        WORD,
        /** A text, number or dollar-quoted text. */
        LITERAL,
        QUOTED_NAME,
        SYMBOL
    }

    /** Cuts a statement into pieces, {@code [start, end)} at a time. */
    static final class Scanner {

        private final String sql;
        private final boolean doubleQuotesAreText;

        Kind kind = Kind.SPACE;
        int start;
        int end;

        /** False from the first piece on whose end depends on the dialect, or that has none. */
        boolean certain = true;

        private boolean behindEscape;

        Scanner(String sql, boolean doubleQuotesAreText) {
            this.sql = sql;
            this.doubleQuotesAreText = doubleQuotesAreText;
        }

        boolean next() {
            if (end >= sql.length()) {
                return false;
            }
            start = end;
            char c = sql.charAt(start);
            if (Character.isWhitespace(c)) {
                kind = Kind.SPACE;
                end = start + 1;
                while (end < sql.length() && Character.isWhitespace(sql.charAt(end))) {
                    end++;
                }
            } else if (c == '\'') {
                quoted(Kind.LITERAL, '\'');
            } else if (c == '"') {
                quoted(doubleQuotesAreText ? Kind.LITERAL : Kind.QUOTED_NAME, '"');
            } else if (c == '`') {
                quoted(Kind.QUOTED_NAME, '`');
            } else if (sql.startsWith("--", start)) {
                lineComment();
            } else if (sql.startsWith("/*", start)) {
                blockComment();
            } else if (c == '$' && dollarQuoted()) {
                kind = Kind.LITERAL;
            } else if (Character.isDigit(c) || (c == '.' && start + 1 < sql.length() && digitAt(start + 1))) {
                number();
            } else if (isWordStart(c)) {
                kind = Kind.WORD;
                end = start + 1;
                while (end < sql.length() && isWordPart(sql.charAt(end))) {
                    end++;
                }
            } else {
                kind = Kind.SYMBOL;
                end = start + 1;
            }
            if (kind != Kind.SPACE && kind != Kind.COMMENT) {
                behindEscape = end - start == 6 && sql.regionMatches(true, start, "escape", 0, 6);
            }
            return true;
        }

        private void quoted(Kind as, char quote) {
            kind = as;
            int at = start + 1;
            while (at < sql.length()) {
                char c = sql.charAt(at);
                if (c == '\\') {
                    // An escape in one dialect, a character like any other in the next.
                    certain &= namesEscape() || (at + 1 < sql.length() && sql.charAt(at + 1) != quote);
                    at++;
                } else if (c != quote) {
                    at++;
                } else if (at + 1 < sql.length() && sql.charAt(at + 1) == quote) {
                    at += 2;
                } else {
                    end = at + 1;
                    return;
                }
            }
            certain = false;
            end = sql.length();
        }

        /** {@code escape '\'}: of one character in every dialect. */
        private boolean namesEscape() {
            return behindEscape && sql.startsWith("'\\'", start) && !sql.startsWith("'", start + 3);
        }

        private void lineComment() {
            kind = Kind.COMMENT;
            end = start + 2;
            while (end < sql.length() && sql.charAt(end) != '\n' && sql.charAt(end) != '\r') {
                end++;
            }
        }

        private void blockComment() {
            kind = Kind.COMMENT;
            int close = sql.indexOf("*/", start + 2);
            int nested = sql.indexOf("/*", start + 2);
            // Comments nest in some dialects only.
            certain &= close >= 0 && (nested < 0 || nested > close);
            end = close < 0 || (nested >= 0 && nested < close) ? sql.length() : close + 2;
        }

        /** Takes {@code $tag$ ... $tag$}; anything else that begins with a dollar is left alone. */
        private boolean dollarQuoted() {
            int at = start + 1;
            while (at < sql.length() && isWordStart(sql.charAt(at))) {
                at++;
            }
            if (at >= sql.length() || sql.charAt(at) != '$') {
                return false;
            }
            String tag = sql.substring(start, at + 1);
            int close = sql.indexOf(tag, at + 1);
            certain &= close >= 0;
            end = close < 0 ? sql.length() : close + tag.length();
            return true;
        }

        private void number() {
            kind = Kind.LITERAL;
            end = start + 1;
            while (end < sql.length()) {
                char c = sql.charAt(end);
                boolean sign = (c == '+' || c == '-') && "eE".indexOf(sql.charAt(end - 1)) >= 0;
                if (!sign && c != '.' && !Character.isLetterOrDigit(c) && c != '_') {
                    return;
                }
                end++;
            }
        }

        private boolean digitAt(int at) {
            return Character.isDigit(sql.charAt(at));
        }

        private static boolean isWordStart(char c) {
            return Character.isLetter(c) || c == '_';
        }

        private static boolean isWordPart(char c) {
            return Character.isLetterOrDigit(c) || c == '_' || c == '$';
        }
    }
}
