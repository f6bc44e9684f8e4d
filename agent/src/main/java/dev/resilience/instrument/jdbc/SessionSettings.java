package dev.resilience.instrument.jdbc;

import dev.resilience.rule.SqlText;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the application set on a session that changes what its statements mean or whose rows they see: schema, catalog, role,
 * search path, the variables of row-level security. Part of the key of stored answers. What a transaction set is over with
 * it where it was set for the transaction alone, or where the transaction is rolled back. Thread-safe.
 */
final class SessionSettings {

    /** With more than so many nothing is stored for the session any more. */
    private static final int MOST = 32;

    private static final int LONGEST_NAME = 64;

    /** PostgreSQL's {@code set_config('name', value, is_local)}. */
    private static final Pattern SET_CONFIG = Pattern.compile("set_config\\s*\\(\\s*(?:'([^']+)'|\\?)");

    /** MySQL's variables, set by the way. */
    private static final Pattern VARIABLE = Pattern.compile("@[\\w.$`'\"]+\\s*:=|\\binto\\s+@");

    private final TreeMap<String, String> settings = new TreeMap<>();

    /** What transactions that run set, by name: the value before, null for none. */
    private final Map<String, @Nullable String> before = new HashMap<>();

    /** Of those the ones that end with their transaction in any case, by name: what stays behind it, null for nothing. */
    private final Map<String, @Nullable String> local = new HashMap<>();

    /** Of those that may name the same thing in other words, the last one counts: in the order in which each was set last. */
    private final Set<String> inTurn = new LinkedHashSet<>();

    /** The same as if nothing had been set for a transaction alone. */
    private final Set<String> lastingInTurn = new LinkedHashSet<>();

    /** The same as it was when the transactions that run began. */
    private List<String> inTurnBefore = List.of();

    private final OwnTables temporary = new OwnTables();

    /** Whether anybody else changed it, whom nobody puts anything back for: then nothing of it is put back any more. */
    private boolean othersToo;

    /** As all was before a tool began to change it that puts it back; null where nothing is to be put back. */
    private volatile @Nullable Kept lent;

    /** Where names are looked up, and for whom; routines may set that, too. */
    private static final Pattern TURNS = Pattern.compile(
            "(?s)set(?:Schema|Catalog)|sql (?:use|reset).*|.*\\)|sql (?:search_path|(?:current_)?schema"
                    + "|(?:current_)?sqlid|(?:current_)?path|catalog|container|database|role|authorization|session|schema_search_path)");

    private static final List<String> SCHEMA = List.of("sql schema", "setSchema");

    /** By PostgreSQL's names of them, other names of what goes back with the same. */
    private static final Map<String, List<String>> SAME = Map.of(
            "search_path", SCHEMA,
            "authorization", List.of("sql role"),
            "timezone", List.of("sql time"),
            "client_encoding", List.of("sql names"),
            "application_name", List.of(ClientInfo.PREFIX + "applicationname"));

    private static final Set<String> LEFT_AS_IT_IS = Set.of("sql role", "sql authorization");

    private static final char TAKEN_BACK_TO = '\0';

    /** Behind the call of a routine whose transaction was committed: maybe it set something for that alone. */
    private static final String OVER = "\1";

    private static final AtomicLong DOUBTS = new AtomicLong();

    /** Databases whose rollback takes back what a transaction set, and that have settings for one alone. */
    private static final Pattern TAKING_BACK = addressesOf(
            "postgres(?:ql)?|pgsql|postgis|pgvector|timescaledb|redshift|edb|yugabyte(?:db)?|cockroach(?:db)?|opengauss"
                    + "|gaussdb|dws|kingbase8?|greenplum|highgo|vastbase|polardb|uxdb");

    /** Databases whose {@code set local} is for the session. */
    private static final Pattern LASTING =
            addressesOf("mysql(?:\\+srv)?|mariadb|singlestore|memsql|oceanbase|tidb|polardbx|percona");

    private final boolean takesBack;

    private final boolean localLasts;

    private volatile boolean unknowable;
    private volatile @Nullable String text;

    private SessionSettings(boolean takesBack, boolean localLasts) {
        this.takesBack = takesBack;
        this.localLasts = localLasts;
    }

    /** Their addresses, maybe behind a driver's that wraps theirs; what follows one's own name is no database's. */
    private static Pattern addressesOf(String subprotocols) {
        return Pattern.compile(
                "(?is)jdbc[\\w-]*:(?:(?!(?:h2|hsqldb|derby|sqlite|oracle|sqlserver|db2|mysql|mariadb):)[\\w-]+:)*?(?:"
                        + subprotocols + "):.*");
    }

    /** @param url of the database, null where it is not known */
    static SessionSettings of(@Nullable String url) {
        return new SessionSettings(
                url != null && TAKING_BACK.matcher(url).matches(),
                url != null && LASTING.matcher(url).matches());
    }

    /** By {@code Connection.setSchema} and the like. */
    synchronized void set(String name, @Nullable Object value) {
        putBack();
        @Nullable Kept was = kept();
        take(name, value);
        changedBy(was);
    }

    /** To what the session began with. */
    synchronized void unset(String name) {
        putBack();
        @Nullable Kept was = kept();
        if (settings.containsKey(name)) {
            remove(name);
        }
        changedBy(was);
    }

    private void take(String name, @Nullable Object value) {
        take(name, value, false);
    }

    private void take(String name, @Nullable Object value, boolean forTransaction) {
        if (settings.size() >= MOST && !settings.containsKey(name)) {
            unknowable = true;
            return;
        }
        // Of no other is it known whether it ends with the transaction.
        unknowable |= forTransaction && !takesBack && !localLasts;
        keep(name);
        if (!forTransaction || !takesBack) {
            local.remove(name);
        } else if (!local.containsKey(name)) {
            local.put(name, settings.get(name));
        }
        settings.put(name, String.valueOf(value));
        if (TURNS.matcher(name).matches()) {
            last(name, inTurn);
            if (!forTransaction) {
                last(name, lastingInTurn);
            }
        }
        changed();
    }

    private static void last(String name, Set<String> turns) {
        turns.remove(name);
        turns.add(name);
    }

    /** As it is, for the transaction may be taken back. */
    private void keep(String name) {
        if (settled()) {
            inTurnBefore = List.copyOf(inTurn);
        }
        if (!before.containsKey(name)) {
            before.put(name, settings.get(name));
        }
    }

    synchronized Map<String, String> settings() {
        putBack();
        return new TreeMap<>(settings);
    }

    /** As {@link #set(String, Object)}, beside what was set before: what was heard since says the same. */
    synchronized void set(String name, @Nullable Object value, Map<String, String> before) {
        putBack();
        @Nullable Kept was = kept();
        settings.clear();
        settings.putAll(before);
        inTurn.retainAll(settings.keySet());
        lastingInTurn.retainAll(settings.keySet());
        take(name, value);
        changedBy(was);
    }

    /** Takes note of a statement where it concerns the session. @param sql null for one that is not known */
    void heard(@Nullable String sql) {
        if (sql != null && Concerning.session(sql)) {
            note(sql, null);
        }
    }

    /** Takes note of a statement that {@linkplain Concerning concerns} the session. @param parameters null for unknown */
    synchronized void note(String sql, @Nullable List<@Nullable Object> parameters) {
        putBack();
        @Nullable Kept was = kept();
        take(sql, parameters);
        changedBy(was);
    }

    private void take(String sql, @Nullable List<@Nullable Object> parameters) {
        int at = SqlStart.of(sql);
        String told = at < 0 ? "" : sql.substring(at).strip();
        while (told.endsWith(";")) {
            told = told.substring(0, told.length() - 1).strip();
        }
        String lower = told.toLowerCase(Locale.ROOT);
        String[] words = lower.split("[\\s=(,]+", 4);
        switch (words[0]) {
            case "set", "use", "alter" -> {
                if (lower.indexOf(';') >= 0) {
                    script(lower);
                } else if (!words[0].equals("set") || words.length < 2 || !words[1].equals("transaction")) {
                    setting(words, told, parameters);
                }
            }
            case "select" -> {
                if (lower.contains("set_config")) {
                    config(told, lower, parameters);
                } else {
                    unknowable |= VARIABLE.matcher(lower).find();
                    if (lower.indexOf(';') >= 0 || lower.contains("/*")) {
                        script(lower);
                    } else {
                        unknowable |= !temporary.made(lower);
                    }
                    routine(told, parameters);
                }
            }
            // Tables' names may be found before others' of it, and who asks is not always said by it.
            case "attach", "setuser" -> unknowable = true;
            case "discard" -> {
                if (words.length > 1 && words[1].equals("all")) {
                    SAME.values().forEach(names -> names.forEach(settings::remove));
                    forget();
                } else if (words.length > 1 && words[1].startsWith("temp")) {
                    temporary.clear();
                }
            }
            case "reset" -> {
                if (words.length > 1) {
                    reset(name(words));
                }
            }
            case "commit", "end" -> ended(true, lower);
            case "rollback", "abort" -> ended(false, lower);
            case "begin", "declare", "do", "if" -> {
                String call = Routines.onlyCall(told);
                if (call == null) {
                    block(told, lower);
                } else {
                    take(call, parameters);
                }
            }
            case "insert", "update", "delete", "merge", "replace", "drop" -> block(told, lower);
            default -> {
                script(lower);
                routine(told, parameters);
            }
        }
    }

    /** Or several statements, that begin with one which is no call. */
    private void block(String told, String lower) {
        script(lower);
        unknowable = unknowable || Routines.amongOthers(told);
    }

    /** PostgreSQL's {@code reset all} leaves role and authorization as they are; what routines set may be anything. */
    private void reset(String name) {
        if (name.equals("all")) {
            for (String set : List.copyOf(settings.keySet())) {
                if (set.startsWith("sql ") && !set.endsWith(")") && !LEFT_AS_IT_IS.contains(set)) {
                    remove(set);
                }
            }
            SCHEMA.forEach(this::remove);
        } else {
            remove("sql " + name);
            SAME.getOrDefault(name, List.of()).forEach(this::remove);
        }
        if (settings.keySet().stream().anyMatch(set -> set.endsWith(")"))) {
            take("sql reset " + name, "");
        }
    }

    /** What it sets is not read, but is the same where the same is called with the same. */
    private void routine(String told, @Nullable List<@Nullable Object> parameters) {
        List<String> all = Routines.settings(told);
        if (all.isEmpty()) {
            return;
        }
        if (untold(told, parameters)) {
            unknowable = true;
        } else {
            String call = parameters == null || parameters.isEmpty() ? told : told + parameters;
            String name = String.join("+", new LinkedHashSet<>(all));
            for (Map.Entry<String, String> other : List.copyOf(settings.entrySet())) {
                String key = other.getKey();
                if (key.startsWith("sql ")
                        && key.endsWith("()")
                        && Routines.undoes(
                                name,
                                call,
                                key.substring(4, key.length() - 2),
                                other.getValue().replace(OVER, ""))) {
                    remove(key);
                }
            }
            // Of several not each can be told which of several things it sets: what is written alike sets the same
            // ones,
            // and where names may be among the parameters, the whole hides no other.
            String which = all.size() == 1
                    ? OneOfSeveral.of(name, told, parameters == null ? List.of() : parameters)
                    : all.stream().noneMatch(OneOfSeveral::sets) ? "" : OneOfSeveral.mayAskForNames(told) ? call : told;
            take("sql " + name + "(" + which + ")", call);
        }
    }

    /** Whether it asks for parameters that are not known; by name, some drivers' own methods set them. PostgreSQL's casts ask for none. */
    private static boolean untold(String told, @Nullable List<@Nullable Object> parameters) {
        if (parameters == null && told.indexOf('?') >= 0) {
            return true;
        }
        String asking = told.replace("::", " ");
        return (parameters == null || parameters.isEmpty())
                && asking.indexOf(':') >= 0
                && (!SqlText.isCertain(asking) || SqlText.markers(asking, true) > 0);
    }

    /** Whether the statement may read what only this session sees. */
    synchronized boolean isOwn(String sql) {
        putBack();
        return temporary.readBy(sql);
    }

    private void setting(String[] words, String told, @Nullable List<@Nullable Object> parameters) {
        // Several in one could be overwritten one by one afterwards.
        if (untold(told, parameters) || told.indexOf('=') != told.lastIndexOf('=')) {
            unknowable = true;
            return;
        }
        String key = "sql " + name(words);
        take(
                key,
                parameters == null || parameters.isEmpty() ? told : told + parameters,
                words.length > 1 && words[1].equals("local"));
    }

    /** What is set, to what, and for how long must stand in the statement or its parameters. */
    private void config(String told, String lower, @Nullable List<@Nullable Object> parameters) {
        Matcher call = SET_CONFIG.matcher(lower);
        String given = parameters == null ? "" : parameters.toString();
        String all = lower + given.toLowerCase(Locale.ROOT);
        boolean forTransaction = all.contains("true");
        if (!call.find()
                || lower.indexOf("set_config", call.end()) >= 0
                || lower.contains(" from ")
                || lower.lastIndexOf("select") > 0
                || lower.indexOf(';') >= 0
                || forTransaction == all.contains("false")
                || (lower.indexOf('?') >= 0 && (parameters == null || parameters.isEmpty()))
                || untold(told, parameters)
                || Routines.settings(told).size() > 1) {
            unknowable = true;
            return;
        }
        String first = parameters == null || parameters.isEmpty() ? "" : String.valueOf(parameters.get(0));
        String name = call.group(1) == null ? first : call.group(1);
        String key = "sql " + one(name.toLowerCase(Locale.ROOT));
        take(key, told + given, forTransaction);
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
        return name.equals("session_authorization") ? "authorization" : name;
    }

    /** Several statements, a block, a procedure: what it sets is not read from it. */
    private void script(String lower) {
        unknowable |= !temporary.made(lower) || Concerning.mayAlsoSet(lower);
    }

    /** Whether something was set for a transaction alone. */
    synchronized boolean isLocal() {
        return !local.isEmpty();
    }

    /** Whether nothing that it was set to may be taken back any more. */
    synchronized boolean settled() {
        return before.isEmpty() && local.isEmpty();
    }

    /** {@code Connection.commit}, or {@code setAutoCommit}, which commits. */
    synchronized void committed() {
        if (settled()) {
            return;
        }
        local.forEach(this::restore);
        for (String name : before.keySet()) {
            String call = settings.get(name);
            if (call != null && isOfRoutine(name) && !call.endsWith(OVER)) {
                settings.put(name, call + OVER);
            }
        }
        inTurn(List.copyOf(lastingInTurn));
        over();
    }

    /** The same user logged in anew, as if by {@code discard all}. */
    synchronized void begunAnew() {
        putBack();
        @Nullable Kept was = kept();
        forget();
        changedBy(was);
    }

    /** Who asks cannot be told any more. */
    synchronized void unknowable() {
        unknowable = true;
        changed();
    }

    /** {@code Connection.rollback}. @param whole false for a part, of which it cannot be told what it set */
    synchronized void rolledBack(boolean whole) {
        if (settled()) {
            return;
        }
        if (!whole) {
            unknowable = true;
            return;
        }
        for (String name : before.keySet()) {
            if (name.startsWith("sql ") && takesBack) {
                restore(name, before.get(name));
            } else if (name.startsWith("sql ")) {
                eitherOf(name, before.get(name));
            } else if (name.startsWith(ClientInfo.PREFIX)) {
                // Taken back by some databases: in doubt, until it is told anew.
                settings.put(name, "in doubt " + DOUBTS.incrementAndGet());
            } else if (!Objects.equals(before.get(name), settings.get(name))) {
                // PostgreSQL takes back what its driver set by a statement; others do not.
                unknowable = true;
            }
        }
        if (takesBack) {
            Set<String> order = new LinkedHashSet<>(inTurnBefore);
            order.addAll(inTurn);
            inTurn(List.copyOf(order));
        }
        over();
    }

    private static boolean isOfRoutine(String name) {
        return name.startsWith("sql ") && name.endsWith(")");
    }

    private void ended(boolean committed, String lower) {
        if (lower.indexOf(';') >= 0) {
            script(lower);
        } else if (committed) {
            committed();
        } else {
            rolledBack(!lower.contains(" to "));
        }
    }

    /** Most databases leave it as it was set last; of others it is not known. Of several in a row the first and the last are told. */
    private void eitherOf(String name, @Nullable String was) {
        String now = settings.get(name);
        if (!Objects.equals(now, was)) {
            String first = was == null ? "" : was.substring(was.indexOf(TAKEN_BACK_TO) + 1);
            settings.put(name, (now == null ? "" : now) + TAKEN_BACK_TO + first);
        }
    }

    private void restore(String name, @Nullable String value) {
        if (value == null) {
            settings.remove(name);
        } else {
            settings.put(name, value);
        }
    }

    /** In this order, as far as they are set. */
    private void inTurn(List<String> order) {
        inTurn.clear();
        inTurn.addAll(order);
        inTurn.retainAll(settings.keySet());
        lastingInTurn.clear();
        lastingInTurn.addAll(inTurn);
    }

    private void over() {
        before.clear();
        local.clear();
        changed();
    }

    private void remove(String name) {
        keep(name);
        local.remove(name);
        settings.remove(name);
        inTurn.remove(name);
        lastingInTurn.remove(name);
        changed();
    }

    /** Back to what the session began with, and with it what could not be told. */
    private void forget() {
        settings.keySet().removeIf(name -> name.startsWith("sql "));
        inTurn(List.copyOf(inTurn));
        before.clear();
        local.clear();
        unknowable = false;
        temporary.clear();
        changed();
    }

    private @Nullable Kept kept() {
        if (othersToo) {
            return null;
        }
        return new Kept(new TreeMap<>(settings), List.copyOf(inTurn), unknowable, temporary.names());
    }

    /** What a tool sets for itself it puts back before others are lent the connection; what anybody else sets stays. */
    private void changedBy(@Nullable Kept was) {
        if (was == null || was.equals(kept())) {
            return;
        }
        if (!MigrationTools.keepsHouse()) {
            lent = null;
            othersToo = true;
        } else if (lent == null) {
            lent = was;
        }
    }

    /** Others use the connection again. */
    private synchronized void putBack() {
        Kept was = lent;
        if (was == null || MigrationTools.onStack()) {
            return;
        }
        lent = null;
        settings.clear();
        settings.putAll(was.settings);
        inTurn(was.inTurn);
        unknowable = was.unknowable;
        temporary.putBack(was.temporary);
        before.clear();
        local.clear();
        changed();
    }

    private record Kept(Map<String, String> settings, List<String> inTurn, boolean unknowable, Set<String> temporary) {}

    private void changed() {
        text = settings.isEmpty() ? null : inTurn.size() < 2 ? settings.toString() : settings + " in turn " + inTurn;
    }

    /** All of it in one text, null when nothing was set. */
    @Nullable
    String text() {
        if (lent != null) {
            putBack();
        }
        return text;
    }

    /** Whether {@link #text()} leaves nothing out. */
    boolean known() {
        if (lent != null) {
            putBack();
        }
        return !unknowable;
    }

    /** Whether nothing that it was ever set to is in force. */
    boolean isAsItBegan() {
        return known() && text() == null;
    }
}
