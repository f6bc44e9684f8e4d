package dev.resilience.instrument.jdbc;

import dev.resilience.rule.SqlText;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Functions and procedures of the application's own that tell a session who asks, as row-level security is often set up: what
 * they set cannot be read from their call, but by their names. {@code set_tenant}, {@code ctx_pkg.set_user}, {@code loginAs}.
 */
final class Routines {

    private static final String NAME = "([\\w.$\"`\\[\\]]{1,128}+)";

    /** A name before a bracket, or behind the words that call it; the last part of it is the routine's. Each character is read once. */
    private static final Pattern CALL = Pattern.compile(
            "\\b(?:call|exec|execute)\\s++" + NAME + "|(?<![\\w.$\"`\\[\\]])" + NAME + "\\s*+\\(",
            Pattern.CASE_INSENSITIVE);

    /** Neither comments, which may hold hints like {@code USE_NL(a)}, nor what stands in a text. */
    private static final Pattern UNSAID =
            Pattern.compile("(?s)(\"[^\"]*+\"|`[^`]*+`|\\$(\\w*+)\\$.*?\\$\\2\\$)|/\\*.*?\\*/|--[^\\n]*+|'[^']*+'");

    private static final Pattern QUOTES = Pattern.compile("[\"`\\[\\]]");

    private static final Pattern SNAKE = Pattern.compile(
            "(?:[a-z]{1,3}_)?(?:(?:set|be|use|switch|assume|log_?[io]n|enter|init|activate)_.*|become.*|be|impersonate.*)"
                    + "|(?:clear|reset|unset|leave)_?\\w*?(?:tenant|user|role|identity|identifier|session)(?:_?id)?"
                    + "|.*(?:context|ctx)");

    private static final Pattern CAMEL = Pattern.compile("(?:set|use|switch|assume|log[io]n|activate)[A-Z]\\w*");

    private static final Pattern JOINED = Pattern.compile(
            "(?:[a-z]{1,3}_)?(?:un)?(?:set|use|switch)(?:current|session|app)?(?:tenant|user|role|org|account|client|customer)\\w*");

    /** What sets something, or takes it back, where its name says no more than what that is. */
    private static final Pattern OF_ONE =
            Pattern.compile("(?:[a-z]{1,3}_)?(?:set|use|switch|assume|enter|(clear|reset|unset|leave))_?"
                    + "(\\w*?(?:tenant|user|role|identity|identifier|session)_?(?:id)?)");

    private static final String ALONE_BEGINS = "(?is)\\{?\\s*+(?:select|call|exec|execute)\\s++[\\w.$\"`\\[\\]]++\\s*+";

    private static final String ALONE_ENDS = "\\s*+(?:from\\s++dual\\s*+)?+}?+";

    /** Calls one routine and does no more, told something or nothing; its parameters may stand behind it. */
    private static final Pattern ALONE = Pattern.compile(ALONE_BEGINS
            + "(?:\\([^()]*+\\)|(?:@\\w++\\s*+=\\s*+)?(?:n?'[^']*+'|\\?|\\w++))" + ALONE_ENDS + "(?:\\[.*])?");

    /** The same, told nothing. */
    private static final Pattern ALONE_AND_UNTOLD = Pattern.compile(ALONE_BEGINS + "(?:\\(\\s*+\\))?+" + ALONE_ENDS);

    /** What says that and no more. */
    private static final Pattern WHO = Pattern.compile(
            "(?:[a-z]{1,3}_)?(?:(?:set|use|switch|assume)\\w*?(?:tenant|user|role|context|ctx|session)(?:_?id)?"
                    + "|(?:log_?[io]n|become|be|impersonate)(?:_?as)?(?:_?user)?)"
                    + "|.*(?:context|ctx)",
            Pattern.CASE_INSENSITIVE);

    /** Oracle's way to call one. */
    private static final Pattern BLOCK_OF_ONE =
            Pattern.compile("(?is)begin\\s++([\\w.$#\"]++\\s*+(?:\\([^;]*\\))?+)\\s*+;\\s*+end(?:\\s++\\w++)?+");

    /** Behind these a name before a bracket is a table's, or that of what is being made. */
    private static final Pattern NO_CALL = Pattern.compile(
            "(?i)\\b(?:into|table|exists|view|index|on|function|procedure|references|replace)\\s++[\\w.$\"`\\[\\]]++\\s*+\\(");

    private Routines() {}

    /** The call that is all there is in a block; null where it is none. @param block without a semicolon behind it */
    static @Nullable String onlyCall(String block) {
        Matcher one = BLOCK_OF_ONE.matcher(block);
        return one.matches() ? "call " + one.group(1) : null;
    }

    /** Whether a block, or one of several statements, may call one that sets something: what it is told may stand anywhere. */
    static boolean amongOthers(String script) {
        Matcher calls = CALL.matcher(NO_CALL.matcher(said(script)).replaceAll(" ("));
        while (calls.find()) {
            if (sets(last(calls))) {
                return true;
            }
        }
        return false;
    }

    /** All of it where it depends on the dialect what stands in a text: rather one call too many. */
    private static String said(String sql) {
        return SqlText.isCertain(sql)
                ? UNSAID.matcher(sql)
                        .replaceAll(found -> found.group(1) == null ? " " : Matcher.quoteReplacement(found.group(1)))
                : sql;
    }

    /** The last part of the name found. */
    private static String last(Matcher call) {
        String whole = QUOTES.matcher(call.group(1) == null ? call.group(2) : call.group(1))
                .replaceAll("");
        return whole.substring(whole.lastIndexOf('.') + 1);
    }

    /** The name of the first that sets something, null for none. Others than statements that call or ask have names before brackets, too. */
    static @Nullable String setting(String sql) {
        List<String> all = settings(sql);
        return all.isEmpty() ? null : all.get(0);
    }

    /** The names of all that do, in the order of their calls. */
    static List<String> settings(String sql) {
        int at = SqlStart.of(sql);
        if (at < 0 || !(sql.charAt(at) == '{' || SqlStart.asks(sql, at) || isCall(sql, at)) || !mayName(sql)) {
            return List.of();
        }
        List<String> all = new ArrayList<>();
        Matcher calls = CALL.matcher(said(sql));
        while (calls.find()) {
            String name = last(calls);
            if (sets(name)) {
                all.add(name.toLowerCase(Locale.ROOT));
            }
        }
        return all;
    }

    /**
     * Whether one routine sets for certain what the other takes back, the one way or the other: nothing is left of the other.
     *
     * @param name as {@link #setting} says
     * @param call how it was called, with its parameters
     */
    static boolean undoes(String name, String call, String otherName, String otherCall) {
        Matcher one = OF_ONE.matcher(name);
        Matcher other = OF_ONE.matcher(otherName);
        return one.matches()
                && other.matches()
                && (one.group(1) == null) != (other.group(1) == null)
                && one.group(2).replace("_", "").equals(other.group(2).replace("_", ""))
                && (one.group(1) == null ? ALONE : ALONE_AND_UNTOLD)
                        .matcher(call)
                        .matches()
                && (other.group(1) == null ? ALONE : ALONE_AND_UNTOLD)
                        .matcher(otherCall)
                        .matches();
    }

    /** Whether one of the names may be called. Fast: asked of every statement. */
    private static boolean mayName(String sql) {
        if (sql.contains("/*") || sql.contains("--") || says(sql, "call") || says(sql, "exec")) {
            return true;
        }
        for (int open = sql.indexOf('('); open >= 0; open = sql.indexOf('(', open + 1)) {
            int end = open;
            while (end > 0 && sql.charAt(end - 1) <= ' ') {
                end--;
            }
            while (end > 0 && "\"`]".indexOf(sql.charAt(end - 1)) >= 0) {
                end--;
            }
            int start = end;
            while (start > 0 && isOfName(sql.charAt(start - 1))) {
                start--;
            }
            if (start < end && sets(sql.substring(start, end))) {
                return true;
            }
        }
        return false;
    }

    private static boolean isOfName(char c) {
        return c < 128 && (Character.isLetterOrDigit(c) || c == '_' || c == '$');
    }

    private static boolean says(String sql, String word) {
        for (int at = 0; at <= sql.length() - word.length(); at++) {
            if ((sql.charAt(at) | 0x20) == word.charAt(0) && sql.regionMatches(true, at, word, 0, word.length())) {
                return true;
            }
        }
        return false;
    }

    private static boolean isCall(String sql, int at) {
        return SqlStart.starts(sql, at, "call")
                || SqlStart.starts(sql, at, "exec")
                || SqlStart.starts(sql, at, "execute");
    }

    /** Named like what sets, but they tell. */
    private static final Set<String> READING = Set.of("sys_context", "session_context");

    /** Whether a routine of that name, as written, sets something. */
    static boolean sets(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return !lower.startsWith("get")
                && !READING.contains(lower)
                && (SNAKE.matcher(lower).matches()
                        || CAMEL.matcher(name).matches()
                        || JOINED.matcher(lower).matches());
    }

    /** Whether that is all that it does, as far as names tell: {@code set_tenant} says who asks, {@code set_order_paid} does not. */
    static boolean onlySets(String name) {
        return sets(name) && WHO.matcher(name).matches();
    }
}
