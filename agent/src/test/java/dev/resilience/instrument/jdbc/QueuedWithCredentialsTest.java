package dev.resilience.instrument.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.resilience.config.ServiceConfig;
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
    void as_who_asked_a_source_by_name_and_was_let_in_before() throws SQLException {
        JdbcDataSource source = source();
        source.setUser("nobody");
        source.getConnection("writer", "hunter2").close();
        under.open("database", url);
        written(source.getConnection("writer", "hunter2"));
        made();
    }

    @Test
    void also_who_has_no_password() throws SQLException {
        try (Statement statement = administrator.createStatement()) {
            statement.execute("create user open password '' admin");
        }
        JdbcDataSource source = source();
        source.getConnection("open", null).close();
        under.open("database", url);
        written(source.getConnection("open", null));
        made();
    }

    /** The right one may be known to another instance, by whose password it would be made. */
    @Test
    void but_not_as_one_whom_nobody_let_in() throws SQLException {
        under.open("database", url);
        try (Connection connection = source().getConnection("writer", "guessed")) {
            refused(connection);
        }
    }

    @Test
    void who_comes_with_another_password_has_no_connection_and_spoils_nothing() throws SQLException {
        JdbcDataSource source = source();
        try (Connection right = source.getConnection("writer", "hunter2");
                Statement statement = right.createStatement()) {
            statement.execute("select 1");
        }
        under.open("database", url);
        written(source.getConnection("writer", "hunter2"));
        assertThatThrownBy(() -> source.getConnection("writer", "guessed")).isInstanceOf(SQLException.class);
        made();
    }

    @Test
    void through_a_pool_whose_credentials_are_among_its_sources_properties() throws SQLException {
        HikariConfig config = new HikariConfig();
        config.setDataSourceClassName("org.h2.jdbcx.JdbcDataSource");
        config.addDataSourceProperty("url", url);
        config.addDataSourceProperty("user", "writer");
        config.addDataSourceProperty("password", "hunter2");
        config.setInitializationFailTimeout(-1);
        config.setMinimumIdle(0);
        try (HikariDataSource pool = new HikariDataSource(config)) {
            under.open("database", url);
            written(pool.getConnection());
        }
        made();
    }

    @Test
    void through_a_pool_whose_password_is_among_its_drivers_properties_as_its_probes_are_made() throws SQLException {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setUsername("writer");
        config.addDataSourceProperty("password", "hunter2");
        config.setMinimumIdle(0);
        try (HikariDataSource pool = new HikariDataSource(config)) {
            try (Connection connection = pool.getConnection();
                    Statement statement = connection.createStatement()) {
                statement.execute("select 1");
            }
            under.open("database", url);
            pool.getHikariPoolMXBean().softEvictConnections();
            written(pool.getConnection());
        }
        made();
        Duration time = Duration.ofSeconds(10);
        new JdbcConnections()
                .open("database", new ServiceConfig.ProbeConfig.Sql("select 1", null, null, null, time, time), time)
                .close();
    }

    @Test
    void but_nothing_of_a_pool_that_commits_nothing_by_itself() throws SQLException {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setUsername("writer");
        config.setPassword("hunter2");
        config.setAutoCommit(false);
        config.setMinimumIdle(0);
        try (HikariDataSource pool = new HikariDataSource(config)) {
            pool.getConnection().close();
            pool.getHikariPoolMXBean().softEvictConnections();
            under.open("database", url);
            try (Connection connection = pool.getConnection();
                    Statement statement = connection.createStatement()) {
                assertThat(connection.getAutoCommit()).isFalse();
                assertThatThrownBy(() -> statement.executeUpdate(INSERT)).isInstanceOf(SQLException.class);
                connection.rollback();
            }
        }
        assertThat(under.offered).isEmpty();
    }

    @Test
    void nor_of_one_that_its_owner_closed() throws SQLException {
        HikariDataSource pool = new HikariDataSource();
        pool.setJdbcUrl(url);
        pool.setUsername("writer");
        pool.setPassword("hunter2");
        pool.getConnection().close();
        pool.close();
        under.open("database", url);
        assertThatThrownBy(pool::getConnection).isInstanceOf(SQLException.class);
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
