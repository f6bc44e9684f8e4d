package dev.resilience.instrument.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.resilience.config.ServiceConfig.ProbeConfig;
import dev.resilience.health.SqlProbeConnections;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What a SQL probe gets before the application has connected to its service. */
class ProbeConnectionsTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final JdbcConnections connections = new JdbcConnections();

    @Test
    void without_an_address_it_is_too_early() {
        assertThatThrownBy(() -> open(null)).isInstanceOf(SqlProbeConnections.TooEarly.class);
    }

    @Test
    void with_an_address_whose_driver_nobody_knows_yet_it_is_too_early() {
        assertThatThrownBy(() -> open("jdbc:unheard-of://127.0.0.1/x?password=hunter2"))
                .isInstanceOf(SqlProbeConnections.TooEarly.class)
                .hasMessageNotContaining("hunter2");
    }

    @Test
    void with_an_address_of_an_installed_driver_it_connects() throws SQLException {
        try (Connection connection = open("jdbc:h2:mem:early")) {
            assertThat(connection.isValid(30)).isTrue();
        }
    }

    private Connection open(String url) throws SQLException {
        return connections.open(
                "never_called", new ProbeConfig.Sql("SELECT 1", url, null, null, PATIENCE, PATIENCE), PATIENCE);
    }
}
