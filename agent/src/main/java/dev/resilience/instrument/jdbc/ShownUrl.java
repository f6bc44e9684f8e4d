package dev.resilience.instrument.jdbc;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** An address without its secrets, as it may be shown and be part of a key. */
final class ShownUrl {

    /**
     * {@code ?name=value&name=value}, or {@code ;name=value;name=value}: what separates one from the next by the one form is part
     * of a value by the other. H2's semicolons may have a backslash before them, SQL Server's stand in braces.
     */
    private static final Pattern PARAMETER = Pattern.compile(
            "([?&])([^=&?;]*+)=([^&]*+)|(;)([^=;]*+)=(\\{(?:[^}]|}})*+}[^;]*+|(?:\\\\.|[^;\\\\])*+\\\\?)");

    private static final String NAMES = "password|passwd|pwd|passphrase|passcode|secret|token|credential"
            + "|(?:api|access|private|pvt|hex|client)[_-]?key";

    private static final Pattern SECRET_NAME =
            Pattern.compile("(?i)[\\w.-]*(?:" + NAMES + ")[\\w.-]*|pass|key|sig|signature");

    /** In lists of hosts, and in what stands in other parameters: up to the next separator of any kind. */
    private static final Pattern SECRET =
            Pattern.compile("(?i)((?:[\\w.-]*(?:" + NAMES + ")[\\w.-]*|\\bpass)=)([^&;,)]*)");

    /** Of what is not shown, who asks: which key it is tells tenants apart, while passwords and secrets change for one and the same. */
    private static final Pattern ASKING = Pattern.compile(
            "(?i)(?![\\w.-]*(?:pass|pwd|secret|token|credential))(?:[\\w.-]*(?:api|access|client)[_-]?key[\\w.-]*|key)");

    /** {@code //user:password@}, and Oracle's {@code :thin:user/password@}. */
    private static final Pattern USER_INFO = Pattern.compile("(//[^/?;:@]*|:[a-z]+:[^/?;:@]+/?):?[^/?;@]*@");

    /** Texts and variables in a script: row-level security and encryption have their keys there. */
    private static final Pattern IN_SCRIPT = Pattern.compile("(?i)['\"$@]|%(?:2[247]|40)");

    /** Variables of the application's own; MySQL's have two signs before them. */
    private static final Pattern OWN_VARIABLE = Pattern.compile("(?<!@)@(?!@)|(?<!%40)%40(?!%40)");

    private static final Pattern OWN_NAME = Pattern.compile("\\w\\.\\w");

    /** What a driver runs or sets first, in lower case, and how such a parameter may hold a secret. */
    private static final Map<String, Pattern> SETTING = Map.of(
            "connectioninitsql", IN_SCRIPT,
            "connectionproperties", OWN_NAME,
            "init", IN_SCRIPT,
            "initialsql", IN_SCRIPT,
            "initsql", IN_SCRIPT,
            "options", OWN_NAME,
            "sessionproperties", OWN_NAME,
            "sessionvariables", OWN_VARIABLE);

    private ShownUrl() {}

    static String of(String url) {
        String shown = url;
        if (shown.indexOf('@') >= 0) {
            shown = USER_INFO.matcher(shown).replaceAll("$1:***@");
        }
        if (shown.indexOf('=') < 0) {
            return shown;
        }
        shown = PARAMETER.matcher(shown).replaceAll(ShownUrl::parameter);
        return SECRET.matcher(shown).replaceAll("$1***");
    }

    private static String parameter(MatchResult found) {
        int form = form(found);
        String name = found.group(form + 1);
        return Matcher.quoteReplacement(
                hides(name, found.group(form + 2)) ? found.group(form) + name + "=***" : found.group());
    }

    /** Of a parameter: the group of what separates it from the one before; its name and its value are the next two. */
    private static int form(MatchResult parameter) {
        return parameter.group(1) == null ? 4 : 1;
    }

    /** Whether the value of an address's parameter is not shown. */
    static boolean hides(String name, String value) {
        if (SECRET_NAME.matcher(name).matches()) {
            return true;
        }
        Pattern telling = SETTING.get(name.toLowerCase(Locale.ROOT));
        return telling != null
                && (telling.matcher(value).find() || SECRET.matcher(value).find());
    }

    /** Whether a parameter that is not shown says who asks. */
    static boolean asks(String name) {
        return ASKING.matcher(name).matches();
    }

    /** What an address says of who asks that is not shown, wherever it stands, by names in lower case. */
    static Map<String, String> asking(String url) {
        Map<String, String> asking = new TreeMap<>();
        Matcher parameters = PARAMETER.matcher(url);
        while (parameters.find()) {
            int form = form(parameters);
            add(asking, parameters.group(form + 1), parameters.group(form + 2));
        }
        Matcher anywhere = SECRET.matcher(url);
        while (anywhere.find()) {
            String assigned = anywhere.group(1);
            add(asking, assigned.substring(0, assigned.length() - 1), anywhere.group(2));
        }
        return asking;
    }

    private static void add(Map<String, String> asking, String name, String value) {
        if (asks(name)) {
            asking.merge(name.toLowerCase(Locale.ROOT), value, (before, more) -> before + '\0' + more);
        }
    }

    /** Of an address, as written; null when it has no such parameter. @param name in whatever case */
    static @Nullable String value(String url, String name) {
        Matcher parameters = PARAMETER.matcher(url);
        while (parameters.find()) {
            int form = form(parameters);
            if (parameters.group(form + 1).equalsIgnoreCase(name)) {
                return parameters.group(form + 2);
            }
        }
        return null;
    }
}
