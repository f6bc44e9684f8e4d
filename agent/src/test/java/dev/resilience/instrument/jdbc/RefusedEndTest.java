package dev.resilience.instrument.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** PostgreSQL takes back what a transaction set that it refuses at its end: what is read then is not kept as if it were in force. */
class RefusedEndTest {

    @RegisterExtension
    static final PostgresUnderTest POSTGRES = new PostgresUnderTest(
            "create table staff(name text)",
            "insert into staff values ('everybody''s')",
            "create table paid(id int unique deferrable initially deferred)",
            "create schema tenant",
            "create table tenant.staff(name text)",
            "insert into tenant.staff values ('the tenant''s')");

    @RegisterExtension
    final JdbcUnderTest under = new JdbcUnderTest("""
            services:
              database:
                breaker: {timeout: 30s}
                endpoints: [{name: staff, jdbc: {url: "jdbc:postgresql:*", sql: "select name*"}, fallback: [stale_cache]}]
            """);

    private Connection connection;
    private Statement statement;

    @BeforeEach
    void connect() throws SQLException {
        connection = DriverManager.getConnection(POSTGRES.url());
        statement = connection.createStatement();
    }

    @AfterEach
    void close() throws SQLException {
        connection.close();
    }

    @Test
    void what_is_read_after_a_commit_that_was_refused_is_not_kept_under_what_it_set() throws SQLException {
        connection.setAutoCommit(false);
        setAndBreak();
        assertThatThrownBy(connection::commit).isInstanceOf(SQLException.class);
        connection.setAutoCommit(true);
        assertIsKeptAsItIs();
    }

    @Test
    void nor_where_auto_commit_was_to_commit() throws SQLException {
        connection.setAutoCommit(false);
        setAndBreak();
        assertThatThrownBy(() -> connection.setAutoCommit(true)).isInstanceOf(SQLException.class);
        assertIsKeptAsItIs();
    }

    @Test
    void nor_where_it_was_told_by_sql() throws SQLException {
        statement.execute("begin");
        setAndBreak();
        assertThatThrownBy(() -> statement.execute("commit")).isInstanceOf(SQLException.class);
        assertIsKeptAsItIs();
    }

    @Test
    void nor_under_a_setting_that_was_refused_though_no_rule_takes_it() throws SQLException {
        assertThatThrownBy(() -> statement.execute("set search_path to 'tenant', 5 5"))
                .isInstanceOf(SQLException.class);
        assertIsKeptAsItIs();
    }

    @Test
    void nothing_is_kept_once_a_transaction_that_set_something_was_prepared_by_sql() throws SQLException {
        statement.execute("begin");
        statement.execute("set local search_path to tenant");
        statement.execute("prepare transaction 'paid'");
        assertThat(read()).isEqualTo("everybody's");
        assertThat(under.answers.kept).isEmpty();
        statement.execute("rollback prepared 'paid'");
    }

    private void setAndBreak() throws SQLException {
        statement.execute("set search_path to tenant, public");
        statement.execute("insert into paid values (1), (1)");
    }

    /** As for somebody who set nothing, and not as for a tenant. */
    private void assertIsKeptAsItIs() throws SQLException {
        assertThat(read()).isEqualTo("everybody's");
        under.open("database", POSTGRES.url());
        try (Connection other = DriverManager.getConnection(POSTGRES.url())) {
            statement = other.createStatement();
            assertThat(read()).isEqualTo("everybody's");
        } finally {
            under.reset("database");
        }
    }

    private String read() throws SQLException {
        try (ResultSet rows = statement.executeQuery("select name from staff")) {
            rows.next();
            String name = rows.getString(1);
            rows.next();
            return name;
        }
    }
}
