package dev.resilience.instrument.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.resilience.fallback.QueuedCall;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import java.time.Duration;
import javax.sql.XAConnection;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What is accepted while the circuit is open can be made later, even if the application never asks again. */
class QueuedWithCredentialsTest {

    private static final String INSERT = "insert into t values (7)";

    /** Each test's own: what is known of one says nothing of another. */
    private static int databases;

    @RegisterExtension
    final JdbcUnderTest under = new JdbcUnderTest("""
            services:
              database:
                endpoints: [{name: writes, jdbc: {url: "jdbc:h2:mem:credentials*", sql: "insert *"}, fallback: [queue]}]
            """);

    private final String url = "jdbc:h2:mem:credentials" + ++databases;
    private Connection administrator;

    @BeforeEach
    void connect() throws SQLException {
        administrator = DriverManager.getConnection(url, "sa", "");
        try (Statement statement = administrator.createStatement()) {
            statement.execute("create table t (n int)");
            statement.execute("create user writer password 'hunter2' admin");
        }
    }

    @AfterEach
    void end() throws SQLException {
        administrator.close();
    }

    @Test
    void through_a_pool_that_never_had_a_connection() throws SQLException {
        try (HikariDataSource pool = new HikariDataSource()) {
            pool.setJdbcUrl(url);
            pool.setUsername("writer");
            pool.setPassword("hunter2");
            under.open("database", url);
            written(pool.getConnection());
            assertThat(pool.isRunning()).isFalse();
        }
        made();
    }

    @Test
    void through_a_drivers_own_source() throws SQLException {
        JdbcDataSource source = source();
        try (Connection connection = source.getConnection()) {
            connection.createStatement().close();
            under.open("database", url);
            written(connection);
        }
        made();
    }

    @Test
    void as_who_asked_a_source_by_name() throws SQLException {
        JdbcDataSource source = source();
        source.setUser("nobody");
        under.open("database", url);
        written(source.getConnection("writer", "hunter2"));
        made();
    }

    /** A pool's own threads made it from a source that knows the password, and its borrower's meets it first. */
    @Test
    void but_not_where_nobody_saw_by_which_password_the_connection_was_made() throws SQLException {
        HikariConfig config = new HikariConfig();
        config.setDataSource(source());
        config.setMinimumIdle(1);
        try (HikariDataSource pool = new HikariDataSource(config);
                Connection seen = pool.getConnection();
                Connection connection = pool.getConnection()) {
            refused(connection);
        }
    }

    @Test
    void nor_on_an_xa_connection() throws SQLException {
        XAConnection physical = source().getXAConnection();
        try (Connection connection = physical.getConnection()) {
            refused(connection);
        } finally {
            physical.close();
        }
    }

    private void refused(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            under.open("database", url);
            assertThatThrownBy(() -> statement.executeUpdate(INSERT))
                    .isInstanceOf(SQLTransientConnectionException.class)
                    .hasMessageContaining("cannot be queued: by which credentials");
        }
        assertThat(under.offered).isEmpty();
    }

    private JdbcDataSource source() {
        JdbcDataSource source = new JdbcDataSource();
        source.setURL(url);
        source.setUser("writer");
        source.setPassword("hunter2");
        return source;
    }

    private static void written(Connection connection) throws SQLException {
        try (connection;
                Statement statement = connection.createStatement()) {
            // The test's queue has no room, and tells what it was to keep.
            assertThatThrownBy(() -> statement.executeUpdate(INSERT))
                    .isInstanceOf(SQLTransientConnectionException.class);
        }
    }

    private void made() throws SQLException {
        assertThat(under.offered).hasSize(1);
        new JdbcConnections().run((QueuedCall.Jdbc) under.offered.get(0).call(), Duration.ofSeconds(10));
        try (Statement statement = administrator.createStatement();
                ResultSet rows = statement.executeQuery("select n from t")) {
            assertThat(rows.next()).isTrue();
        }
    }
}
