package dev.resilience.instrument.jdbc;

import dev.resilience.rule.SqlText;
import java.sql.SQLException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What one statement sets of its session, read from its words. Where they leave it open, nothing is known of the session. */
final class SettingStatement {

    private static final int LONGEST_NAME = 64;

    /** PostgreSQL's {@code set_config('name', value, is_local)}. */
    private static final Pattern SET_CONFIG = Pattern.compile("set_config\\s*\\(\\s*(?:'([^']+)'|\\?)");

    /**
     * Wrong words, values, catalogs, schemas, and who may not; PostgreSQL's transaction that it is not for or that failed
     * before, H2's schema that is not there, and whatever SQL Server says itself.
     */
    private static final Pattern REFUSED = Pattern.compile("(?:22|28|3D|3F|42)\\w{3}|25001|25P02|90079|S\\d{4}");

    /** How values are shown, names are looked up and how long is waited; neither who asks nor a transaction. */
    private static final Pattern HARMLESS =
            Pattern.compile("(?i)set\\s+(?:session\\s+)?(?:search_path(?:\\s*=|\\s+to\\b)[^;]*+"
                    + "|(?:time\\s+zone\\b|names\\b|(?:schema|time_?zone|datestyle|intervalstyle|extra_float_digits|client_encoding"
                    + "|application_name|\\w*_timeout|max_execution_time|lc_\\w+)(?:\\s*=|\\s))[^;,]*+);?\\s*+");

    /** MySQL's variables, set by the way. */
    private static final Pattern VARIABLE = Pattern.compile("@[\\w.$`'\"]+\\s*:=|\\binto\\s+@");

    /** By which a transaction may end among several statements; temporary tables are told what to do then. */
    private static final Pattern ENDS = Pattern.compile(
            "(?<!\\bon\\s)\\b(?:commit|rollback|abort)\\b|(?:^|;)\\s*end\\b|\\bprepare\\s+transaction\\b");

    private final OwnTables temporary;
    private final @Nullable List<@Nullable Object> parameters;
    private InForce session;

    private SettingStatement(InForce session, OwnTables temporary, @Nullable List<@Nullable Object> parameters) {
        this.session = session;
        this.temporary = temporary;
        this.parameters = parameters;
    }

    /**
     * What the session is set to behind the statement.
     *
     * @param before it
     * @param temporary tables of the session, with those that the statement makes
     * @param parameters null for unknown
     */
    static InForce behind(
            InForce before, OwnTables temporary, String sql, @Nullable List<@Nullable Object> parameters) {
        SettingStatement statement = new SettingStatement(before, temporary, parameters);
        int at = SqlStart.of(sql);
        statement.read(at < 0 ? "" : withoutEnd(sql.substring(at)));
        return statement.session;
    }

    /** Whether it sets nothing of the session but what may be set where there is no database. */
    static boolean isHarmless(String sql) {
        int at = SqlStart.of(sql);
        return at >= 0 && HARMLESS.matcher(sql.substring(at)).matches();
    }

    /** Whether the database set nothing. Of rows that were expected the driver says that there are none when all is set. */
    static boolean isRefused(String sql, Expected expected, Throwable failure) {
        int at = SqlStart.of(sql);
        return expected != Expected.ROWS
                && at >= 0
                && (SqlStart.starts(sql, at, "set")
                        || SqlStart.starts(sql, at, "use")
                        || SqlStart.starts(sql, at, "discard"))
                && !SqlStart.several(sql, at)
                && failure instanceof SQLException refusal
                && REFUSED.matcher(String.valueOf(refusal.getSQLState())).matches();
    }

    /** Without the semicolons that end it. */
    private static String withoutEnd(String sql) {
        String told = sql.strip();
        while (told.endsWith(";")) {
            told = told.substring(0, told.length() - 1).strip();
        }
        return told;
    }

    private void read(String told) {
        String lower = told.toLowerCase(Locale.ROOT);
        String[] words = lower.split("[\\s=(,;]+", 4);
        // Right behind an end may stand a comment.
        switch (Transaction.isEnd(told) ? words[0].split("[/-]", 2)[0] : words[0]) {
            case "set", "use", "alter" -> {
                if (lower.indexOf(';') >= 0) {
                    script(lower);
                } else if (!words[0].equals("set") || words.length < 2 || !words[1].equals("transaction")) {
                    setting(words, told);
                }
            }
            case "select" -> select(told, lower);
            // Tables' names may be found before others' of it, and who asks is not always said by it.
            case "attach", "setuser" -> unknowable(true);
            case "discard" -> {
                if (words.length > 1 && words[1].equals("all")) {
                    session = session.discarded();
                    temporary.clear();
                } else if (words.length > 1 && words[1].startsWith("temp")) {
                    temporary.clear();
                }
                unknowable(SqlStart.several(told, 0));
            }
            case "reset" -> {
                String[] bare = uncommented(told).split("[\\s=(,;]+", 4);
                if (bare.length > 1) {
                    session = session.reset(name(bare));
                }
                unknowable(SqlStart.several(told, 0));
            }
            case "commit", "end" -> ended(true, uncommented(told));
            case "rollback", "abort" -> ended(false, uncommented(told));
            // What the transaction set for itself is over, the rest is in force if it is not refused.
            case "prepare" -> unknowable(!session.settled());
            case "begin", "declare", "do", "if" -> {
                String call = Routines.onlyCall(told);
                if (call == null) {
                    block(told, lower);
                } else {
                    read(call);
                }
            }
            case "insert", "update", "delete", "merge", "replace", "drop" -> block(told, lower);
            default -> {
                script(lower);
                routine(told);
            }
        }
    }

    private void select(String told, String lower) {
        if (lower.contains("set_config")) {
            config(told, lower);
            return;
        }
        unknowable(VARIABLE.matcher(lower).find());
        if (lower.indexOf(';') >= 0 || lower.contains("/*")) {
            script(lower);
        } else {
            unknowable(!temporary.made(lower));
        }
        routine(told);
    }

    private void unknowable(boolean leftOpen) {
        session = leftOpen ? session.unknowable() : session;
    }

    /** Several statements, a block, a procedure: what it sets is not read from it. */
    private void script(String lower) {
        boolean ends = !session.settled() && mayEnd(lower);
        unknowable(!temporary.made(lower) || ends || Concerning.mayAlsoSet(lower));
    }

    /** Also behind a comment, or where it cannot be told what is one. */
    private static boolean mayEnd(String lower) {
        String bare = uncommented(lower);
        return ENDS.matcher(lower).find() || ENDS.matcher(bare).find() || bare.endsWith("...");
    }

    /** Or several statements, that begin with one which is no call. */
    private void block(String told, String lower) {
        script(lower);
        unknowable(Routines.amongOthers(told));
    }

    private static String uncommented(String told) {
        return withoutEnd(SqlText.withoutLiterals(told, null)).toLowerCase(Locale.ROOT);
    }

    private void ended(boolean committed, String lower) {
        if (lower.indexOf(';') >= 0) {
            script(lower);
        } else if (committed) {
            session = Transaction.isOfAnother(lower) ? session : session.committed();
        } else if (!Transaction.isOfAnother(lower)) {
            session = session.rolledBack(!lower.contains(" to "));
        }
    }

    private void setting(String[] words, String told) {
        // Several in one could be overwritten one by one afterwards.
        if (untold(told) || told.indexOf('=') != told.lastIndexOf('=')) {
            unknowable(true);
            return;
        }
        boolean local = words.length > 1 && words[1].equals("local");
        session = session.set(InForce.SQL + name(words), told + given(), local);
    }

    private static String name(String[] words) {
        String name = words.length > 1 ? words[1] : "";
        if (words[0].equals("use")) {
            // Snowflake's USE ROLE and USE SCHEMA are two.
            name = words.length > 2 ? "use " + name : "use";
        } else if (words[0].equals("alter") && words.length > 3) {
            // ALTER SESSION SET
            name = words[3].split("[\\s=]+", 2)[0];
        } else if (words.length > 2 && (name.equals("session") || name.equals("local") || name.equals("global"))) {
            name = words[2];
        } else if (words.length > 2 && name.equals("current")) {
            // DB2's CURRENT SCHEMA
            name = "current_" + words[2];
        }
        return one(name.length() > LONGEST_NAME ? name.substring(0, LONGEST_NAME) : name);
    }

    /** PostgreSQL has two names for whom a session is authorized as. */
    private static String one(String name) {
        String bare = name.replaceAll("[\"`\\[\\]]", "");
        return bare.equals("session_authorization") ? "authorization" : bare;
    }

    /** What is set, to what, and for how long must stand in the statement or its parameters. */
    private void config(String told, String lower) {
        Matcher call = SET_CONFIG.matcher(lower);
        String given = given();
        String all = lower + given.toLowerCase(Locale.ROOT);
        boolean forTransaction = all.contains("true");
        if (!call.find()
                || lower.indexOf("set_config", call.end()) >= 0
                || lower.contains(" from ")
                || lower.lastIndexOf("select") > 0
                || lower.indexOf(';') >= 0
                || forTransaction == all.contains("false")
                || (lower.indexOf('?') >= 0 && given.isEmpty())
                || untold(told)
                || Routines.settings(told).size() > 1) {
            unknowable(true);
            return;
        }
        String first = given.isEmpty() || parameters == null ? "" : String.valueOf(parameters.get(0));
        String name = call.group(1) == null ? first : call.group(1);
        session = session.set(InForce.SQL + one(name.toLowerCase(Locale.ROOT)), told + given, forTransaction);
    }

    /** What it sets is not read, but is the same where the same is called with the same. */
    private void routine(String told) {
        List<String> all = Routines.settings(told);
        if (all.isEmpty()) {
            return;
        }
        if (untold(told)) {
            unknowable(true);
            return;
        }
        String call = told + given();
        String name = String.join("+", new LinkedHashSet<>(all));
        // Of several not each can be told which of several things it sets: what is written alike sets the same ones,
        // and where names may be among the parameters, the whole hides no other.
        String which = all.size() == 1
                ? OneOfSeveral.of(name, told, parameters == null ? List.of() : parameters)
                : all.stream().noneMatch(OneOfSeveral::sets) ? "" : OneOfSeveral.mayAskForNames(told) ? call : told;
        session = session.called(name, which, call);
    }

    /** Whether it asks for parameters that are not known; by name, some drivers' own methods set them. PostgreSQL's casts ask for none. */
    private boolean untold(String told) {
        if (parameters == null && told.indexOf('?') >= 0) {
            return true;
        }
        String asking = told.replace("::", " ");
        return (parameters == null || parameters.isEmpty())
                && asking.indexOf(':') >= 0
                && (!SqlText.isCertain(asking) || SqlText.markers(asking, true) > 0);
    }

    /** The parameters in one text, in which none can pass for two; empty for none. */
    private String given() {
        if (parameters == null || parameters.isEmpty()) {
            return "";
        }
        StringBuilder given = new StringBuilder("[");
        for (Object parameter : parameters) {
            String text = String.valueOf(parameter);
            given.append(parameter == null ? 0 : text.length() + 1)
                    .append(':')
                    .append(text)
                    .append(',');
        }
        return given.append(']').toString();
    }
}
