package dev.resilience.instrument.jdbc;

import java.util.Iterator;
import java.util.List;

/**
 * Tools that change a schema at start-up. They wait for a database that is not there yet, and must never take an offline
 * connection for one, nor a stored answer for their own tables. Asked only when a call was rejected or failed.
 */
final class MigrationTools {

    private static final List<String> PACKAGES = List.of("org.flywaydb.", "liquibase.", "org.apache.ibatis.migration.");

    /** By whose classes Flyway does what it does for itself; scripts and migrations in Java set what stays set. */
    private static final List<String> FLYWAYS_OWN = List.of(
            "org.flywaydb.core.internal.jdbc.", "org.flywaydb.core.internal.database.", "org.flywaydb.database.");

    private static final String FLYWAYS_SCRIPTS = "org.flywaydb.core.internal.sqlscript.";

    private MigrationTools() {}

    /**
     * Whether Flyway changes its session for itself: role, search path, checks of foreign keys. It puts all of that back before it
     * closes the connection, though to the session it looks set.
     */
    static boolean keepsHouse() {
        return StackWalker.getInstance().walk(frames -> {
            Iterator<StackWalker.StackFrame> flyways = frames.filter(
                            frame -> frame.getClassName().startsWith(PACKAGES.get(0)))
                    .iterator();
            if (!flyways.hasNext()) {
                return false;
            }
            String first = flyways.next().getClassName();
            boolean own = FLYWAYS_OWN.stream().anyMatch(first::startsWith);
            while (own && flyways.hasNext()) {
                own = !flyways.next().getClassName().startsWith(FLYWAYS_SCRIPTS);
            }
            return own;
        });
    }

    static boolean onStack() {
        return Callers.are(PACKAGES);
    }
}
