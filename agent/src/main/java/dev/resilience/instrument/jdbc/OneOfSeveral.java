package dev.resilience.instrument.jdbc;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which of several things a routine sets, that the others are not forgotten for it: SQL Server's and Oracle's contexts, and
 * their kin of applications' own. Where the routine itself says what it sets only what is a name for certain: a value in its
 * place would make a setting of each value.
 */
final class OneOfSeveral {

    /** Routines that set one of several things. */
    private static final Pattern SETS = Pattern.compile(
            ".*(?:context|ctx|config|variable|var|setting|attribute|attr|param|parameter|property|value)");

    /** Of them those that do not say what: the first that they are told is its name. */
    private static final Pattern SAYS_NOTHING =
            Pattern.compile("(?:[a-z]{1,3}_)?set_?(?:app(?:lication)?_?|session_?|current_?|global_?)?"
                    + "(?:context|ctx|config|variable|var|setting|attribute|attr|param|parameter|property|value)");

    /** What nobody is called who asks. */
    private static final Pattern NAME = Pattern.compile(
            "(?:\\w+\\.)?(?:app_?|current_?|session_?|client_?)?(?:tenant|user|role|org|organi[sz]ation|account|client|customer|schema)"
                    + "(?:_?(?:id|name|code))?",
            Pattern.CASE_INSENSITIVE);

    /** What nothing that is set is called, but who asks: an identifier made to be nobody else's, an address. */
    private static final Pattern SOMEBODY =
            Pattern.compile("\\p{XDigit}{8}(?:-\\p{XDigit}{4}){3}-\\p{XDigit}{12}|[^@\\s]+@[^@\\s]+");

    private static final Pattern ARGUMENT =
            Pattern.compile("(?:(@?\\w++)\\s*+(?:=>|:=|=)\\s*+)?+(?:[nN]?+'([^']*+)'|(\\?))");

    private static final Pattern ASKED_FIRST = Pattern.compile("[\\w\"`\\](=>]\\s*+\\?");

    private OneOfSeveral() {}

    /** @param routine as {@link Routines#setting} says @return empty for what its name says alone */
    static String of(String routine, String told, List<@Nullable Object> parameters) {
        if (!sets(routine)) {
            return "";
        }
        List<Argument> arguments = arguments(routine, told, parameters);
        if (arguments.size() < 2) {
            return "";
        }
        if (routine.equals("sp_set_session_context")) {
            return text(named(arguments, 0, "@key"));
        }
        Argument first = arguments.get(0);
        if (routine.equals("set_context") && arguments.size() > 2) {
            Argument second = arguments.get(1);
            if (told.toLowerCase(Locale.ROOT).contains("dbms_session")) {
                first = named(arguments, 0, "namespace");
                second = named(arguments, 1, "attribute");
            } else if (!first.written || !second.written) {
                return "";
            }
            return text(first).isEmpty() || text(second).isEmpty() ? "" : text(first) + "." + text(second);
        }
        boolean named = first.written
                || (SAYS_NOTHING.matcher(routine).matches()
                        && !SOMEBODY.matcher(text(first)).matches())
                || NAME.matcher(text(first)).matches();
        return named ? text(first) : "";
    }

    /** Whether a parameter stands where a name does: as the first that a routine is told, or behind a label. */
    static boolean mayAskForNames(String told) {
        return ASKED_FIRST.matcher(told).find();
    }

    /** Whether it sets one of several things. */
    static boolean sets(String routine) {
        return SETS.matcher(routine).matches();
    }

    private static String text(@Nullable Argument argument) {
        return argument == null || argument.value == null ? "" : argument.value;
    }

    /** In whatever order where they have labels. */
    private static @Nullable Argument named(List<Argument> arguments, int position, String label) {
        for (Argument argument : arguments) {
            if (label.equalsIgnoreCase(argument.label)) {
                return argument;
            }
        }
        return arguments.get(position).label == null ? arguments.get(position) : null;
    }

    private static List<Argument> arguments(String routine, String told, List<@Nullable Object> parameters) {
        List<Argument> arguments = new ArrayList<>();
        Matcher call = Pattern.compile(Pattern.quote(routine) + "[\"`\\]]?+\\s*+\\(?+", Pattern.CASE_INSENSITIVE)
                .matcher(told);
        if (!call.find()) {
            return arguments;
        }
        int asked = (int) told.chars().limit(call.end()).filter(c -> c == '?').count();
        int open = 0;
        int start = call.end();
        boolean quoted = false;
        for (int at = start; at <= told.length(); at++) {
            char c = at < told.length() ? told.charAt(at) : ')';
            quoted ^= c == '\'';
            if (quoted && at < told.length()) {
                continue;
            }
            boolean ends = at == told.length() || c == '}' || (c == ')' && open == 0);
            if (ends || (c == ',' && open == 0)) {
                arguments.add(argument(told.substring(start, at).strip(), parameters, asked));
                start = at + 1;
            }
            if (ends) {
                break;
            }
            open += c == '(' ? 1 : c == ')' ? -1 : 0;
            asked += c == '?' ? 1 : 0;
        }
        return arguments;
    }

    /** @param asked how many parameters there are before the argument's end */
    private static Argument argument(String said, List<@Nullable Object> parameters, int asked) {
        Matcher argument = ARGUMENT.matcher(said);
        if (!argument.matches()) {
            return new Argument(null, null, false);
        }
        if (argument.group(2) != null) {
            return new Argument(argument.group(1), argument.group(2), true);
        }
        Object value = asked > 0 && asked <= parameters.size() ? parameters.get(asked - 1) : null;
        return new Argument(argument.group(1), value == null ? null : value.toString(), false);
    }

    /** @param value null where it is no text, or cannot be told @param written whether it stands in the statement */
    private record Argument(
            @Nullable String label, @Nullable String value, boolean written) {}
}
