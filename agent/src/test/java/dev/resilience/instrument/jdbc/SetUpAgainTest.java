package dev.resilience.instrument.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A pool set its connection up while there was no database: the real one that it becomes is no less the pool's. */
class SetUpAgainTest {

    private static final String URL = "jdbc:h2:mem:setup;DB_CLOSE_DELAY=-1";
    private static final String STAFF = "select name from staff";

    @RegisterExtension
    final JdbcUnderTest under = new JdbcUnderTest("""
            services:
              database:
                breaker: {timeout: 30s}
                endpoints:
                  - {name: all, jdbc: {url: "jdbc:h2:mem:setup*"}, fallback: [stale_cache]}
            """);

    @BeforeEach
    void fill() throws SQLException {
        try (Connection connection = DriverManager.getConnection(URL, "sa", "");
                Statement statement = connection.createStatement()) {
            statement.execute("drop all objects");
            statement.execute("create table staff as select 'nobody' as name");
            statement.execute("create schema theirs");
            statement.execute("create table theirs.staff as select 'Eve' as name");
        }
    }

    @Test
    void by_the_pools_statement() throws SQLException {
        assertSetUp(config -> config.setConnectionInitSql("set schema theirs"));
    }

    @Test
    void by_the_pools_statement_after_its_settings() throws SQLException {
        assertSetUp(config -> {
            config.setSchema("PUBLIC");
            config.setConnectionInitSql("set schema theirs");
        });
    }

    @Test
    void for_good_and_not_for_its_first_transaction() throws SQLException {
        assertSetUp(config -> {
            config.setAutoCommit(false);
            config.setConnectionInitSql("set schema theirs");
        });
    }

    /** What a source around the pool's executes before it lends a connection is the pool's own for whoever borrows. */
    private interface SetUp {
        void on(Connection lent) throws SQLException;
    }

    private void assertStaysAwayUntilGivenBack(SetUp setUp) throws SQLException {
        under.open("database", URL);
        try (Connection offline = DriverManager.getConnection(URL, "sa", "")) {
            OnThread thread = OnThread.get();
            thread.pooling++;
            setUp.on(offline);
            thread.pooling--;
            under.reset("database");
            assertThatThrownBy(() -> name(offline)).isInstanceOf(SQLTransientConnectionException.class);
            offline.clearWarnings();
            assertThat(name(offline)).isEqualTo("nobody");
        }
    }

    @Test
    void what_holds_for_one_transaction_alone_is_not_said_again_outside_of_it() throws SQLException {
        assertStaysAwayUntilGivenBack(offline -> {
            offline.setAutoCommit(false);
            try (Statement statement = offline.createStatement()) {
                statement.execute("set local role theirs");
            }
        });
    }

    @Test
    void what_was_said_with_parameters_is_not_said_again_without() throws SQLException {
        assertStaysAwayUntilGivenBack(offline -> {
            try (PreparedStatement statement = offline.prepareStatement("call set_config('app.tenant', ?, false)")) {
                statement.setString(1, "theirs");
                statement.execute();
            }
        });
    }

    @Test
    void what_is_too_much_is_not_said_again_in_part() throws SQLException {
        assertStaysAwayUntilGivenBack(offline -> {
            try (Statement statement = offline.createStatement()) {
                for (int i = 0; i < 100; i++) {
                    statement.execute("set @request = " + i);
                }
            }
        });
    }

    private void assertSetUp(Consumer<HikariConfig> by) throws SQLException {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(URL);
        config.setUsername("sa");
        config.setPassword("");
        config.setMaximumPoolSize(1);
        by.accept(config);
        under.open("database", URL);
        try (HikariDataSource pool = new HikariDataSource(config)) {
            under.reset("database");
            try (Connection connection = pool.getConnection()) {
                // It lends untested what it made a moment ago.
                assumeTrue(connection.isWrapperFor(OfflineConnections.Offline.class));
                assertThat(name(connection)).isEqualTo("Eve");
                connection.setAutoCommit(false);
                connection.rollback();
                assertThat(name(connection)).isEqualTo("Eve");
                connection.setAutoCommit(true);
            }
            under.open("database", URL);
            try (Connection offline = pool.getConnection()) {
                assertThat(name(offline)).isEqualTo("Eve");
            }
            try (Connection offline = DriverManager.getConnection(URL, "sa", "")) {
                assertThatThrownBy(() -> name(offline)).isInstanceOf(SQLTransientConnectionException.class);
            }
        }
    }

    private static String name(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(STAFF)) {
            assertThat(rows.next()).isTrue();
            String name = rows.getString("name");
            assertThat(rows.next()).isFalse();
            return name;
        }
    }
}
