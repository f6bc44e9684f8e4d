package dev.resilience.instrument.jdbc;

import dev.resilience.guard.Endpoint;
import dev.resilience.guard.Guard;
import dev.resilience.guard.ThreadMarks;
import dev.resilience.rule.SqlText;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the rules in force say of one database and of the statements that were run on it of late: most applications run the
 * same few over and over. Good for as long as the rules are, see {@link #current}. Thread-safe: two threads may find the same
 * thing out.
 */
final class Database {

    /** Statements whose ruling is remembered, a power of two; more than that share the places. */
    private static final int PLACES = 256;

    private static final int LONGEST = 4_096;

    /** Those of all databases share these: to read one anew takes a millisecond, and each may be 64k characters. */
    private static final @Nullable Placed[] LONG = new @Nullable Placed[64];

    private static final int LONGEST_OF_LONG = 65_536;

    /**
     * @param asked whether it may concern the session's settings when it is asked for rows
     * @param run and when it is executed by other methods
     * @param changes whether its transaction is to hear of it
     * @param verdict whether it decides on a transaction: then it is neither answered nor refused
     * @param markers how many parameters it asks for at least
     * @param endpoint null when no rule matches it
     */
    record Ruled(
            String sql,
            boolean asked,
            boolean run,
            boolean changes,
            boolean verdict,
            int markers,
            @Nullable Endpoint endpoint) {

        boolean concerns(boolean rows) {
            return rows ? asked : run;
        }
    }

    private record Placed(Database of, Ruled ruled) {}

    private final Guard guard;
    private final Object rules;
    private final String url;
    private final boolean covered;
    private final @Nullable Ruled[] ruled;

    /** Where attempts to connect belong; found out when first asked. */
    private @Nullable Ruled connecting;

    Database(Guard guard, String url) {
        this.guard = guard;
        this.rules = guard.rules();
        this.url = url;
        this.covered = guard.coversJdbc(url);
        this.ruled = new @Nullable Ruled[covered ? PLACES : 0];
    }

    String url() {
        return url;
    }

    /** Whether the rules are still those. */
    boolean current() {
        return rules == guard.rules();
    }

    /** Whether some rule may match statements on it. */
    boolean covered() {
        return covered;
    }

    Ruled statement(String sql) {
        if (sql.length() > LONGEST_OF_LONG || !covered) {
            return rule(sql);
        }
        int hash = sql.hashCode();
        int spread = hash ^ hash >>> 16;
        if (sql.length() > LONGEST) {
            return longStatement(sql, (spread ^ url.hashCode()) & LONG.length - 1);
        }
        int place = spread & ruled.length - 1;
        Ruled known = ruled[place];
        if (known == null || !known.sql.equals(sql)) {
            known = rule(sql);
            // Inside a guarded call nothing matches.
            if (!ThreadMarks.active()) {
                ruled[place] = known;
            }
        }
        return known;
    }

    private Ruled longStatement(String sql, int place) {
        Placed known = LONG[place];
        if (known == null || known.of != this || !known.ruled.sql.equals(sql)) {
            known = new Placed(this, rule(sql));
            if (!ThreadMarks.active()) {
                LONG[place] = known;
            }
        }
        return known.ruled;
    }

    private Ruled rule(String sql) {
        boolean concerns = Concerning.session(sql, url);
        Endpoint endpoint = guard.matchJdbc(url, sql);
        return new Ruled(
                sql,
                concerns,
                concerns || OwnTables.filledBy(sql),
                !Transaction.isMereReading(sql, endpoint == null ? Set.of() : endpoint.pureFunctions()),
                endpoint != null && Transaction.isVerdict(sql),
                SqlText.markers(
                        sql, url.regionMatches(true, 5, "oracle:", 0, 7) || url.regionMatches(true, 5, "db2:", 0, 4)),
                endpoint);
    }

    /** The endpoint of a statement that was ruled on here, at this moment. */
    @Nullable
    Endpoint endpoint(Ruled statement) {
        Endpoint known = statement.endpoint;
        Endpoint endpoint = known == null || !known.perHost() ? known : guard.matchJdbc(url, statement.sql);
        if (endpoint == null || !statement.verdict) {
            return endpoint;
        }
        return endpoint.passes() ? endpoint.unanswered() : null;
    }

    /** As {@link Guard#matchConnect}. */
    @Nullable
    Endpoint connecting() {
        if (!covered) {
            return null;
        }
        Ruled known = connecting;
        if (known == null) {
            known = new Ruled("", false, false, false, false, 0, guard.matchConnect(url));
            if (!ThreadMarks.active()) {
                connecting = known;
            }
        }
        Endpoint endpoint = known.endpoint;
        return endpoint == null || !endpoint.perHost() ? endpoint : guard.matchConnect(url);
    }
}
