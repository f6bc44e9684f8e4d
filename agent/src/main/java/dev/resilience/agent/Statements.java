package dev.resilience.agent;

import dev.resilience.config.ServiceConfig.ProbeConfig;
import dev.resilience.fallback.QueuedCall;
import dev.resilience.fallback.QueuedStatements;
import dev.resilience.health.SqlProbeConnections;
import dev.resilience.instrument.jdbc.JdbcConnections;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;

/**
 * The JDBC adapter's connections for those who run statements of the agent's own. The adapter is loaded with the first of
 * them, and this is a class rather than two lambdas, because a JVM of modules may have no {@code java.sql} at all.
 */
final class Statements implements QueuedStatements, SqlProbeConnections {

    @Override
    public void run(QueuedCall.Jdbc call, Duration timeout) throws SQLException {
        new JdbcConnections().run(call, timeout);
    }

    @Override
    public Connection open(String service, ProbeConfig.Sql config, Duration timeout) throws SQLException {
        return new JdbcConnections().open(service, config, timeout);
    }
}
