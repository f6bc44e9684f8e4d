package dev.resilience.instrument.jdbc;

import dev.resilience.rule.SqlText;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a session is set to, by name, each behind those that were set before it: two names may mean the same thing, and then
 * the last one counts. What a transaction set is over with it where it was set for the transaction alone, or where the
 * transaction is rolled back. Immutable.
 *
 * @param settings as they are
 * @param before as they were when the transaction that set something began; null when none did
 * @param lasting as they are behind it if it is committed; null when none set anything
 * @param known whether that is all that the session was set to
 */
record InForce(
        LocalSettings local,
        Map<String, String> settings,
        @Nullable Map<String, String> before,
        @Nullable Map<String, String> lasting,
        boolean known) {

    /** With more than so many nothing is stored for the session any more. */
    private static final int MOST = 32;

    /** Of what is told by statements. */
    static final String SQL = "sql ";

    private static final String OF_ROUTINE = ")";

    /** Where names are looked up, and for whom; routines may set that, too, and anything else. */
    private static final Pattern WHERE_AND_WHO =
            Pattern.compile("(?s)set(?:Schema|Catalog)|sql (?:(?:use|reset)(?: .*)?|session"
                    + "|[^.@]*(?:role|user|auth|schema|path|proxy|sqlid|catalog|container|database).*)|.*\\)");

    /** A value that depends on where and who: the same words give another one afterwards. */
    private static final Pattern COMPUTED = Pattern.compile(
            "(?i)\\(|\\b(?:current_\\w+|session_user|system_user|user|role|database|schema|catalog)\\b");

    private static final Pattern SET_CONFIG = Pattern.compile("(?i)set_config\\s*\\(");

    private static final List<String> SCHEMA = List.of(SQL + "schema", "setSchema");

    /** By PostgreSQL's names of them, other names of what goes back with the same. */
    private static final Map<String, List<String>> SAME = Map.of(
            "search_path", SCHEMA,
            "authorization", List.of(SQL + "role"),
            "timezone", List.of(SQL + "time"),
            "client_encoding", List.of(SQL + "names"),
            "application_name", List.of(ClientInfo.PREFIX + "applicationname"));

    /** By {@code reset all}. */
    private static final Set<String> LEFT_AS_IT_IS = Set.of(SQL + "role", SQL + "authorization");

    private static final char TAKEN_BACK_TO = '\0';

    /** Behind the call of a routine whose transaction was committed: maybe it set something for that alone. */
    private static final String OVER = "\1";

    private static final AtomicLong DOUBTS = new AtomicLong();

    static InForce nothing(LocalSettings local) {
        return new InForce(local, Map.of(), null, null, true);
    }

    InForce set(String name, String value) {
        return set(name, value, false);
    }

    InForce set(String name, String value, boolean forTransaction) {
        if (settings.size() >= MOST && !settings.containsKey(name)) {
            return unknowable();
        }
        boolean ends = forTransaction && local == LocalSettings.OF_TRANSACTION;
        Map<String, String> stays = lasting == null ? settings : lasting;
        return new InForce(
                local,
                with(settings, name, value),
                before == null ? settings : before,
                ends ? stays : with(stays, name, value),
                known && !(forTransaction && local == LocalSettings.UNKNOWN));
    }

    private static Map<String, String> with(Map<String, String> settings, String name, String value) {
        Map<String, String> all = removed(settings, name);
        all.put(name, value);
        return all;
    }

    /** To what the session began with. */
    InForce without(String name) {
        return settings.containsKey(name) || (lasting != null && lasting.containsKey(name))
                ? new InForce(
                        local,
                        removed(settings, name),
                        before == null ? settings : before,
                        removed(lasting == null ? settings : lasting, name),
                        known)
                : this;
    }

    private static Map<String, String> removed(Map<String, String> settings, String name) {
        Map<String, String> all = new LinkedHashMap<>(settings);
        all.remove(name);
        return all;
    }

    /** By one of several ways to say it: what a routine said of the same, or a statement, is taken back with it. */
    InForce cleared(String name) {
        InForce left = without(name);
        boolean otherwise =
                settings.keySet().stream().anyMatch(set -> isOfRoutine(set) || set.equals(SQL + "application_name"));
        return otherwise ? left.set(name, "") : left;
    }

    private InForce without(Iterable<String> names) {
        InForce left = this;
        for (String name : names) {
            left = left.without(name);
        }
        return left;
    }

    /**
     * What the routine sets is not known, but is the same where the same is called with the same.
     *
     * @param routine or the names of several that are called by one statement
     * @param which of several things it sets, empty for what its name says alone
     */
    InForce called(String routine, String which, String call) {
        InForce left = this;
        for (Map.Entry<String, String> other : settings.entrySet()) {
            String name = other.getKey();
            if (name.startsWith(SQL) && name.endsWith("()")) {
                String undone = name.substring(SQL.length(), name.length() - 2);
                left = Routines.undoes(routine, call, undone, other.getValue().replace(OVER, ""))
                        ? left.without(name)
                        : left;
            }
        }
        return left.set(SQL + routine + "(" + which + OF_ROUTINE, call);
    }

    /** PostgreSQL's {@code reset all} leaves role and authorization as they are; what routines set may be anything. */
    InForce reset(String name) {
        boolean all = name.equals("all");
        InForce left = all ? without(SCHEMA) : without(SQL + name).without(SAME.getOrDefault(name, List.of()));
        boolean routines = false;
        for (String set : settings.keySet()) {
            boolean routine = isOfRoutine(set);
            routines |= routine;
            if (all && set.startsWith(SQL) && !routine && !LEFT_AS_IT_IS.contains(set)) {
                left = left.without(set);
            }
        }
        return routines ? left.set(SQL + "reset " + name, "") : left;
    }

    private static boolean isOfRoutine(String name) {
        return name.startsWith(SQL) && name.endsWith(OF_ROUTINE);
    }

    /** Back to what the session began with, and with it what could not be told. */
    InForce begunAnew() {
        return onlyWith(name -> !name.startsWith(SQL));
    }

    /** The same by {@code discard all}, which takes along what the connection's own methods set by statements. */
    InForce discarded() {
        return onlyWith(
                name -> !name.startsWith(SQL) && SAME.values().stream().noneMatch(names -> names.contains(name)));
    }

    private InForce onlyWith(Predicate<String> names) {
        Map<String, String> left = new LinkedHashMap<>(settings);
        left.keySet().removeIf(names.negate());
        return new InForce(local, left, null, null, true);
    }

    /** As it is, with nothing to be taken back. */
    InForce over() {
        return new InForce(local, settings, null, null, known);
    }

    InForce unknowable() {
        return new InForce(local, settings, before, lasting, false);
    }

    /** Whether nothing that it was set to may be taken back any more. */
    boolean settled() {
        return before == null;
    }

    /** Whether something was set for a transaction alone. */
    boolean isLocal() {
        return lasting != null && !lasting.equals(settings);
    }

    InForce committed() {
        if (lasting == null) {
            return this;
        }
        Map<String, String> stays = new LinkedHashMap<>(lasting);
        stays.replaceAll((name, value) -> isOfRoutine(name) && !value.endsWith(OVER) ? value + OVER : value);
        return new InForce(local, stays, null, null, known);
    }

    /** @param whole false for a part, of which it cannot be told what it set */
    InForce rolledBack(boolean whole) {
        if (before == null) {
            return this;
        }
        if (!whole) {
            return unknowable();
        }
        boolean takenBack = local == LocalSettings.OF_TRANSACTION;
        Map<String, String> left = new LinkedHashMap<>(takenBack ? before : settings);
        boolean told = known;
        Set<String> names = new LinkedHashSet<>(before.keySet());
        names.addAll(settings.keySet());
        for (String name : names) {
            String was = before.get(name);
            String now = settings.get(name);
            if (Objects.equals(was, now) || (takenBack && name.startsWith(SQL))) {
                continue;
            }
            if (name.startsWith(SQL)) {
                left.put(name, either(now, was));
            } else if (name.startsWith(ClientInfo.PREFIX)) {
                // Taken back by some databases: in doubt, until it is told anew.
                left.put(name, "in doubt " + DOUBTS.incrementAndGet());
            } else {
                // PostgreSQL takes back what its driver set by a statement; others do not.
                told = false;
            }
        }
        return new InForce(local, left, null, null, told);
    }

    /** Most databases leave it as it was set last; of others it is not known. Of several in a row the first and the last are told. */
    private static String either(@Nullable String now, @Nullable String was) {
        String first = was == null ? "" : was.substring(was.indexOf(TAKEN_BACK_TO) + 1);
        return (now == null ? "" : now) + TAKEN_BACK_TO + first;
    }

    /**
     * All of it in one text, null when nothing was set. A schema means the same before a time zone and behind it: of those that
     * say where and who, and of all others, each is told in its own order, and in both the place of what depends on both.
     */
    @Nullable
    String text() {
        if (settings.isEmpty()) {
            return null;
        }
        StringBuilder whereAndWho = new StringBuilder();
        StringBuilder others = new StringBuilder();
        settings.forEach((name, value) -> {
            boolean first = WHERE_AND_WHO.matcher(name).matches();
            told(first ? whereAndWho : others, name).append('=');
            told(first ? whereAndWho : others, value).append(';');
            if (isOfRoutine(name)) {
                told(others, name).append(';');
            } else if (!first && isComputed(name, value)) {
                told(whereAndWho, name).append(';');
            }
        });
        return whereAndWho.append('|').append(others).toString();
    }

    private static boolean isComputed(String name, String value) {
        return name.startsWith(SQL)
                && COMPUTED.matcher(SET_CONFIG
                                .matcher(SqlText.withoutLiterals(value.substring(value.indexOf(' ') + 1), null))
                                .replaceFirst(""))
                        .find();
    }

    /** With its length, so that nothing in it passes for what is told behind it. */
    private static StringBuilder told(StringBuilder text, String part) {
        return text.append(part.length()).append(':').append(part);
    }

    /** Whether both mean the same to what is asked. */
    boolean isLike(InForce other) {
        return known == other.known && Objects.equals(text(), other.text());
    }
}
