package dev.resilience.fallback;

import java.sql.SQLException;
import java.time.Duration;

/** Runs statements that were kept, on connections of its own. Thread-safe. */
public interface QueuedStatements {

    /** Knows no connections. */
    QueuedStatements NONE = (call, timeout) -> {
        throw new SQLException("there is no connection to run a queued statement on", "08001");
    };

    /** Runs and commits. Waits for the database, {@code timeout} at most where the driver knows how to. */
    void run(QueuedCall.Jdbc call, Duration timeout) throws SQLException;
}
