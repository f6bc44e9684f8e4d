package dev.resilience.config;

import java.util.Collection;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The known name that a misspelt one probably stands for, by the distance of Damerau and Levenshtein (optimal string alignment). */
final class Nearest {

    /** Nobody misspells by so much; also bounds the work on a hostile key. */
    private static final int LONGEST = 64;

    private Nearest() {}

    static @Nullable String of(String written, Collection<String> known) {
        if (written.length() > LONGEST) {
            return null;
        }
        String plain = plain(written);
        String best = null;
        int bestDistance = Integer.MAX_VALUE;
        for (String name : known) {
            int distance = distance(plain, plain(name));
            if (distance < bestDistance && distance <= Math.max(1, name.length() / 3)) {
                best = name;
                bestDistance = distance;
            }
        }
        return best;
    }

    /** Case and the way of joining words are no mistakes worth counting. */
    private static String plain(String name) {
        return name.replace("_", "").replace("-", "").toLowerCase(Locale.ROOT);
    }

    private static int distance(String a, String b) {
        int[] beforeLast = new int[b.length() + 1];
        int[] last = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            last[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int[] current = new int[b.length() + 1];
            current[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                boolean same = a.charAt(i - 1) == b.charAt(j - 1);
                int least = Math.min(Math.min(current[j - 1], last[j]) + 1, last[j - 1] + (same ? 0 : 1));
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    least = Math.min(least, beforeLast[j - 2] + 1);
                }
                current[j] = least;
            }
            beforeLast = last;
            last = current;
        }
        return last[b.length()];
    }
}
