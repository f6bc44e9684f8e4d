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
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.TimeZone;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** One connection, several users: whoever may not see rows must not get them from the cache either. */
class OtherUsersRowsTest {

    private static final String NOTES = "select text from notes order by text";

    private static final String RULES = """
            services:
              database:
                breaker: {timeout: 30s}
                endpoints:
                  - {name: notes, jdbc: {url: "jdbc:postgresql:*", sql: "select text from*"}, fallback: [stale_cache]}
                  - {name: rest, jdbc: {url: "jdbc:postgresql:*"}}
            """;

    @RegisterExtension
    static final PostgresUnderTest POSTGRES = new PostgresUnderTest(
            "create table notes(tenant text, text text)",
            "insert into notes values ('t1', 'of t1'), ('t2', 'of t2')",
            "alter table notes enable row level security",
            "create policy own on notes using"
                    + " (tenant = current_setting('app.tenant', true) or current_user = tenant)",
            "create schema other",
            "create table other.notes(tenant text, text text)",
            "insert into other.notes values ('x', 'of the other schema')",
            "create role t1 login",
            "create role t2 login",
            "create role app login",
            "grant usage on schema other to t1, t2, app",
            "grant select on notes, other.notes to t1, t2, app",
            "grant t1, t2 to app");

    @RegisterExtension
    final JdbcUnderTest under = new JdbcUnderTest(RULES);

    @Test
    void a_role_set_on_the_connection() throws SQLException {
        try (Connection connection = as("app")) {
            run(connection, "set role t1");
            assertThat(notes(connection)).containsExactly("of t1");
            away();
            assertThat(notes(connection)).containsExactly("of t1");
            back();
            run(connection, "set role t2");
            away();
            assertRefused(connection);
        }
    }

    @Test
    void a_role_that_could_not_be_set() throws SQLException {
        try (Connection connection = as("app")) {
            run(connection, "set role t1");
            assertThatThrownBy(() -> run(connection, "set role postgres")).isInstanceOf(SQLException.class);
            assertThat(notes(connection)).containsExactly("of t1");
            away();
            assertThatThrownBy(() -> run(connection, "set role t2")).isInstanceOf(SQLException.class);
            assertThat(notes(connection)).containsExactly("of t1");
            back();
            assertThat(notes(connection)).containsExactly("of t1");
            run(connection, "set role t2");
            away();
            assertRefused(connection);
        }
    }

    /** On some databases it keeps the meaning that its session gave it then. */
    @Test
    void a_statement_that_was_prepared_before_the_schema_was_set() throws SQLException {
        try (Connection connection = as("t1")) {
            run(connection, "set search_path = public");
            try (PreparedStatement before = connection.prepareStatement(NOTES)) {
                run(connection, "set search_path = other");
                assertThat(texts(before)).containsExactly("of the other schema");
                away();
                assertThat(texts(before)).containsExactly("of the other schema");
                assertRefused(connection);
            }
        }
    }

    @Test
    void a_variable_set_by_a_prepared_call_of_another_endpoint() throws SQLException {
        try (Connection connection = as("app")) {
            tenant(connection, "t1", false);
            assertThat(notes(connection)).containsExactly("of t1");
            tenant(connection, "t2", false);
            away();
            assertRefused(connection);
            back();
            tenant(connection, "t1", false);
            away();
            assertThat(notes(connection)).containsExactly("of t1");
        }
    }

    @Test
    void a_variable_set_for_a_transaction_that_is_over() throws SQLException {
        try (Connection connection = as("app")) {
            connection.setAutoCommit(false);
            tenant(connection, "t1", true);
            assertThat(notes(connection)).containsExactly("of t1");
            connection.commit();
            assertThat(notes(connection)).isEmpty();
            connection.commit();
            away();
            assertThat(notes(connection)).isEmpty();
            connection.rollback();
        }
    }

    @Test
    void a_role_that_the_transaction_took_back() throws SQLException {
        try (Connection connection = as("app")) {
            run(connection, "set role t2");
            connection.setAutoCommit(false);
            run(connection, "set role t1");
            connection.rollback();
            assertThat(notes(connection)).containsExactly("of t2");
            connection.commit();
            run(connection, "set role t1");
            connection.commit();
            away();
            assertRefused(connection);
            connection.rollback();
        }
    }

    @Test
    void a_role_set_outside_of_the_transaction_that_is_rolled_back() throws SQLException {
        for (String begin : new String[] {"", "begin", "start transaction"}) {
            try (Connection connection = as("app")) {
                run(connection, "set role t1");
                if (begin.isEmpty()) {
                    assertThatThrownBy(connection::rollback).isInstanceOf(SQLException.class);
                } else {
                    run(connection, begin);
                    run(connection, "rollback");
                }
                assertThat(notes(connection)).containsExactly("of t1");
            }
            try (Connection connection = as("app")) {
                away();
                assertRefused(connection);
                back();
            }
        }
    }

    @Test
    void a_parameter_set_on_the_drivers_own_statement() throws SQLException {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(POSTGRES.url());
        config.setMaximumPoolSize(1);
        try (HikariDataSource pool = new HikariDataSource(config);
                Connection connection = pool.getConnection();
                PreparedStatement asked = connection.prepareStatement("select text from notes where tenant = ?")) {
            PreparedStatement own = (PreparedStatement) asked.unwrap(org.postgresql.PGStatement.class);
            own.setString(1, "t1");
            assertThat(texts(asked)).containsExactly("of t1");
            own.setString(1, "t2");
            away();
            assertThatThrownBy(() -> texts(asked)).isInstanceOf(SQLException.class);
        }
    }

    @Test
    void a_variable_set_for_a_transaction_where_there_is_none() throws SQLException {
        try (Connection connection = as("app")) {
            tenant(connection, "t1", true);
            assertThat(notes(connection)).isEmpty();
            connection.setAutoCommit(false);
            tenant(connection, "t1", true);
            away();
            assertRefused(connection);
            connection.rollback();
        }
    }

    @Test
    void a_role_that_resetting_all_leaves() throws SQLException {
        try (Connection connection = as("app")) {
            run(connection, "set role t1");
            run(connection, "reset all");
            run(connection, "discard plans");
            assertThat(notes(connection)).containsExactly("of t1");
        }
        try (Connection connection = as("app")) {
            away();
            assertRefused(connection);
        }
    }

    @Test
    void a_role_that_resetting_the_authorization_takes_back() throws SQLException {
        try (Connection connection = DriverManager.getConnection(POSTGRES.url())) {
            run(connection, "set role t1");
            run(connection, "set session authorization t2");
            run(connection, "reset session authorization");
            assertThat(notes(connection)).containsExactly("of t1", "of t2");
            run(connection, "set role t1");
            away();
            assertRefused(connection);
        }
    }

    @Test
    void a_role_set_between_other_statements_in_a_batch_or_behind_a_comment() throws SQLException {
        for (String attack : List.of("select 1; set role t2", "/* now */ set role t2", "BATCH")) {
            try (Connection connection = as("app");
                    Statement statement = connection.createStatement()) {
                run(connection, "set role t1");
                assertThat(notes(connection)).containsExactly("of t1");
                if (attack.equals("BATCH")) {
                    statement.addBatch("set application_name = 'x'");
                    statement.addBatch("set role t2");
                    statement.executeBatch();
                } else {
                    statement.execute(attack);
                }
                away();
                assertRefused(connection);
                back();
            }
        }
    }

    /** What was never executed changed nothing: the application has its own rows. */
    @Test
    void but_nothing_of_a_batch_that_was_refused() throws SQLException {
        for (String setting : List.of("set role t2", "discard all")) {
            try (Connection connection = as("app");
                    Statement statement = connection.createStatement()) {
                run(connection, "set role t1");
                assertThat(notes(connection)).containsExactly("of t1");
                away();
                statement.addBatch("delete from notes");
                statement.addBatch(setting);
                assertThatThrownBy(statement::executeBatch).isInstanceOf(SQLException.class);
                assertThat(notes(connection)).containsExactly("of t1");
                statement.addBatch(setting);
                statement.clearBatch();
                assertThat(notes(connection)).containsExactly("of t1");
                back();
            }
        }
    }

    @Test
    void a_role_set_in_a_batch_that_failed_behind_it() throws SQLException {
        try (Connection connection = as("app");
                Statement statement = connection.createStatement()) {
            run(connection, "set role t1");
            assertThat(notes(connection)).containsExactly("of t1");
            statement.addBatch("set role t2");
            statement.addBatch("insert into nowhere values (1)");
            assertThatThrownBy(statement::executeBatch).isInstanceOf(SQLException.class);
            away();
            assertRefused(connection);
        }
    }

    @Test
    void the_search_path_and_the_schema() throws SQLException {
        try (Connection connection = as("t1")) {
            assertThat(notes(connection)).containsExactly("of t1");
            run(connection, "set search_path to other");
            away();
            assertRefused(connection);
            back();
            assertThat(notes(connection)).containsExactly("of the other schema");
            run(connection, "reset search_path");
            connection.setSchema("other");
            assertThat(notes(connection)).containsExactly("of the other schema");
            connection.setSchema("public");
            away();
            assertRefused(connection);
        }
    }

    @Test
    void another_user_of_the_same_address() throws SQLException {
        try (Connection one = as("t1");
                Connection other = as("t2")) {
            assertThat(notes(one)).containsExactly("of t1");
            away();
            assertRefused(other);
            assertThat(notes(one)).containsExactly("of t1");
        }
    }

    @Test
    void a_schema_that_the_driver_is_told_beside_the_address() throws SQLException {
        for (String setting : List.of("currentSchema=other", "options=-c search_path=other")) {
            Properties properties = told(setting);
            try (Connection connection = DriverManager.getConnection(address(), properties)) {
                assertThat(notes(connection)).containsExactly("of the other schema");
            }
            away();
            try (Connection offline = DriverManager.getConnection(address(), properties);
                    Connection other = as("t1")) {
                assertRefused(other);
                assertThat(notes(offline)).containsExactly("of the other schema");
            }
            back();
        }
    }

    @Test
    void and_by_a_pool_that_is_not_asked_while_it_is_away() throws SQLException {
        try (HikariDataSource pool = hikari()) {
            try (Connection connection = pool.getConnection()) {
                assertThat(notes(connection)).containsExactly("of the other schema");
            }
            away();
            try (Connection offline = pool.getConnection();
                    Connection other = as("t1")) {
                assertRefused(other);
                assertThat(notes(offline)).containsExactly("of the other schema");
            }
        }
    }

    @Test
    void another_user_who_had_connected_before_there_was_a_rule() throws SQLException {
        under.reload("services: {other: {endpoints: [{name: all, jdbc: {url: 'jdbc:other:*'}}]}}");
        try (Connection one = as("t1");
                Connection other = as("t2")) {
            under.reload(RULES);
            assertThat(notes(one)).containsExactly("of t1");
            away();
            assertRefused(other);
            assertThat(notes(one)).containsExactly("of t1");
        }
    }

    private static HikariDataSource hikari() {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(address());
        config.setUsername("t1");
        config.setPassword("");
        config.setMaximumPoolSize(1);
        config.addDataSourceProperty("currentSchema", "other");
        return new HikariDataSource(config);
    }

    /** The driver makes it the session's, in which the database tells the time. */
    @Test
    void a_time_zone_of_another_jvm() throws SQLException {
        TimeZone own = TimeZone.getDefault();
        try {
            TimeZone.setDefault(TimeZone.getTimeZone("Asia/Tokyo"));
            try (Connection connection = as("t1")) {
                assertThat(notes(connection)).containsExactly("of t1");
                TimeZone.setDefault(TimeZone.getTimeZone("America/Lima"));
                away();
                assertThat(notes(connection)).containsExactly("of t1");
            }
            try (Connection connection = as("t1")) {
                assertRefused(connection);
            }
        } finally {
            TimeZone.setDefault(own);
        }
    }

    private static Properties told(String setting) {
        Properties properties = new Properties();
        properties.setProperty("user", "t1");
        properties.setProperty("password", "");
        int end = setting.indexOf('=');
        properties.setProperty(setting.substring(0, end), setting.substring(end + 1));
        return properties;
    }

    private static String address() {
        return "jdbc:postgresql://localhost:" + POSTGRES.port() + "/postgres";
    }

    private void away() {
        under.open("database", POSTGRES.url());
    }

    private void back() {
        under.reset("database");
    }

    private static Connection as(String user) throws SQLException {
        return DriverManager.getConnection(address(), user, "");
    }

    private static void run(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static void tenant(Connection connection, String tenant, boolean local) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("select set_config('app.tenant', ?, ?)")) {
            statement.setString(1, tenant);
            statement.setBoolean(2, local);
            statement.execute();
        }
    }

    private static void assertRefused(Connection connection) {
        assertThatThrownBy(() -> notes(connection)).isInstanceOf(SQLException.class);
    }

    private static List<String> notes(Connection connection) throws SQLException {
        List<String> notes = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(NOTES)) {
            while (rows.next()) {
                notes.add(rows.getString(1));
            }
        }
        return notes;
    }

    private static List<String> texts(PreparedStatement asked) throws SQLException {
        List<String> texts = new ArrayList<>();
        try (ResultSet rows = asked.executeQuery()) {
            while (rows.next()) {
                texts.add(rows.getString(1));
            }
        }
        return texts;
    }
}
