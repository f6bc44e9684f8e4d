package dev.resilience.fallback;

import java.util.List;
import java.util.Locale;

/**
 * What {@code Cache-Control} says, as far as stale answers are concerned (RFC 9111 section 5.2, RFC 5861 section 4).
 *
 * @param mustRevalidate {@code must-revalidate}, or {@code proxy-revalidate}: never to be served stale
 * @param maxAge seconds, -1 when not given; likewise the four behind it
 * @param maxStale of a request, how long past its time an answer may be; -1 also when it says no number, which allows any
 * @param minFresh of a request, how long an answer has to be fresh yet
 */
record CacheDirectives(
        boolean noStore,
        boolean noCache,
        boolean isPrivate,
        boolean isPublic,
        boolean mustRevalidate,
        long maxAge,
        long sharedMaxAge,
        long staleIfError,
        long maxStale,
        long minFresh) {

    static final CacheDirectives NONE = new CacheDirectives(false, false, false, false, false, -1, -1, -1, -1, -1);

    /** @param values of the header's lines; unknown directives are passed over, as the RFC asks */
    static CacheDirectives of(List<String> values) {
        CacheDirectives directives = NONE;
        for (String value : values) {
            int at = 0;
            while (at < value.length()) {
                int end = end(value, at);
                directives = directives.and(value.substring(at, end).trim());
                at = end + 1;
            }
        }
        return directives;
    }

    /** The next comma outside quotes: {@code private="a, no-store"} is one directive. */
    private static int end(String value, int from) {
        boolean quoted = false;
        for (int i = from; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"') {
                quoted = !quoted;
            } else if (c == '\\' && quoted) {
                i++;
            } else if (c == ',' && !quoted) {
                return i;
            }
        }
        return value.length();
    }

    private CacheDirectives and(String directive) {
        int equals = directive.indexOf('=');
        String name =
                (equals < 0 ? directive : directive.substring(0, equals)).trim().toLowerCase(Locale.ROOT);
        String argument = equals < 0 ? "" : directive.substring(equals + 1).trim();
        boolean store = noStore;
        boolean cache = noCache;
        boolean mine = isPrivate;
        boolean everybodys = isPublic;
        boolean revalidate = mustRevalidate;
        long age = maxAge;
        long sharedAge = sharedMaxAge;
        long error = staleIfError;
        long stale = maxStale;
        long fresh = minFresh;
        switch (name) {
            case "no-store" -> store = true;
            case "no-cache" -> cache = true;
            case "private" -> mine = true;
            case "public" -> everybodys = true;
            case "must-revalidate", "proxy-revalidate" -> revalidate = true;
            case "max-age" -> age = shorter(age, argument);
            case "s-maxage" -> sharedAge = shorter(sharedAge, argument);
            case "stale-if-error" -> error = shorter(error, argument);
            case "max-stale" -> stale = argument.isEmpty() ? stale : shorter(stale, argument);
            case "min-fresh" -> fresh = Math.max(fresh, seconds(argument));
            default -> {
                return this;
            }
        }
        return new CacheDirectives(store, cache, mine, everybodys, revalidate, age, sharedAge, error, stale, fresh);
    }

    /** Of two that contradict each other the shorter holds; one that is no number counts as 0 (RFC 9111 section 4.2.1). */
    private static long shorter(long before, String argument) {
        long seconds = seconds(argument);
        return before < 0 ? seconds : Math.min(before, seconds);
    }

    private static long seconds(String argument) {
        String digits = argument.startsWith("\"") && argument.endsWith("\"") && argument.length() > 1
                ? argument.substring(1, argument.length() - 1)
                : argument;
        if (digits.isEmpty() || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return 0;
        }
        return digits.length() > 10 ? Integer.MAX_VALUE : Math.min(Integer.MAX_VALUE, Long.parseLong(digits));
    }
}
