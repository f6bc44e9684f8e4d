package dev.resilience.instrument.jdbc;

import java.util.regex.Pattern;

/** An address without its secrets, as it may be shown and be part of a key. */
final class ShownUrl {

    /** {@code password=…} and its kin, up to the next parameter. */
    private static final Pattern SECRET =
            Pattern.compile("(?i)((?:[a-z]*(?:password|passwd|pwd|secret|token|credential)[a-z]*|pass)=)[^&;,)]*");

    /** {@code //user:password@}, and Oracle's {@code :thin:user/password@}. */
    private static final Pattern USER_INFO = Pattern.compile("(//[^/?;:@]*|:[a-z]+:[^/?;:@]+/?):?[^/?;@]*@");

    /** In a script that the driver runs first. */
    private static final Pattern SECRET_IN_SQL = Pattern.compile(
            "(?i)((?:password|identified(?:\\s|\\+|%20)++by)(?:\\s|\\+|%20)++)(?:'(?:[^']++|'')*+|%27.*?(?=%27|$))");

    private ShownUrl() {}

    static String of(String url) {
        String shown = url;
        if (shown.indexOf('@') >= 0) {
            shown = USER_INFO.matcher(shown).replaceAll("$1:***@");
        }
        if (shown.indexOf('=') < 0) {
            return shown;
        }
        return SECRET_IN_SQL.matcher(SECRET.matcher(shown).replaceAll("$1***")).replaceAll("$1'***");
    }
}
