package dev.resilience.instrument.jdbc;

import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Tables that only one session sees, whatever others of the name there are. For use under the lock of what has it. */
final class OwnTables {

    private static final int MOST = 32;

    private static final Pattern TEMPORARY = Pattern.compile(
            "\\b(?:create|declare)\\s+(?:or\\s+replace\\s+)?(?:\\w+\\s+)?temp(?:orary)?\\s+(?:\\w+\\s+)??"
                    + "(?:table|view|sequence)\\s+(?:if\\s+not\\s+exists\\s+)?([^\\s(;]+)",
            Pattern.CASE_INSENSITIVE);

    private static final Pattern INTO_TEMPORARY = Pattern.compile(
            "\\binto\\s+(?:\\w+\\s+)?temp(?:orary)?\\s+(?:table\\s+)?([^\\s(;]+)", Pattern.CASE_INSENSITIVE);

    private final Set<String> names = new HashSet<>();

    static boolean createdBy(String sql) {
        return TEMPORARY.matcher(sql).find();
    }

    /** Whether it puts what it selects into one, unless it is asked for rows. */
    static boolean filledBy(String sql) {
        return INTO_TEMPORARY.matcher(sql).find();
    }

    /** @return false for more than are kept in mind */
    boolean made(String sql) {
        boolean created = add(TEMPORARY.matcher(sql));
        boolean filled = add(INTO_TEMPORARY.matcher(sql));
        return created && filled;
    }

    private boolean add(Matcher made) {
        boolean all = true;
        while (made.find()) {
            all &= names.size() < MOST;
            String name = made.group(1).replaceAll("[\"`\\[\\]]", "");
            names.add(name.substring(name.lastIndexOf('.') + 1));
        }
        return all;
    }

    /** Whether the statement may read one. SQL Server's say so by their names. */
    boolean readBy(String sql) {
        for (int sign = sql.indexOf('#'); sign >= 0; sign = sql.indexOf('#', sign + 1)) {
            if (sign + 1 < sql.length() && Character.isJavaIdentifierStart(sql.charAt(sign + 1))) {
                return true;
            }
        }
        if (names.isEmpty()) {
            return false;
        }
        String lower = sql.toLowerCase(Locale.ROOT);
        return names.stream().anyMatch(lower::contains);
    }

    void clear() {
        names.clear();
    }

    /** They were not dropped. */
    void stay(Set<String> before) {
        names.addAll(before);
    }

    Set<String> names() {
        return Set.copyOf(names);
    }

    void putBack(Set<String> before) {
        names.clear();
        names.addAll(before);
    }
}
