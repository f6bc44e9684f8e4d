package dev.resilience.fallback;

import dev.resilience.config.EndpointConfig.Fallback;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which responses may stand in for later ones, and for how long: RFC 9111 for a cache that many users share, and RFC 5861.
 *
 * <p>The rule's {@code ttl} allows an answer to be stale; what the origin forbids outright it does not override:
 * {@code no-store}, {@code private}, {@code no-cache} and {@code Vary: *} are never kept, {@code must-revalidate},
 * {@code proxy-revalidate} and {@code s-maxage} only as long as they are fresh, and {@code stale-if-error} says how much
 * longer than that. A response that sets a cookie is kept, without the cookie, only where it is public or the request said
 * who asked.
 */
final class HttpCaching {

    private static final int PARTIAL_CONTENT = 206;

    /** By these the origin refuses, or has no more, what it gave before. */
    private static final Set<Integer> NO_MORE = Set.of(401, 403, 404, 410, 451);

    private HttpCaching() {}

    /** What a response that may be kept is kept as. @param lifetimeMillis from its arrival */
    record Terms(long lifetimeMillis, long initialAge, long freshness, List<String> vary) {}

    /** Whether a call of this kind may have a stored answer at all. Allocates nothing. */
    static boolean answerable(Request.Http request) {
        return Fallback.StaleCache.answers(request.method())
                && request.header("Range").isEmpty();
    }

    /** Null when the response must not be kept. */
    static @Nullable Terms terms(Request.Http request, int status, List<Answer.Header> headers, Duration ttl) {
        if (status < 200 || status > 299 || status == PARTIAL_CONTENT || !answerable(request)) {
            return null;
        }
        CacheDirectives response = CacheDirectives.of(Headers.values(headers, "Cache-Control"));
        if (response.noStore()
                || response.isPrivate()
                || response.noCache()
                || CacheDirectives.of(request.header("Cache-Control")).noStore()
                // An answer that is itself a fallback somewhere up the line is not a good one.
                || Headers.has(headers, Marks.FALLBACK)) {
            return null;
        }
        if (Headers.has(headers, "Set-Cookie") && !response.isPublic() && AnswerKeys.anonymous(request)) {
            return null;
        }
        List<String> vary = vary(headers);
        if (vary == null) {
            return null;
        }
        long initialAge = seconds(headers, "Age");
        long freshness = freshness(response, headers);
        long lifetime = lifetime(response, freshness - initialAge, ttl.toSeconds());
        long millis = Math.min(ttl.toMillis(), lifetime * 1000);
        return millis <= 0 ? null : new Terms(millis, initialAge, freshness, vary);
    }

    /**
     * Whether a response that must not be kept, of a call that succeeded, is its origin's word that what was kept before is not
     * to be given any more. What merely says nothing of it (asked for with {@code no-store}, a part, an error of the request, not
     * modified, a cookie for its reader) does not end it.
     */
    static boolean endsOlder(Request.Http request, int status, List<Answer.Header> headers) {
        if (!answerable(request) || Headers.has(headers, Marks.FALLBACK)) {
            return false;
        }
        if (status < 200 || status > 299 || status == PARTIAL_CONTENT) {
            return NO_MORE.contains(status);
        }
        CacheDirectives response = CacheDirectives.of(Headers.values(headers, "Cache-Control"));
        long fresh = freshness(response, headers) - seconds(headers, "Age");
        return response.noStore()
                || response.isPrivate()
                || response.noCache()
                || vary(headers) == null
                || lifetime(response, fresh, 1) <= 0;
    }

    /** Whether what the request says of stored answers lets it have this one. @param age seconds, that on arrival included */
    static boolean accepts(Request.Http request, long age, long freshness) {
        List<String> values = request.header("Cache-Control");
        if (values.isEmpty()) {
            return request.header("Pragma").stream().noneMatch(value -> value.equalsIgnoreCase("no-cache"));
        }
        CacheDirectives asked = CacheDirectives.of(values);
        if (asked.staleIfError() >= 0) {
            return age <= freshness + asked.staleIfError();
        }
        return !asked.noCache()
                && !asked.noStore()
                && (asked.maxAge() < 0 || age <= asked.maxAge())
                && (asked.maxStale() < 0 || age <= freshness + asked.maxStale())
                && (asked.minFresh() < 0 || age <= freshness - asked.minFresh());
    }

    /** Headers to keep: those of the message, without its length, which is told anew, and what is only for its first reader. */
    static List<Answer.Header> kept(List<Answer.Header> headers, boolean head) {
        List<String> connection = Headers.values(headers, "Connection");
        List<Answer.Header> kept = new ArrayList<>(headers.size());
        for (Answer.Header header : headers) {
            String name = header.name().toLowerCase(Locale.ROOT);
            boolean dropped = name.equals("age")
                    || name.equals("set-cookie")
                    || name.equals("set-cookie2")
                    || (name.equals("content-length") && !head)
                    || name.startsWith(":")
                    || name.startsWith("x-resilience-")
                    || Headers.hopByHop(name, connection);
            if (!dropped) {
                kept.add(header);
            }
        }
        return kept;
    }

    private static long lifetime(CacheDirectives response, long fresh, long ttl) {
        long left = Math.max(0, fresh);
        if (response.mustRevalidate()) {
            return left;
        }
        if (response.staleIfError() >= 0) {
            return Math.max(0, fresh + response.staleIfError());
        }
        return response.sharedMaxAge() >= 0 ? left : Math.max(1, ttl);
    }

    private static long freshness(CacheDirectives response, List<Answer.Header> headers) {
        if (response.sharedMaxAge() >= 0) {
            return response.sharedMaxAge();
        }
        if (response.maxAge() >= 0) {
            return response.maxAge();
        }
        ZonedDateTime expires = date(headers, "Expires");
        ZonedDateTime date = date(headers, "Date");
        if (expires == null || date == null) {
            return 0;
        }
        long seconds = Duration.between(date, expires).toSeconds();
        return Math.max(0, Math.min(Integer.MAX_VALUE, seconds));
    }

    /** Headers that the response differs by, beyond those that are part of every name; null for {@code *}. */
    static @Nullable List<String> vary(List<Answer.Header> headers) {
        List<String> names = new ArrayList<>(0);
        for (String value : Headers.values(headers, "Vary")) {
            for (String part : value.split(",")) {
                String name = part.trim().toLowerCase(Locale.ROOT);
                if (name.equals("*") || names.size() == StoredHttp.MOST_VARY) {
                    return null;
                }
                boolean inEveryName = AnswerKeys.NEGOTIATED.stream().anyMatch(name::equalsIgnoreCase);
                if (!name.isEmpty() && !inEveryName && !names.contains(name)) {
                    names.add(name);
                }
            }
        }
        names.sort(null);
        return names;
    }

    private static long seconds(List<Answer.Header> headers, String name) {
        List<String> values = Headers.values(headers, name);
        try {
            return values.isEmpty()
                    ? 0
                    : Math.max(
                            0,
                            Math.min(
                                    Integer.MAX_VALUE,
                                    Long.parseLong(values.get(0).trim())));
        } catch (NumberFormatException none) {
            return 0;
        }
    }

    private static @Nullable ZonedDateTime date(List<Answer.Header> headers, String name) {
        List<String> values = Headers.values(headers, name);
        try {
            return values.isEmpty() ? null : ZonedDateTime.parse(values.get(0), DateTimeFormatter.RFC_1123_DATE_TIME);
        } catch (DateTimeParseException none) {
            return null;
        }
    }
}
