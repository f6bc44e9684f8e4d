package dev.resilience.instrument.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Who sets something by the batch, or where there is no database, is answered no rows but his own. */
class TenantsRowsTest {
    private static final String NOTES = "select text from notes order by text";

    @RegisterExtension
    static final PostgresUnderTest POSTGRES = new PostgresUnderTest(
            "create table notes(tenant text, text text)",
            "insert into notes values ('t1', 'of t1'), ('t2', 'of t2')",
            "alter table notes enable row level security",
            "create policy own on notes using (tenant = current_setting('app.tenant', true) or current_user = tenant)",
            "create procedure set_ctx(k text, v text) language plpgsql as $$ begin perform set_config('app.' || k, v, false); end $$",
            "create procedure set_tenant(v text) language plpgsql as $$ begin perform set_config('app.tenant', v, false); end $$",
            "create role t1 login",
            "create role t2 login",
            "create role app login",
            "grant select on notes to t1, t2, app",
            "grant t1, t2 to app");

    @RegisterExtension
    final JdbcUnderTest under = new JdbcUnderTest("""
            services:
              database:
                breaker: {timeout: 30s}
                endpoints:
                  - {name: notes, jdbc: {url: "jdbc:postgresql:*", sql: "select text from*"}, fallback: [stale_cache]}
                  - {name: rest, jdbc: {url: "jdbc:postgresql:*"}}
            """);

    @Test
    void of_a_prepared_batch_that_sets_several_nothing_is_known() throws SQLException {
        try (Connection a = as("app");
                Connection b = as("app")) {
            ctx(a, "t1");
            assertThat(notes(a)).containsExactly("of t1");
            ctx(b, "t2");
            under.open("database", POSTGRES.url());
            assertThatThrownBy(() -> notes(b)).isInstanceOf(SQLException.class);
        }
    }

    @Test
    void a_parameter_that_is_set_behind_the_last_of_a_batch_is_not_what_was_set() throws SQLException {
        try (Connection a = as("app")) {
            try (PreparedStatement s = a.prepareStatement("call set_tenant(?)")) {
                s.setString(1, "t1");
                s.execute();
            }
            assertThat(notes(a)).containsExactly("of t1");
            try (PreparedStatement s = a.prepareStatement("call set_tenant(?)")) {
                s.setString(1, "t2");
                s.addBatch();
                s.setString(1, "t1");
                s.executeBatch();
            }
            under.open("database", POSTGRES.url());
            assertThatThrownBy(() -> notes(a)).isInstanceOf(SQLException.class);
        }
    }

    @Test
    void a_role_that_was_refused_without_a_database_is_not_in_force() throws SQLException {
        try (Connection a = as("app")) {
            run(a, "set role t1");
            assertThat(notes(a)).containsExactly("of t1");
        }
        under.open("database", POSTGRES.url());
        try (Connection offline = as("app")) {
            assertThatThrownBy(() -> run(offline, "set role t1")).isInstanceOf(SQLException.class);
            assertThatThrownBy(() -> notes(offline)).isInstanceOf(SQLException.class);
        }
    }

    @Test
    void nor_is_one_of_a_batch() throws SQLException {
        try (Connection a = as("app")) {
            run(a, "set role t1");
            assertThat(notes(a)).containsExactly("of t1");
        }
        under.open("database", POSTGRES.url());
        try (Connection offline = as("app");
                Statement s = offline.createStatement()) {
            s.addBatch("set role t1");
            assertThatThrownBy(s::executeBatch).isInstanceOf(SQLException.class);
            assertThatThrownBy(() -> notes(offline)).isInstanceOf(SQLException.class);
        }
    }

    private static void ctx(Connection c, String tenant) throws SQLException {
        try (PreparedStatement s = c.prepareStatement("call set_ctx(?, ?)")) {
            s.setString(1, "tenant");
            s.setString(2, tenant);
            s.addBatch();
            s.setString(1, "lang");
            s.setString(2, "en");
            s.addBatch();
            s.executeBatch();
        }
    }

    private static Connection as(String user) throws SQLException {
        Properties p = new Properties();
        p.setProperty("user", user);
        return DriverManager.getConnection(POSTGRES.url().replaceAll("[?&]user=[^&]*", ""), p);
    }

    private static void run(Connection c, String sql) throws SQLException {
        try (Statement s = c.createStatement()) {
            s.execute(sql);
        }
    }

    private static List<String> notes(Connection c) throws SQLException {
        List<String> all = new ArrayList<>();
        try (Statement s = c.createStatement();
                ResultSet r = s.executeQuery(NOTES)) {
            while (r.next()) all.add(r.getString(1));
        }
        return all;
    }
}
