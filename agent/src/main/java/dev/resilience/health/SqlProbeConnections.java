package dev.resilience.health;

import dev.resilience.config.ServiceConfig.ProbeConfig;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;

/** Opens connections for SQL probes: their own, by the application's driver, never out of the application's pool. */
@FunctionalInterface
public interface SqlProbeConnections {

    /**
     * Opens a new connection; may wait, on a thread of the probes'.
     *
     * @param config where {@code url} is null, the address and credentials of the application's last connection that
     *     matched a rule of {@code service} are meant
     * @param timeout how long to wait for a database that hangs, where the driver knows how to
     * @throws TooEarly when that waits for the application's first connection
     * @throws SQLException when it cannot be had
     */
    Connection open(String service, ProbeConfig.Sql config, Duration timeout) throws SQLException;

    /** Where the database is, or by which driver it is reached, shows with the application's first connection. */
    final class TooEarly extends SQLException {

        private static final long serialVersionUID = 1L;

        public TooEarly(String message) {
            super(message);
        }
    }
}
