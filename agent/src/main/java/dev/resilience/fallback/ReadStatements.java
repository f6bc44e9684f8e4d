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

    /** As much text again, of fewer that are longer. */
    private static final int MOST_LONG = 32;

    private static final int LONGEST_OF_LONG = 65_536;

    /** Stands for a statement that does more than read. */
    private static final Known OTHER = new Known("", "", Set.of());

    private final Map<String, Known> known = new ConcurrentHashMap<>();
    private final Map<String, Known> knownLong = new ConcurrentHashMap<>();
    private final UnaryOperator<String> subjects;

    /** @param subjects gives a statement's subject */
    ReadStatements(UnaryOperator<String> subjects) {
        this.subjects = subjects;
    }

    /** Null when the statement does more than read. */
    @Nullable
    Known find(String sql) {
        boolean isLong = sql.length() > LONGEST;
        Map<String, Known> those = isLong ? knownLong : known;
        Known found = those.get(sql);
        if (found == null) {
            found = look(sql);
            if (sql.length() <= LONGEST_OF_LONG && those.size() < (isLong ? MOST_LONG : MOST)) {
                those.put(sql, found);
            }
        }
        return found == OTHER ? null : found;
    }

    private Known look(String sql) {
        if (!SqlText.onlyReads(sql)) {
            return OTHER;
        }
        String text = SqlText.normalised(sql);
        return new Known(text, subjects.apply(text), SqlFunctions.notPure(sql));
    }
}
