package dev.resilience.rule;

import java.util.ArrayList;
import java.util.List;

/**
 * A text with {@code *} for any run of characters, the empty one included. Case never matters. Immutable; matching allocates
 * nothing and takes time linear in the text, whatever the pattern: the pieces between the stars are looked for from left to
 * right, each by the algorithm of Knuth, Morris and Pratt, and the first place found is as good as any later one.
 */
final class Glob {

    private static final String[] NO_PIECES = {};

    private final String pattern;
    private final boolean blanksEqual;
    private final boolean literal;
    private final String prefix;
    private final String suffix;
    private final String[] pieces;
    private final int[][] borders;

    /** For names and addresses: every character counts. */
    static Glob exact(String pattern) {
        return new Glob(pattern, false);
    }

    /** For SQL: runs of white space are equal to one blank, and those at either end to nothing. */
    static Glob blanksEqual(String pattern) {
        return new Glob(pattern, true);
    }

    private Glob(String written, boolean blanksEqual) {
        this.blanksEqual = blanksEqual;
        this.pattern = fold(blanksEqual ? collapse(written) : written);
        int first = pattern.indexOf('*');
        this.literal = first < 0;
        this.prefix = literal ? pattern : pattern.substring(0, first);
        this.suffix = literal ? "" : pattern.substring(pattern.lastIndexOf('*') + 1);
        this.pieces = literal ? NO_PIECES : between(pattern, first, pattern.lastIndexOf('*'));
        this.borders = new int[pieces.length][];
        for (int i = 0; i < pieces.length; i++) {
            borders[i] = borders(pieces[i]);
        }
    }

    boolean isLiteral() {
        return literal;
    }

    /** In lower case; the text itself when it has no star. */
    String pattern() {
        return pattern;
    }

    boolean matches(String text) {
        return matches(text, 0, text.length());
    }

    boolean matches(String text, int from, int to) {
        int start = from;
        int end = to;
        if (blanksEqual) {
            while (start < end && blank(text.charAt(start))) {
                start++;
            }
            while (end > start && blank(text.charAt(end - 1))) {
                end--;
            }
        }
        int at = afterPrefix(text, start, end);
        if (literal || at < 0) {
            return at == end;
        }
        for (int i = 0; i < pieces.length; i++) {
            at = afterPiece(text, at, end, pieces[i], borders[i]);
            if (at < 0) {
                return false;
            }
        }
        return endsWithSuffix(text, at, end);
    }

    /**
     * Whether every text that {@code other} matches is matched by this one too. Sound, because a star of {@code other}, taken
     * as a character, can be consumed by a star of this pattern alone.
     */
    boolean covers(Glob other) {
        return matches(other.pattern);
    }

    private int afterPrefix(String text, int start, int end) {
        int at = start;
        for (int i = 0; i < prefix.length(); i++) {
            if (at >= end || read(text, at) != prefix.charAt(i)) {
                return -1;
            }
            at = next(text, at, end);
        }
        return at;
    }

    private int afterPiece(String text, int start, int end, String piece, int[] border) {
        int matched = 0;
        int at = start;
        while (at < end) {
            char c = read(text, at);
            at = next(text, at, end);
            while (matched > 0 && piece.charAt(matched) != c) {
                matched = border[matched - 1];
            }
            if (piece.charAt(matched) == c && ++matched == piece.length()) {
                return at;
            }
        }
        return -1;
    }

    private boolean endsWithSuffix(String text, int start, int end) {
        int at = end;
        for (int i = suffix.length() - 1; i >= 0; i--) {
            if (at <= start || read(text, at - 1) != suffix.charAt(i)) {
                return false;
            }
            at = previous(text, at, start);
        }
        return true;
    }

    private char read(String text, int at) {
        char c = text.charAt(at);
        return blanksEqual && blank(c) ? ' ' : fold(c);
    }

    private int next(String text, int at, int end) {
        int after = at + 1;
        if (blanksEqual && blank(text.charAt(at))) {
            while (after < end && blank(text.charAt(after))) {
                after++;
            }
        }
        return after;
    }

    private int previous(String text, int at, int start) {
        int before = at - 1;
        if (blanksEqual && blank(text.charAt(before))) {
            while (before > start && blank(text.charAt(before - 1))) {
                before--;
            }
        }
        return before;
    }

    private static String[] between(String pattern, int firstStar, int lastStar) {
        List<String> found = new ArrayList<>();
        int from = firstStar + 1;
        for (int star = pattern.indexOf('*', from); star >= 0 && star <= lastStar; star = pattern.indexOf('*', from)) {
            if (star > from) {
                found.add(pattern.substring(from, star));
            }
            from = star + 1;
        }
        return found.toArray(NO_PIECES);
    }

    /** For each prefix of the piece, the length of its longest proper prefix that is its suffix too. */
    private static int[] borders(String piece) {
        int[] border = new int[piece.length()];
        int length = 0;
        for (int i = 1; i < border.length; i++) {
            while (length > 0 && piece.charAt(i) != piece.charAt(length)) {
                length = border[length - 1];
            }
            if (piece.charAt(i) == piece.charAt(length)) {
                length++;
            }
            border[i] = length;
        }
        return border;
    }

    private static String collapse(String written) {
        StringBuilder out = new StringBuilder(written.length());
        boolean pending = false;
        for (int i = 0; i < written.length(); i++) {
            char c = written.charAt(i);
            if (blank(c)) {
                pending = out.length() > 0;
            } else {
                if (pending) {
                    out.append(' ');
                    pending = false;
                }
                out.append(c);
            }
        }
        return out.toString();
    }

    private static String fold(String text) {
        StringBuilder out = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            out.append(fold(text.charAt(i)));
        }
        return out.toString();
    }

    static char fold(char c) {
        if (c < 128) {
            return c >= 'A' && c <= 'Z' ? (char) (c + 32) : c;
        }
        return Character.toLowerCase(Character.toUpperCase(c));
    }

    private static boolean blank(char c) {
        return c == ' ' || (c >= '\t' && c <= '\r');
    }

    @Override
    public String toString() {
        return pattern;
    }
}
