package dev.resilience.rule;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The functions that a statement calls, told by the names before its brackets. What an application's own function does is not
 * written there: it may change something, or say something else each time.
 */
public final class SqlFunctions {

    /** Whose functions are the database's own; behind any other schema a name is somebody's. */
    private static final Set<String> OWN = Set.of("", "PG_CATALOG", "INFORMATION_SCHEMA", "SYS", "DBMS_LOB");

    /** Behind these a name before brackets is a table's, and its columns' stand in them. */
    private static final Set<String> BEFORE_TABLES = Set.of("AS", "WITH", "RECURSIVE", "ORDINALITY", ")");

    private SqlFunctions() {}

    /** Names in lower case of those it calls that are not known to be pure: what they answer is nobody else's answer. */
    public static Set<String> notPure(String sql) {
        return inLowerCase(new Reader(sql).names(KnownFunctions::isPure));
    }

    /** Names as written of those it calls that may change what is read afterwards; one that is none where not all of it could be read. */
    public static Set<String> mayWrite(String sql) {
        Reader reader = new Reader(sql);
        Set<String> names = reader.names(KnownFunctions::changesNothing);
        if (!reader.scanner.certain) {
            names.add("?");
        }
        return names;
    }

    /** Names in lower case of all that stand before brackets in a pattern of statements. */
    public static Set<String> named(String pattern) {
        return inLowerCase(new Reader(pattern).names(known -> false));
    }

    private static Set<String> inLowerCase(Set<String> names) {
        Set<String> lower = new HashSet<>();
        for (String name : names) {
            lower.add(name.toLowerCase(Locale.ROOT));
        }
        return lower;
    }

    /** Reads a statement once, from left to right. */
    private static final class Reader {

        private final String sql;
        private final SqlText.Scanner scanner;

        /** What stood before each bracket that is open. */
        private final Deque<String> open = new ArrayDeque<>();

        /** The last piece in upper case, of a name with its schema the part behind the dot; and what stood before it all. */
        private String last = "";

        private String before = "";

        /** That part as written, empty where the last piece is no name; and what stands before its dot. */
        private String name = "";

        private String schema = "";

        /** Whether it is still in the list of tables that it began by {@code with}. */
        private boolean naming;

        Reader(String sql) {
            this.sql = sql;
            this.scanner = new SqlText.Scanner(sql, false);
        }

        /** @param known those that are not wanted, in upper case, where they are the database's own */
        Set<String> names(Predicate<String> known) {
            Set<String> names = new HashSet<>();
            while (scanner.next()) {
                switch (scanner.kind) {
                    case SPACE -> {}
                    case COMMENT -> {
                        if (isArithmetic()) {
                            names.add("?");
                        }
                    }
                    case WORD, QUOTED_NAME -> name();
                    case LITERAL -> piece("'");
                    case SYMBOL -> {
                        char c = sql.charAt(scanner.start);
                        if (c == '(' && calls() && !(OWN.contains(schema) && known.test(last))) {
                            names.add(name);
                        }
                        symbol(c);
                    }
                }
            }
            return names;
        }

        private void name() {
            String written = sql.substring(scanner.start, scanner.end);
            if (scanner.kind == SqlText.Kind.QUOTED_NAME) {
                written = written.substring(1, Math.max(1, written.length() - 1));
            }
            String upper = written.toUpperCase(Locale.ROOT);
            if (last.equals(".")) {
                last = upper;
            } else {
                piece(upper);
                schema = "";
            }
            name = written;
            if (open.isEmpty()) {
                naming = before.isEmpty() ? upper.equals("WITH") : naming && !upper.equals("SELECT");
            }
        }

        /** Without a blank behind them two dashes are signs to MySQL and MariaDB, and calls may follow; words in brackets are no calls. */
        private boolean isArithmetic() {
            int behind = scanner.start + 2;
            return sql.charAt(scanner.start) == '-'
                    && behind < scanner.end
                    && !Character.isWhitespace(sql.charAt(behind))
                    && callsIn(behind, scanner.end);
        }

        private boolean callsIn(int from, int to) {
            for (int open = sql.indexOf('(', from); open >= 0 && open < to; open = sql.indexOf('(', open + 1)) {
                char c = sql.charAt(open - 1);
                if (open > from && (Character.isLetterOrDigit(c) || c > '~' || "_$`\"".indexOf(c) >= 0)) {
                    return true;
                }
            }
            return false;
        }

        private void piece(String text) {
            before = last;
            last = text;
            name = "";
        }

        private void symbol(char c) {
            switch (c) {
                case '(' -> {
                    open.push(last);
                    piece("(");
                }
                case ')' -> {
                    String opened = open.isEmpty() ? "" : open.pop();
                    // Behind those of DISTINCT ON and TOP stands what is selected.
                    piece(opened.equals("ON") || opened.equals("TOP") ? "(" : ")");
                }
                case '.' -> {
                    schema = last;
                    last = ".";
                }
                case '#' -> {
                    // A letter of names in Oracle and SQL Server, and in none of the database's own.
                    last = "#";
                    name += name.isEmpty() || name.endsWith("#") ? "" : "#";
                }
                // SQL Server's quotes.
                case '[' -> name = "";
                // Of what may stand in these.
                case ']' -> name = name.isEmpty() ? "]" : name;
                default -> {
                    piece(String.valueOf(c));
                    // A part of a name, of letters that are not known here.
                    name = c > '~' ? String.valueOf(c) : "";
                }
            }
        }

        private boolean calls() {
            boolean ofTable = BEFORE_TABLES.contains(before) || (naming && open.isEmpty() && before.equals(","));
            // Oracle's sign of an outer join stands behind a column.
            return !name.isEmpty() && !ofTable && !sql.startsWith("(+)", scanner.start);
        }
    }
}
