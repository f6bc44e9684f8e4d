package dev.resilience.fallback;

import java.util.regex.Pattern;

/** A text as JSON writes it: one value needs no library. */
final class JsonText {

    private static final Pattern NUMBER = Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?");

    private JsonText() {}

    static String quoted(String text) {
        return '"' + escaped(text) + '"';
    }

    /** What stands between the quotes. */
    static String escaped(String text) {
        StringBuilder json = new StringBuilder(text.length() + 2);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> json.append("\\\"");
                case '\\' -> json.append("\\\\");
                case '\n' -> json.append("\\n");
                case '\r' -> json.append("\\r");
                case '\t' -> json.append("\\t");
                default -> {
                    if (c < ' ' || Character.isSurrogate(c) && !paired(text, i)) {
                        json.append(String.format("\\u%04x", (int) c));
                    } else {
                        json.append(c);
                    }
                }
            }
        }
        return json.toString();
    }

    /** Whether it is a number as JSON writes one, and of a length that every reader can hold. */
    static boolean isNumber(String text) {
        return text.length() <= 20 && NUMBER.matcher(text).matches();
    }

    private static boolean paired(String text, int at) {
        char c = text.charAt(at);
        return Character.isHighSurrogate(c)
                ? at + 1 < text.length() && Character.isLowSurrogate(text.charAt(at + 1))
                : at > 0 && Character.isHighSurrogate(text.charAt(at - 1));
    }
}
