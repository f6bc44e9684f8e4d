package dev.resilience.rule;

import java.util.ArrayList;
import java.util.List;

/**
 * A path with wildcards by segment: {@code *} and {@code {name}} stand for one segment that is not empty, {@code **} for any
 * number of segments, none included, so {@code /v1/**} matches {@code /v1} too. Within a segment {@code *} stands for any
 * characters and {@code {name}} for one or more. Case matters.
 *
 * <p>The path is taken as it is sent: nothing is decoded, {@code .} and {@code ..} are segments like any other, and a slash at
 * the end counts. What the server makes of {@code /v1/a/../b} or {@code /v1/%61} is the server's affair; a rule that must
 * cover such spellings says so with a wildcard. Immutable; matching allocates nothing.
 */
final class PathPattern {

    /** In a compiled segment: any characters, none included. */
    private static final char ANY = '\uFFFF';
    /** In a compiled segment: exactly one character. */
    private static final char ONE = '\uFFFE';

    private static final String REST = String.valueOf(ANY) + ANY;

    private final String[] segments;

    /** The first segments, as far as they are plain text, each with its slash: most patterns are little more. */
    private final String head;

    private final int headSegments;
    private final boolean headIsAll;

    /** Whether any number of segments follows the head, and nothing else. */
    private final boolean anyRest;

    PathPattern(String written) {
        String path = written.startsWith("/") ? written.substring(1) : written;
        List<String> compiled = new ArrayList<>();
        int from = 0;
        for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', from)) {
            compiled.add(compile(path.substring(from, slash)));
            from = slash + 1;
        }
        compiled.add(compile(path.substring(from)));
        this.segments = compiled.toArray(new String[0]);
        StringBuilder plain = new StringBuilder();
        int count = 0;
        while (count < segments.length && isPlain(segments[count])) {
            plain.append('/').append(segments[count++]);
        }
        this.head = plain.toString();
        this.headSegments = count;
        this.headIsAll = count == segments.length;
        this.anyRest = count == segments.length - 1 && segments[count].equals(REST);
    }

    /** Whether a segment is itself and nothing else; one with a mark that ends paths is matched by none. */
    private static boolean isPlain(String compiled) {
        for (int i = 0; i < compiled.length(); i++) {
            char c = compiled.charAt(i);
            if (c == ANY || c == ONE || endsPath(c)) {
                return false;
            }
        }
        return true;
    }

    /** @param path raw, with or without a query */
    boolean matches(String path) {
        if (!path.startsWith("/")) {
            return matches(path, 0, 0);
        }
        int at = head.length();
        if (!path.startsWith(head) || !endsSegment(path, at)) {
            return false;
        }
        if (headIsAll) {
            return at == path.length() || path.charAt(at) != '/';
        }
        return anyRest || matches(path, headSegments, at + 1);
    }

    private static boolean endsSegment(String path, int at) {
        return at == path.length() || path.charAt(at) == '/' || endsPath(path.charAt(at));
    }

    /** Whether the path from {@code at} on is matched by the segments from {@code segment} on. */
    private boolean matches(String path, int firstSegment, int from) {
        int end = pathEnd(path);
        int at = from;
        int segment = firstSegment;
        int restSegment = -1;
        int restAt = 0;
        // A segment of the path is [at, slash); at == end + 1 says that the last one has been taken.
        while (at <= end) {
            int slash = segmentEnd(path, at, end);
            if (segment < segments.length && segments[segment].equals(REST)) {
                restSegment = segment++;
                restAt = at;
            } else if (segment < segments.length && segmentMatches(segments[segment], path, at, slash)) {
                segment++;
                at = slash + 1;
            } else if (restSegment >= 0) {
                segment = restSegment + 1;
                restAt = segmentEnd(path, restAt, end) + 1;
                at = restAt;
            } else {
                return false;
            }
            if (restSegment == segments.length - 1 && restSegment >= 0) {
                return true;
            }
        }
        while (segment < segments.length && segments[segment].equals(REST)) {
            segment++;
        }
        return segment == segments.length;
    }

    /** Whether every path that {@code other} matches is matched by this one too; false also when it cannot be told. */
    boolean covers(PathPattern other) {
        int length = segments.length;
        boolean open = segments[length - 1].equals(REST);
        int fixed = open ? length - 1 : length;
        if (open ? other.segments.length < fixed : other.segments.length != fixed) {
            return false;
        }
        for (int i = 0; i < fixed; i++) {
            String mine = segments[i];
            String theirs = other.segments[i];
            if (mine.equals(REST) || theirs.equals(REST)) {
                return java.util.Arrays.equals(segments, other.segments);
            }
            boolean covered =
                    mine.equals(theirs) || (oneSegment(mine) ? neverEmpty(theirs) : literalMatch(mine, theirs));
            if (!covered) {
                return false;
            }
        }
        return true;
    }

    private static boolean oneSegment(String compiled) {
        return compiled.length() == 2 && compiled.charAt(0) == ONE && compiled.charAt(1) == ANY;
    }

    private static boolean neverEmpty(String compiled) {
        for (int i = 0; i < compiled.length(); i++) {
            if (compiled.charAt(i) != ANY) {
                return true;
            }
        }
        return false;
    }

    private static boolean literalMatch(String mine, String theirs) {
        return theirs.indexOf(ANY) < 0 && theirs.indexOf(ONE) < 0 && segmentMatches(mine, theirs, 0, theirs.length());
    }

    private static int pathEnd(String path) {
        int query = path.indexOf('?');
        int end = query < 0 ? path.length() : query;
        int fragment = path.indexOf('#');
        return fragment < 0 || fragment > end ? end : fragment;
    }

    private static boolean endsPath(char c) {
        return c == '?' || c == '#';
    }

    private static int segmentEnd(String path, int at, int end) {
        int slash = path.indexOf('/', at);
        return slash < 0 || slash > end ? end : slash;
    }

    private static boolean segmentMatches(String compiled, String path, int from, int to) {
        int at = from;
        int token = 0;
        int anyToken = -1;
        int anyAt = 0;
        while (at < to) {
            char wanted = token < compiled.length() ? compiled.charAt(token) : 0;
            if (token < compiled.length() && wanted == ANY) {
                anyToken = token++;
                anyAt = at;
            } else if (token < compiled.length() && (wanted == ONE || wanted == path.charAt(at))) {
                token++;
                at++;
            } else if (anyToken >= 0) {
                token = anyToken + 1;
                at = ++anyAt;
            } else {
                return false;
            }
        }
        while (token < compiled.length() && compiled.charAt(token) == ANY) {
            token++;
        }
        return token == compiled.length();
    }

    private static String compile(String segment) {
        if (segment.equals("**")) {
            return REST;
        }
        if (segment.equals("*")) {
            return String.valueOf(ONE) + ANY;
        }
        StringBuilder out = new StringBuilder(segment.length());
        for (int i = 0; i < segment.length(); i++) {
            char c = segment.charAt(i);
            int close = c == '{' ? segment.indexOf('}', i) : -1;
            if (close > i + 1) {
                out.append(ONE).append(ANY);
                i = close;
            } else if (c != '*') {
                out.append(c);
            } else if (out.length() == 0 || out.charAt(out.length() - 1) != ANY) {
                out.append(ANY);
            }
        }
        return out.toString();
    }
}
