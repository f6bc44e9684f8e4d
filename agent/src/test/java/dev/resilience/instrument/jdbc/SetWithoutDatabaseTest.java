package dev.resilience.instrument.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an application sets by a statement while there is no database. */
class SetWithoutDatabaseTest {

    private static final String ZONE = "select current_setting('TimeZone')";

    @RegisterExtension
    static final PostgresUnderTest POSTGRES = new PostgresUnderTest("create table staff(name text)");

    @RegisterExtension
    final JdbcUnderTest under = new JdbcUnderTest("""
            services:
              database:
                breaker: {timeout: 30s}
                endpoints: [{name: all, jdbc: {url: "jdbc:postgresql:*"}, fallback: [stale_cache]}]
            """);

    @Test
    void goes_well_and_the_rows_are_those_that_were_read_under_it() throws SQLException {
        try (Connection connection = connect()) {
            set(connection, "SET TIME ZONE 'Asia/Tokyo'");
            assertThat(zone(connection)).isEqualTo("Asia/Tokyo");
        }
        under.open("database", POSTGRES.url());
        try (Connection offline = connect()) {
            assertThatThrownBy(() -> zone(offline)).isInstanceOf(SQLTransientConnectionException.class);
            set(offline, "SET TIME ZONE 'Asia/Tokyo'");
            assertThat(zone(offline)).isEqualTo("Asia/Tokyo");
            set(offline, "SET TIME ZONE 'Asia/Seoul'");
            assertThatThrownBy(() -> zone(offline)).isInstanceOf(SQLTransientConnectionException.class);
        }
    }

    @Test
    void goes_well_through_a_pool_and_prepared() throws SQLException {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(POSTGRES.url());
        config.setMinimumIdle(0);
        try (HikariDataSource pool = new HikariDataSource(config)) {
            try (Connection connection = pool.getConnection()) {
                prepared(connection, "set timezone to 'Asia/Tokyo'");
                assertThat(zone(connection)).isEqualTo("Asia/Tokyo");
            }
            under.open("database", POSTGRES.url());
            try (Connection offline = pool.getConnection()) {
                prepared(offline, "set timezone to 'Asia/Tokyo'");
                assertThat(zone(offline)).isEqualTo("Asia/Tokyo");
            }
        }
    }

    @Test
    void holds_on_the_connection_that_it_becomes() throws SQLException {
        under.open("database", POSTGRES.url());
        try (Connection connection = connect()) {
            set(connection, "set time zone 'Asia/Tokyo'");
            under.reset("database");
            assertThat(zone(connection)).isEqualTo("Asia/Tokyo");
        }
    }

    /** What a transaction set may be taken back by its end: the next one has the database. */
    @Test
    void keeps_a_transaction_from_half_of_it_being_made() throws SQLException {
        under.open("database", POSTGRES.url());
        try (Connection connection = connect()) {
            connection.setAutoCommit(false);
            set(connection, "set time zone 'Asia/Tokyo'");
            under.reset("database");
            assertThatThrownBy(() -> zone(connection)).isInstanceOf(SQLException.class);
            connection.rollback();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "set role postgres",
                "set session authorization postgres",
                "set autocommit = 0",
                "set time zone 'UTC'; delete from staff",
                "set names utf8, autocommit = 0",
                "set transaction isolation level serializable",
                "update staff set name = 'x'",
            })
    void is_refused_where_it_says_who_asks_or_does_more(String sql) throws SQLException {
        under.open("database", POSTGRES.url());
        try (Connection offline = connect()) {
            assertThatThrownBy(() -> set(offline, sql)).isInstanceOf(SQLTransientConnectionException.class);
        }
    }

    private static Connection connect() throws SQLException {
        return DriverManager.getConnection(POSTGRES.url());
    }

    private static void set(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            assertThat(statement.execute(sql)).isFalse();
            assertThat(statement.getUpdateCount()).isZero();
            assertThat(statement.executeUpdate(sql)).isZero();
        }
    }

    private static void prepared(Connection connection, String sql) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            assertThat(statement.executeUpdate()).isZero();
        }
    }

    private static String zone(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(ZONE)) {
            assertThat(rows.next()).isTrue();
            return rows.getString(1);
        }
    }
}
