package dev.resilience.instrument.jdbc;

import dev.resilience.rule.SqlFunctions;
import dev.resilience.rule.SqlText;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a session's transaction by the statements it ran: applications begin and end transactions by SQL, too,
 * of which the connection's auto-commit tells nothing. Thread-safe.
 */
final class Transaction {

    /** What some databases make a table by. */
    private static final Pattern INTO = Pattern.compile("\\binto\\s", Pattern.CASE_INSENSITIVE);

    /** Where PostgreSQL, H2 and Oracle say which transactions are prepared. */
    private static final Pattern IN_DOUBT = Pattern.compile(
            "\\bfrom\\s+(?:(?:pg_catalog\\.)?pg_prepared_xacts|information_schema\\.in_doubt"
                    + "|(?:sys\\.)?dba_(?:pending_transactions|2pc_pending))\\b",
            Pattern.CASE_INSENSITIVE);

    private static final Pattern MAY_BOUND =
            Pattern.compile("(?:begin|start|commit|end|rollback|abort|xa)\\b", Pattern.CASE_INSENSITIVE);

    private static final Pattern MAY_DECIDE = Pattern.compile(
            "(?:commit|end|rollback|abort|prepare|xa|begin|exec(?:ute)?|call)\\b|\\{", Pattern.CASE_INSENSITIVE);

    /** How SQL Server's driver ends and prepares what a manager began, and how Oracle's brings up to date which ones wait. */
    private static final Pattern DECIDING_PROCEDURE = Pattern.compile(
            "\\{?\\s*(?:\\?\\s*=\\s*)?(?:call|exec(?:ute)?)\\s+(?:\\w*\\.){0,2}"
                    + "xp_sqljdbc_xa_(?:init|end|prepare|commit|rollback|recover|forget)(?:_ex)?\\b[^;]*;?"
                    + "|begin\\s+(?:\\w+\\.){0,2}dist_txn_sync\\b[^;]*;\\s*end\\s*;?",
            Pattern.CASE_INSENSITIVE);

    private static final String NO_ROWS = "02000";

    private volatile boolean begun;
    private volatile boolean wrote;

    /** Both before its end, which may be refused. */
    private volatile boolean begunBefore;

    private volatile boolean wroteBefore;

    /** With what its beginning failed where the database could not be told of it any more; null for every other. */
    private volatile @Nullable Throwable untold;

    /** Whether a statement of it was answered or refused because there was no database: then the others do not get there either. */
    private volatile boolean withoutDatabase;

    /** Whether a statement began it that no other has ended yet. */
    boolean begun() {
        return begun;
    }

    /** Whether something was written that may not be committed yet; nobody else sees it. */
    boolean wrote() {
        return wrote;
    }

    /** Rows were written without a statement. */
    void copied() {
        wrote = true;
    }

    /** What was written is everybody's, as the connection says. */
    void committed() {
        wrote = false;
    }

    boolean withoutDatabase() {
        return withoutDatabase;
    }

    void goesOnWithoutDatabase() {
        withoutDatabase = true;
    }

    /** Committed or rolled back as a whole. */
    void over() {
        begun = false;
        wrote = false;
        untold = null;
        withoutDatabase = false;
    }

    /** It begins on a connection that has just been lost: nothing of it gets to the database. */
    void beginUntold(Throwable failure) {
        begun = true;
        untold = failure;
    }

    /** The next one begins at once where the application has to end each, and the database is not told of that either. */
    void endedWithoutDatabase() {
        wrote = false;
        withoutDatabase = false;
    }

    /** What the database could not be told of its beginning for; null where it has a database. */
    @Nullable
    Throwable untold() {
        return untold;
    }

    /**
     * Whether a statement is one that {@link #heard} has no use for: it reads, and that is all.
     *
     * @param pure functions, in lower case, that merely read, beside those of which it is known
     */
    static boolean isMereReading(String sql, Set<String> pure) {
        int at = SqlStart.of(sql);
        return at < 0
                || (!SqlStart.several(sql, at)
                        && SqlStart.asks(sql, at)
                        && !SqlStart.starts(sql, at, "explain")
                        && (!SqlStart.starts(sql, at, "with") || SqlText.onlyReads(sql))
                        && !INTO.matcher(sql).find()
                        && !callsOthers(sql, pure));
    }

    /** What tells a session who asks is taken for nothing more. */
    private static boolean callsOthers(String sql, Set<String> pure) {
        for (String function : SqlFunctions.mayWrite(sql)) {
            if (!pure.contains(function.toLowerCase(Locale.ROOT)) && !Routines.onlySets(function)) {
                return true;
            }
        }
        return false;
    }

    /** Takes note of a statement. */
    void heard(String sql) {
        int at = SqlStart.of(sql);
        if (at < 0) {
            return;
        }
        if (MAY_BOUND.matcher(sql).region(at, sql.length()).lookingAt()) {
            // What a comment says bounds nothing.
            heard(said(sql, at), 0);
        } else {
            heard(sql, at);
        }
    }

    private void heard(String sql, int at) {
        if (SqlStart.several(sql, at)) {
            severalHeard(sql, at);
        } else if (SqlStart.asks(sql, at)) {
            if (!isMereReading(sql, Set.of())) {
                wrote = true;
            }
        } else if (begins(sql, at)) {
            begun = true;
        } else if (ends(sql, at)) {
            ended(SqlStart.words(sql, at));
        } else if (isPreparation(sql, at)) {
            // Its end is any session's to say.
            over();
        } else if (SqlStart.starts(sql, at, "xa")) {
            String words = SqlStart.words(sql, at);
            if (words.startsWith("xa commit ") || words.startsWith("xa rollback ")) {
                over();
            } else {
                begun = true;
            }
        } else if (!SqlStart.starts(sql, at, "set") && !isControl(sql, at)) {
            wrote = true;
        }
    }

    /** Takes note of a batch. @param bounds those of its statements that may begin or end one, among others */
    void heardBatch(List<String> bounds) {
        boolean may = begun;
        for (String sql : bounds) {
            heard(sql);
            may |= begun;
        }
        wrote = true;
        begunBefore = may;
        wroteBefore = true;
    }

    /** The end that was heard last, or a batch, was refused: no other begins behind it, and where it is not told that it is over, it goes on. */
    void endRefused(Standing standing) {
        boolean over = standing == Standing.NONE;
        begun = !over && begunBefore;
        wrote = !over && wroteBefore;
    }

    /** To a savepoint only a part goes, and a chain goes on with the next transaction. */
    private void ended(String words) {
        boolean chained = words.contains(" and chain ");
        if (words.contains(" to ") || ofAnother(words)) {
            return;
        }
        begunBefore = begun;
        wroteBefore = wrote;
        over();
        begun = chained;
    }

    /** What becomes of it all is not read from several statements at once: one may be open afterwards. */
    private void severalHeard(String sql, int at) {
        wrote = true;
        String words = SqlStart.words(sql, at);
        if (begins(sql, at) || words.contains(" begin ") || words.contains(" start transaction ")) {
            begun = true;
        }
    }

    /** Whether the statement governs a transaction and does nothing else: what it did to one is nothing that can be done later. */
    static boolean isControl(String sql) {
        int at = SqlStart.of(sql);
        return at >= 0 && isControl(sql, at);
    }

    /** Whether the statement leaves PostgreSQL's transaction to whoever says its end. */
    static boolean isPreparation(String sql) {
        int at = SqlStart.of(sql);
        return at >= 0 && isPreparation(sql, at);
    }

    private static boolean isPreparation(String sql, int at) {
        return SqlStart.words(sql, at).startsWith("prepare transaction ");
    }

    /**
     * Whether a transaction's end was refused: by the database, which ends it all the same, or by the driver. Of rows that were expected the driver
     * says that there are none when all is committed.
     */
    static boolean isRefusedEnd(String sql, Throwable failure) {
        return isEnd(sql) && !(failure instanceof SQLException told && NO_ROWS.equals(told.getSQLState()));
    }

    /** Whether the statement ends a transaction as a whole, and does nothing else. */
    static boolean isEnd(String sql) {
        int at = SqlStart.of(sql);
        if (at < 0 || !ends(sql, at)) {
            return false;
        }
        String said = said(sql, at);
        return !SqlStart.several(said, 0) && endsAll(SqlStart.words(said, 0));
    }

    /** Neither its literals nor its comments; but some databases run what stands in certain comments. */
    private static String said(String sql, int at) {
        return sql.contains("/*!") || sql.contains("/*M!")
                ? sql.substring(at)
                : SqlText.withoutLiterals(sql.substring(at), null);
    }

    /**
     * Whether the statement decides what becomes of a transaction, or asks which ones wait for that: drivers do so by SQL on behalf
     * of a transaction manager. As the connection's own methods, it is nothing that a rule answers or refuses.
     */
    static boolean isVerdict(String sql) {
        int at = SqlStart.of(sql);
        if (SqlStart.asks(sql, at)) {
            return IN_DOUBT.matcher(sql).find()
                    && SqlText.onlyReads(sql)
                    && IN_DOUBT.matcher(said(sql, at)).find();
        }
        if (at < 0 || !MAY_DECIDE.matcher(sql).region(at, sql.length()).lookingAt()) {
            return false;
        }
        String said = said(sql, at);
        if (DECIDING_PROCEDURE.matcher(said).matches()) {
            return true;
        }
        if (SqlStart.several(said, 0)) {
            return false;
        }
        String words = SqlStart.words(said, 0);
        return (ends(said, 0) && (endsAll(words) || ofAnother(words) || takesBack(words)))
                || words.startsWith("prepare transaction ")
                || words.startsWith("prepare commit ")
                || (words.startsWith("xa ") && !words.startsWith("xa start ") && !words.startsWith("xa begin "));
    }

    /** Not a part of it, and not the second phase of one that another session may have prepared. */
    private static boolean endsAll(String words) {
        return !words.contains(" to ")
                && switch (words.split(" ", 3)[1]) {
                    case "", "work", "transaction", "tran", "and", "no", "release" -> true;
                    default -> false;
                };
    }

    /** Whether an end is that of a transaction which a session prepared, maybe another. @param said without comments */
    static boolean isOfAnother(String said) {
        return ofAnother(SqlStart.words(said, 0));
    }

    /** Of one that a session prepared, maybe another. */
    private static boolean ofAnother(String words) {
        String second = words.split(" ", 3)[1];
        return second.equals("prepared") || second.equals("force");
    }

    /** To a savepoint: MySQL's driver says it so for {@code rollback(Savepoint)}. */
    private static boolean takesBack(String words) {
        return words.startsWith("rollback ") && words.contains(" to ");
    }

    private static boolean ends(String sql, int at) {
        return SqlStart.starts(sql, at, "commit")
                || SqlStart.starts(sql, at, "end")
                || SqlStart.starts(sql, at, "rollback")
                || SqlStart.starts(sql, at, "abort");
    }

    /** Whether it is several statements, of which one may begin or end a transaction. */
    static boolean isScript(String sql) {
        int at = SqlStart.of(sql);
        return at >= 0 && SqlStart.several(sql, at);
    }

    private static boolean isControl(String sql, int at) {
        return switch (sql.charAt(at) | 0x20) {
            case 'a' -> SqlStart.starts(sql, at, "abort");
            case 'b' -> begins(sql, at);
            case 'c' -> SqlStart.starts(sql, at, "commit") || SqlStart.starts(sql, at, "checkpoint");
            case 'e' -> SqlStart.starts(sql, at, "end");
            case 'l' -> SqlStart.starts(sql, at, "lock");
            case 'p' -> isPreparation(sql, at);
            case 'r' -> SqlStart.starts(sql, at, "rollback") || SqlStart.starts(sql, at, "release");
            case 's' ->
                begins(sql, at)
                        || SqlStart.starts(sql, at, "savepoint")
                        || SqlStart.words(sql, at).startsWith("save tran");
            case 'u' -> SqlStart.words(sql, at).startsWith("unlock tables ");
            case 'x' -> SqlStart.starts(sql, at, "xa");
            default -> false;
        };
    }

    /** A block of a procedural language begins with the same word, and something else behind it. */
    private static boolean begins(String sql, int at) {
        if (SqlStart.starts(sql, at, "start")) {
            return SqlStart.words(said(sql, at), 0).startsWith("start transaction ");
        }
        if (!SqlStart.starts(sql, at, "begin")) {
            return false;
        }
        String[] words = SqlStart.words(SqlStart.first(said(sql, at), 0), 0).split(" ", 3);
        return words.length < 2
                || words[1].isEmpty()
                || switch (words[1]) {
                    case "transaction",
                            "tran",
                            "work",
                            "immediate",
                            "deferred",
                            "exclusive",
                            "concurrent",
                            "isolation",
                            "read",
                            "not",
                            "distributed" -> true;
                    default -> false;
                };
    }
}
