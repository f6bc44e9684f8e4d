package dev.resilience.instrument.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.resilience.config.ServiceConfig.ProbeConfig;
import dev.resilience.guard.Endpoint;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Properties;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LentConnectionsTest {

    private static final String URL = "jdbc:h2:mem:lent;DB_CLOSE_DELAY=-1";
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final ProbeConfig.Sql PROBE =
            new ProbeConfig.Sql("SELECT 1", null, null, null, Duration.ofSeconds(10), TIMEOUT);

    private final Properties properties = new Properties();
    private Connection application;

    @BeforeEach
    void connect() throws SQLException {
        properties.setProperty("user", "SA");
        properties.setProperty("password", "secret");
        application = DriverManager.getConnection(URL, properties);
    }

    @AfterEach
    void end() throws SQLException {
        application.createStatement().execute("shutdown");
    }

    @Test
    void nothing_is_kept_of_a_connection_that_nobody_asks_for() throws SQLException {
        ConnectionState connection = connection();

        connection.serves(endpoint("unasked", false));

        assertThatThrownBy(() -> new JdbcConnections().open("unasked", PROBE, TIMEOUT))
                .hasMessageContaining("has not connected to service 'unasked' yet");
    }

    @Test
    void a_probe_that_a_later_configuration_brings_connects_as_the_next_statement_on_the_same_connection_does()
            throws SQLException {
        ConnectionState connection = connection();
        connection.serves(endpoint("asked", false));

        connection.serves(endpoint("asked", true));

        try (Connection own = new JdbcConnections().open("asked", PROBE, TIMEOUT)) {
            assertThat(own.getMetaData().getUserName()).isEqualTo("SA");
        }
    }

    @Test
    void a_connection_that_was_closed_keeps_nothing_that_it_was_opened_by() throws SQLException {
        ConnectionState connection = connection();

        connection.close(false);

        assertThat(connection.isClosed()).isTrue();
        assertThat(connection.origin().properties()).isNull();
        assertThat(connection.url()).isEqualTo(URL);
    }

    private ConnectionState connection() throws SQLException {
        return new ConnectionState(Origin.of(DriverManager.getDriver(URL), URL, properties), false);
    }

    private static Endpoint endpoint(String service, boolean lends) {
        return new Endpoint() {
            @Override
            public String service() {
                return service;
            }

            @Override
            public String name() {
                return "all";
            }

            @Override
            public boolean hasFallback() {
                return false;
            }

            @Override
            public boolean lendsConnections() {
                return lends;
            }

            @Override
            public long deadlineMillis() {
                return 0;
            }
        };
    }
}
