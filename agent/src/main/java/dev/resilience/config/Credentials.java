package dev.resilience.config;

import java.util.Locale;

/** Takes credentials out of addresses, so that they can be shown. */
final class Credentials {

    private static final String[] SECRET_PARAMETERS = {"password=", "passwd=", "pwd=", "token=", "secret=", "key="};

    private Credentials() {}

    /** The text with {@code ***} for the user information of an address and for the values of secret parameters. */
    static String hidden(String text) {
        String shown = text;
        int slashes = shown.indexOf("//");
        if (slashes >= 0) {
            int end = slashes + 2;
            int at = -1;
            while (end < shown.length() && "/?#".indexOf(shown.charAt(end)) < 0) {
                if (shown.charAt(end) == '@') {
                    at = end;
                }
                end++;
            }
            // A password with a slash in it, written without the escape that it needs.
            if (at < 0 && end < shown.length()) {
                at = shown.lastIndexOf('@');
            }
            if (at > slashes) {
                shown = shown.substring(0, slashes + 2) + "***" + shown.substring(at);
            }
        }
        for (String parameter : SECRET_PARAMETERS) {
            shown = withoutValue(shown, parameter);
        }
        return shown;
    }

    private static String withoutValue(String text, String parameter) {
        int at = text.toLowerCase(Locale.ROOT).indexOf(parameter);
        if (at < 0) {
            return text;
        }
        int from = at + parameter.length();
        int to = from;
        while (to < text.length() && "&; ".indexOf(text.charAt(to)) < 0) {
            to++;
        }
        return text.substring(0, from) + "***" + text.substring(to);
    }
}
