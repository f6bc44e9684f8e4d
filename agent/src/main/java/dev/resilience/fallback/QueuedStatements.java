package dev.resilience.fallback;

import java.sql.SQLException;
import java.time.Duration;

/** Runs statements that were kept, on connections of its own. Thread-safe. */
public interface QueuedStatements {

    /** The application has not shown yet how its database is reached: says nothing about the database. */
    final class NotYet extends SQLException {

        private static final long serialVersionUID = 1L;

        public NotYet(String message) {
            super(message, "08001");
        }
    }

    /** Runs and commits. Waits for the database, {@code timeout} at most where the driver knows how to. */
    void run(QueuedCall.Jdbc call, Duration timeout) throws SQLException;
}
