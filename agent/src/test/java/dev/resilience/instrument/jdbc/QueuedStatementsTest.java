package dev.resilience.instrument.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.resilience.fallback.QueuedCall;
import dev.resilience.fallback.QueuedStatements;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import org.junit.jupiter.api.Test;

class QueuedStatementsTest {

    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final String URL = "jdbc:h2:mem:queued;DB_CLOSE_DELAY=-1";

    @Test
    void a_statement_is_run_as_the_application_would_have_run_it() throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", "sa");
        properties.setProperty("password", "");
        JdbcConnections.remember("queued", Origin.of(DriverManager.getDriver(URL), URL, properties), true);
        try (Connection connection = DriverManager.getConnection(URL, properties)) {
            connection
                    .createStatement()
                    .execute(
                            "create table t (id int primary key, name varchar(9), price decimal(9, 2), born date, b binary)");
            JdbcConnections connections = new JdbcConnections();
            List<Object> values =
                    Arrays.asList(7, null, new BigDecimal("1.50"), LocalDate.of(2025, 1, 2), new byte[] {9});
            QueuedCall.Jdbc insert = call("sa", "insert into t values (?, ?, ?, ?, ?)", values);
            connections.run(insert, TIMEOUT);
            try (ResultSet rows = connection.createStatement().executeQuery("select * from t")) {
                assertThat(rows.next()).isTrue();
                assertThat(rows.getInt(1)).isEqualTo(7);
                assertThat(rows.getString(2)).isNull();
                assertThat(rows.getBigDecimal(3)).isEqualByComparingTo("1.50");
                assertThat(rows.getObject(4, LocalDate.class)).isEqualTo(LocalDate.of(2025, 1, 2));
                assertThat(rows.getBytes(5)).containsExactly(9);
            }
            assertThatThrownBy(() -> connections.run(insert, TIMEOUT))
                    .isInstanceOfSatisfying(
                            SQLException.class,
                            failure -> assertThat(failure.getSQLState()).startsWith("23"));
        }
    }

    /** Two tenants of one address and one user may be told apart by what their drivers are told beside it. */
    @Test
    void a_statement_is_run_where_its_connection_was_set_to() throws SQLException {
        try (Connection connection = DriverManager.getConnection(URL, "sa", "");
                Statement statement = connection.createStatement()) {
            for (String tenant : List.of("ONE", "TWO")) {
                statement.execute("create schema " + tenant);
                statement.execute("create table " + tenant + ".notes(text varchar(9))");
            }
            Origin one = ofSchema("ONE");
            JdbcConnections.remember("queued", one, true);
            JdbcConnections.remember("queued", ofSchema("TWO"), true);
            QueuedCall.Jdbc insert =
                    new QueuedCall.Jdbc(one.shown(), "sa", null, "insert into notes values ('of one')", List.of());
            new JdbcConnections().run(insert, TIMEOUT);
            try (ResultSet rows = statement.executeQuery(
                    "select (select count(*) from one.notes), (select count(*) from two.notes)")) {
                assertThat(rows.next()).isTrue();
                assertThat(rows.getInt(1)).isEqualTo(1);
                assertThat(rows.getInt(2)).isZero();
            }
        }
    }

    private static Origin ofSchema(String schema) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", "sa");
        properties.setProperty("password", "");
        properties.setProperty("SCHEMA", schema);
        return Origin.of(DriverManager.getDriver(URL), URL, properties);
    }

    @Test
    void nobody_elses_connection_is_used() {
        assertThatThrownBy(() -> new JdbcConnections().run(call("mallory", "delete from t", List.of()), TIMEOUT))
                .isInstanceOf(QueuedStatements.NotYet.class);
    }

    private static QueuedCall.Jdbc call(String user, String sql, List<Object> parameters) {
        return new QueuedCall.Jdbc(URL, user, null, sql, parameters);
    }
}
