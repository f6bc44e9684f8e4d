package dev.resilience.instrument.jdbc;

import java.util.List;

/**
 * Tools that change a schema at start-up. They wait for a database that is not there yet, and must never take an offline
 * connection for one, nor a stored answer for their own tables. Asked only when a call was rejected or failed.
 */
final class MigrationTools {

    private static final List<String> PACKAGES = List.of("org.flywaydb.", "liquibase.");

    private MigrationTools() {}

    static boolean onStack() {
        return StackWalker.getInstance()
                .walk(frames -> frames.anyMatch(frame -> {
                    for (String tool : PACKAGES) {
                        if (frame.getClassName().startsWith(tool)) {
                            return true;
                        }
                    }
                    return false;
                }));
    }
}
