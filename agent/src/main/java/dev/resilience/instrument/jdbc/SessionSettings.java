package dev.resilience.instrument.jdbc;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * What the application set on a session that changes what its statements mean or whose rows they see: schema, catalog, role,
 * search path, the variables of row-level security. Part of the key of stored answers. Thread-safe.
 */
final class SessionSettings {

    /** With more than so many nothing is stored for the session any more. */
    private static final int MOST = 32;

    private static final int LONGEST_NAME = 64;

    private final Map<String, String> settings = new ConcurrentSkipListMap<>();
    private volatile boolean unknowable;

    /** By {@code Connection.setSchema} and the like. */
    void set(String name, @Nullable Object value) {
        if (settings.size() >= MOST && !settings.containsKey(name)) {
            unknowable = true;
            return;
        }
        settings.put(name, String.valueOf(value));
    }

    /** Whether a statement may set something, told by its first letters. Fast: asked of every statement. */
    static boolean concerns(String sql) {
        int at = 0;
        while (at < sql.length() && sql.charAt(at) <= ' ') {
            at++;
        }
        if (at == sql.length()) {
            return false;
        }
        return switch (sql.charAt(at) | 0x20) {
            case 's' ->
                sql.regionMatches(true, at, "set", 0, 3)
                        || (sql.regionMatches(true, at, "select", 0, 6) && sql.indexOf("set_config") > 0);
            case 'u' -> sql.regionMatches(true, at, "use", 0, 3);
            case 'r' -> sql.regionMatches(true, at, "reset", 0, 5);
            case 'd' -> sql.regionMatches(true, at, "discard", 0, 7);
            case 'a' ->
                sql.regionMatches(true, at, "alter", 0, 5)
                        && sql.toLowerCase(Locale.ROOT).contains("session");
            default -> false;
        };
    }

    /** Takes note of a statement that {@linkplain #concerns concerns} the session. */
    void note(String sql, @Nullable Object parameters) {
        String text = sql.strip();
        String[] words = text.split("[\\s=(,;]+", 4);
        String verb = words[0].toLowerCase(Locale.ROOT);
        if (verb.equals("discard") || (verb.equals("reset") && words.length > 1 && words[1].equalsIgnoreCase("all"))) {
            settings.keySet().removeIf(name -> name.startsWith("sql "));
            return;
        }
        String name = words.length > 1 ? words[1].toLowerCase(Locale.ROOT) : "";
        if (words.length > 2 && (name.equals("session") || name.equals("local") || name.equals("global"))) {
            name = words[2].toLowerCase(Locale.ROOT);
        }
        if (name.length() > LONGEST_NAME) {
            name = name.substring(0, LONGEST_NAME);
        }
        String key = "sql " + (verb.equals("use") ? "use" : verb.equals("select") ? "set_config" : name);
        if (verb.equals("reset")) {
            settings.remove(key);
        } else {
            set(key, parameters == null ? text : text + parameters);
        }
    }

    /** All of it in one text, null when nothing was set. */
    @Nullable
    String text() {
        return settings.isEmpty() ? null : new TreeMap<>(settings).toString();
    }

    /** Whether {@link #text()} leaves nothing out. */
    boolean known() {
        return !unknowable;
    }
}
