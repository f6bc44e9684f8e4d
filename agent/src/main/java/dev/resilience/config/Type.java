package dev.resilience.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a value of the file may be. Immutable. */
sealed interface Type {

    /** What is expected, for people: completes "expected …". */
    String expected();

    /** A text of a certain form. @param secret never shown, not even in part */
    record Text(Form form, boolean secret) implements Type {
        @Override
        public String expected() {
            return form.expected;
        }
    }

    /** A whole number, both bounds included. */
    record Whole(int least, int most) implements Type {
        @Override
        public String expected() {
            return most == Integer.MAX_VALUE
                    ? "a whole number of at least " + least
                    : "a whole number from " + least + " to " + most;
        }
    }

    /** A number, both bounds included; {@code 50%} is 0.5. */
    record Share() implements Type {
        @Override
        public String expected() {
            return "a share from 0 to 1, such as 0.5 or 50%";
        }
    }

    /** A number of percent, with or without its sign. */
    record Percent() implements Type {
        @Override
        public String expected() {
            return "a percentage from 0 to 100, such as 99.9";
        }
    }

    /** A number, both bounds included. */
    record Factor(double least, double most) implements Type {
        @Override
        public String expected() {
            return "a number from " + least + " to " + most;
        }
    }

    /** A time span longer than nothing. */
    record Length() implements Type {
        @Override
        public String expected() {
            return "a duration such as 500ms, 30s, 5m or a number of seconds, from 1ms to 365d";
        }
    }

    record Flag() implements Type {
        @Override
        public String expected() {
            return "true or false";
        }
    }

    record Choice(List<String> values) implements Type {
        @Override
        public String expected() {
            return values.size() == 1 ? values.get(0) : "one of " + String.join(", ", values);
        }
    }

    /** A status or a range of them. */
    record Status() implements Type {
        @Override
        public String expected() {
            return "an HTTP status or a range, such as 429 or 500-599";
        }
    }

    /** Why a call needs an answer: one of the words, a status, or a range of them. */
    record Reason(List<String> words) implements Type {
        @Override
        public String expected() {
            return String.join(", ", words) + ", or an HTTP status or a range, such as 429 or 500-599";
        }
    }

    /** A list. @param single whether one item may be written without brackets @param least number of items */
    record ListOf(Type item, boolean single, int least) implements Type {
        @Override
        public String expected() {
            return "a list (each item: " + item.expected() + ")";
        }
    }

    /** A mapping from names that the user chooses. */
    record MapOf(Form names, Type value) implements Type {
        @Override
        public String expected() {
            return "a mapping (each value: " + value.expected() + ")";
        }
    }

    /** A link of a fallback chain: a bare name, or a mapping from one name to its options. */
    record Links(Map<String, Section> options) implements Type {
        @Override
        public String expected() {
            return "one of " + String.join(", ", options.keySet());
        }
    }

    /** Any scalar, typed by its look. */
    record Cells() implements Type {
        @Override
        public String expected() {
            return "a text, number, boolean or null";
        }
    }

    /** A mapping with the keys of the contract. @param name for people */
    record Section(String name, Map<String, Key> keys) implements Type {

        static Section of(String name, List<Key> keys) {
            Map<String, Key> byName = new LinkedHashMap<>();
            for (Key key : keys) {
                byName.put(key.name(), key);
            }
            return new Section(name, byName);
        }

        Key key(String key) {
            Key known = keys.get(key);
            if (known == null) {
                throw new IllegalArgumentException(name + " has no key " + key);
            }
            return known;
        }

        @Override
        public String expected() {
            return "a mapping with " + String.join(", ", keys.keySet());
        }
    }

    /**
     * One key of a section.
     *
     * @param fallback the default, in the form of a checked value; null when there is none, or when it depends on other keys
     * @param about the documentation, one line
     */
    record Key(String name, Type type, @Nullable Object fallback, boolean required, String about) {}

    /** For the JSON Schema: no host before the end of an address, or before a comma there, has a port that there is not. */
    String POSSIBLE_PORTS =
            "(?![^/?#\\s]*:([0-9]{6,}|[7-9][0-9]{4}|6[6-9][0-9]{3}|65[6-9][0-9]{2}|655[4-9][0-9]|6553[6-9])"
                    + "(,[^@/?#\\s]*)?([/?#]|$))";

    /** Forms of a text, checked by hand: a regular expression costs more at start than all of this. */
    enum Form {
        FREE("a text", null),
        FILLED("a text that is not empty", "\\S"),
        NAME("a name of letters, digits, `_`, `-` and `.` (at most 100)", "^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$"),
        PREFIX("a prefix of letters, digits, `_`, `-`, `.` and `:`", "^[A-Za-z0-9_.:-]{1,100}$"),
        CLASS("the full name of a class, such as java.io.IOException", "^[A-Za-z_$][A-Za-z0-9_.$]*$"),
        METHOD("an HTTP method, such as GET", "^[A-Za-z_-]{1,40}$"),
        HEADER("the name of a header", "^[A-Za-z0-9_.-]{1,100}$"),
        HEADER_VALUE("a text on one line", null),
        HOST("a host name, with `*` for any characters, without scheme, port or path", "^[^/?#@\\s]+$"),
        PATH("a path that begins with `/`, without a query", "^(/[^?#\\s]*|\\*\\*)$"),
        JDBC_URL("a JDBC address, with `*` for any characters, such as jdbc:postgresql://*/booking*", "^(jdbc:|\\*)"),
        CONNECT_URL("a JDBC address, such as jdbc:postgresql://db/booking", "^jdbc:.+"),
        HTTP_URL(
                "an address that begins with http:// or https://, with no port above 65535",
                "^[Hh][Tt][Tt][Pp][Ss]?://" + POSSIBLE_PORTS + "[^/\\s]+"),
        REDIS_URL(
                "a Redis address, such as redis://host:6379 or rediss://user:password@host:6380/0, with no port above 65535",
                "^rediss?(-sentinel)?://" + POSSIBLE_PORTS + "[^/\\s]+"),
        REDIS_NODE(
                "a node of a Redis Cluster, such as host:6379, with no port above 65535",
                "^(rediss?://)?" + POSSIBLE_PORTS + "[^/\\s]+"),
        REDIS_TARGET(
                "`default` for the agent's own Redis, or a Redis address, with no port above 65535",
                "^(default$|rediss?://" + POSSIBLE_PORTS + "[^/\\s]+)"),
        ADDRESS("a host name or IP address to listen on, without a port", "^[^/\\s]+$");

        final String expected;
        /** For the JSON Schema; null for any text. */
        final @Nullable String pattern;

        Form(String expected, @Nullable String pattern) {
            this.expected = expected;
            this.pattern = pattern;
        }

        /** In one place: a class for each constant would be loaded before the application begins. */
        boolean accepts(String text) {
            return switch (this) {
                case FREE -> true;
                case FILLED -> !text.isBlank();
                case NAME -> isName(text);
                case PREFIX -> !text.isEmpty() && text.length() <= 100 && hasOnly(text, "_-.:");
                case CLASS ->
                    !text.isEmpty()
                            && hasOnly(text, "_.$")
                            && !Character.isDigit(text.charAt(0))
                            && text.charAt(0) != '.'
                            && !text.endsWith(".");
                case METHOD -> !text.isEmpty() && text.length() <= 40 && hasOnly(text, "_-");
                case HEADER -> !text.isEmpty() && text.length() <= 100 && hasOnly(text, "_-.");
                case HEADER_VALUE -> text.indexOf('\n') < 0 && text.indexOf('\r') < 0 && text.indexOf('\0') < 0;
                case HOST ->
                    !text.isEmpty()
                            && lacks(text, "/?#@ \t\n")
                            && (text.indexOf(':') < 0 || text.indexOf(':') != text.lastIndexOf(':'));
                case PATH -> text.equals("**") || (text.startsWith("/") && lacks(text, "?# \t\n"));
                case JDBC_URL -> text.regionMatches(true, 0, "jdbc:", 0, 5) || text.startsWith("*");
                case CONNECT_URL -> text.regionMatches(true, 0, "jdbc:", 0, 5) && text.length() > 5;
                case HTTP_URL -> hasScheme(text, "http") || hasScheme(text, "https");
                case REDIS_URL ->
                    hasScheme(text, "redis")
                            || hasScheme(text, "rediss")
                            || hasScheme(text, "redis-sentinel")
                            || hasScheme(text, "rediss-sentinel");
                case REDIS_NODE ->
                    text.contains("://") ? REDIS_URL.accepts(text) : !text.isBlank() && hasPossiblePorts(text);
                case REDIS_TARGET -> text.equals("default") || REDIS_URL.accepts(text);
                case ADDRESS -> !text.isEmpty() && lacks(text, "/?#@ \t\n");
            };
        }

        static boolean isName(String text) {
            return !text.isEmpty()
                    && text.length() <= 100
                    && hasOnly(text, "_.-")
                    && text.charAt(0) != '.'
                    && text.charAt(0) != '-';
        }

        private static boolean hasOnly(String text, String others) {
            for (int i = 0; i < text.length(); i++) {
                char c = text.charAt(i);
                boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
                if (!letter && others.indexOf(c) < 0) {
                    return false;
                }
            }
            return true;
        }

        private static boolean lacks(String text, String unwanted) {
            for (int i = 0; i < text.length(); i++) {
                if (unwanted.indexOf(text.charAt(i)) >= 0) {
                    return false;
                }
            }
            return true;
        }

        private static boolean hasScheme(String text, String scheme) {
            int after = scheme.length() + 3;
            return text.regionMatches(true, 0, scheme, 0, scheme.length())
                    && text.startsWith("://", scheme.length())
                    && text.length() > after
                    && text.charAt(after) != '/'
                    && lacks(text, " \t\n")
                    && hasPossiblePorts(text.substring(after));
        }

        /** @param address without its scheme, of one host or of several with commas between them */
        private static boolean hasPossiblePorts(String address) {
            int end = 0;
            while (end < address.length() && "/?#".indexOf(address.charAt(end)) < 0) {
                end++;
            }
            String hosts = address.substring(address.lastIndexOf('@', end) + 1, end);
            for (String host : hosts.split(",", -1)) {
                String port = host.substring(host.lastIndexOf(':') + 1);
                boolean number = port.length() < host.length() && !port.isEmpty();
                for (int i = 0; i < port.length(); i++) {
                    number &= port.charAt(i) >= '0' && port.charAt(i) <= '9';
                }
                if (number && (port.length() > 5 || Integer.parseInt(port) > 65_535)) {
                    return false;
                }
            }
            return true;
        }
    }
}
