package dev.resilience.config;

import org.jspecify.annotations.Nullable;

/**
 * Puts environment variables into a value: {@code ${NAME}}, {@code ${NAME:default}} (also with variables inside the default),
 * and {@code $${} for a plain {@code ${}. A variable that is set to nothing counts as set. Not thread-safe; use once.
 */
final class Substitution {

    private static final int MOST_DEPTH = 5;
    private static final int MOST_CHARS = 1_000_000;

    private final Environment environment;
    private @Nullable String problem;

    Substitution(Environment environment) {
        this.environment = environment;
    }

    static boolean concerns(String raw) {
        return raw.contains("${");
    }

    /** The text with its variables filled in, or null when {@link #problem} says why not. */
    @Nullable
    String apply(String raw) {
        String text = apply(raw, 0);
        return problem == null ? text : null;
    }

    /** What kept the last value from being filled in. */
    @Nullable
    String problem() {
        return problem;
    }

    private String apply(String raw, int depth) {
        StringBuilder out = new StringBuilder(raw.length());
        int at = 0;
        while (at < raw.length() && problem == null) {
            int dollar = raw.indexOf("${", at);
            if (dollar < 0) {
                break;
            }
            if (dollar > at && raw.charAt(dollar - 1) == '$') {
                out.append(raw, at, dollar - 1).append("${");
                at = dollar + 2;
                continue;
            }
            out.append(raw, at, dollar);
            int close = closing(raw, dollar + 2);
            if (close < 0) {
                problem = "`${` without its `}`; write `$${` where a plain `${` is meant";
                return "";
            }
            out.append(value(raw.substring(dollar + 2, close), depth));
            if (out.length() > MOST_CHARS) {
                problem = "grows too large when its variables are filled in";
                return "";
            }
            at = close + 1;
        }
        return out.append(raw, at, raw.length()).toString();
    }

    private String value(String inside, int depth) {
        int colon = inside.indexOf(':');
        String name = colon < 0 ? inside : inside.substring(0, colon);
        if (!isName(name)) {
            problem = "`${…}` needs the name of an environment variable; write `$${` where a plain `${` is meant";
            return "";
        }
        String value = environment.variable(name);
        if (value != null) {
            return value;
        }
        if (colon < 0) {
            problem = "the environment variable `" + name + "` is not set; set it, or give a default: `${" + name
                    + ":default}`";
            return "";
        }
        if (depth == MOST_DEPTH) {
            problem = "variables within defaults are nested too deeply";
            return "";
        }
        return apply(inside.substring(colon + 1), depth + 1);
    }

    /** Braces in a default come in pairs, as in JSON. */
    private static int closing(String raw, int from) {
        int open = 1;
        for (int i = from; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c == '{') {
                open++;
            } else if (c == '}' && --open == 0) {
                return i;
            }
        }
        return -1;
    }

    private static boolean isName(String name) {
        if (name.isEmpty() || name.length() > 200) {
            return false;
        }
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
            if (!letter && (i == 0 || !((c >= '0' && c <= '9') || c == '.' || c == '-'))) {
                return false;
            }
        }
        return true;
    }
}
