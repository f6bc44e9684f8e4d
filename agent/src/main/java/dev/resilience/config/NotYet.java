package dev.resilience.config;

import java.util.Set;

/**
 * What the schema knows and this version cannot do yet. Such a key is refused by name rather than accepted in silence.
 * When a feature lands, its line goes.
 */
final class NotYet {

    /** {@code section.key}, or {@code section.key=value}. Sections are named in {@link Schema}. */
    private static final Set<String> NAMES = Set.of("redis.wait_replicas");

    private NotYet() {}

    static Set<String> names() {
        return NAMES;
    }

    static boolean key(String section, String key) {
        return NAMES.contains(section + "." + key);
    }

    static boolean value(String section, String key, String value) {
        return NAMES.contains(section + "." + key + "=" + value);
    }

    static String refusal(String what) {
        return "`" + what + "` is not available in this version";
    }
}
