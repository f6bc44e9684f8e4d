package dev.resilience.fallback;

import dev.resilience.rule.SqlFunctions;
import dev.resilience.rule.SqlText;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Statements that merely read, as they are named. An application's few are looked at once. Thread-safe. */
final class ReadStatements {

    /**
     * @param text as {@link SqlText#normalised} gives it
     * @param subject what names of its answers begin with
     * @param doubtful functions that it calls, of which nobody but the application knows what they do, in lower case
     */
    record Known(String text, String subject, Set<String> doubtful) {}

    /** A flood of statements that all differ must not fill the heap. */
    private static final int MOST = 512;

    private static final int LONGEST = 4_096;

    /** As much text again, of fewer that are longer, a power of two; more than that share the places. */
    private static final int PLACES_OF_LONG = 32;

    private static final int LONGEST_OF_LONG = 65_536;

    /** Stands for a statement that does more than read. */
    private static final Known OTHER = new Known("", "", Set.of());

    private record Placed(String sql, Known known) {}

    private final Map<String, Known> known = new ConcurrentHashMap<>();
    private final @Nullable Placed[] knownLong = new @Nullable Placed[PLACES_OF_LONG];
    private final UnaryOperator<String> subjects;

    /** @param subjects gives a statement's subject */
    ReadStatements(UnaryOperator<String> subjects) {
        this.subjects = subjects;
    }

    /** Null when the statement does more than read. */
    @Nullable
    Known find(String sql) {
        Known found = sql.length() > LONGEST ? findLong(sql) : known.get(sql);
        if (found == null) {
            found = look(sql);
            if (known.size() < MOST) {
                known.put(sql, found);
            }
        }
        return found == OTHER ? null : found;
    }

    private Known findLong(String sql) {
        if (sql.length() > LONGEST_OF_LONG) {
            return look(sql);
        }
        int hash = sql.hashCode();
        int place = (hash ^ hash >>> 16) & PLACES_OF_LONG - 1;
        Placed found = knownLong[place];
        if (found == null || !found.sql.equals(sql)) {
            found = new Placed(sql, look(sql));
            knownLong[place] = found;
        }
        return found.known;
    }

    private Known look(String sql) {
        if (!SqlText.onlyReads(sql)) {
            return OTHER;
        }
        String text = SqlText.normalised(sql);
        return new Known(text, subjects.apply(text), SqlFunctions.notPure(sql));
    }
}
