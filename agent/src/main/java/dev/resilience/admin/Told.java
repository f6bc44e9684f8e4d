package dev.resilience.admin;

import org.jspecify.annotations.Nullable;

/** What a request says of a person and a reason, as it may be kept and shown. */
final class Told {

    private static final int LONGEST_NAME = 100;

    private Told() {}

    /** On one line, cut; empty for none. */
    static String line(@Nullable String text, int longest) {
        if (text == null) {
            return "";
        }
        StringBuilder out = new StringBuilder();
        text.codePoints().limit(longest).forEach(c -> out.appendCodePoint(Character.isISOControl(c) ? ' ' : c));
        return out.toString().trim();
    }

    /** The name that was given ({@code by}) and the way that the request came. */
    static String who(Query query) {
        String name = line(query.parameter("by"), LONGEST_NAME);
        return name.isEmpty() ? query.who() : name + " through " + query.who();
    }
}
