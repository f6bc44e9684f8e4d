package dev.resilience.instrument.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.resilience.CircuitBreakerOpenException;
import dev.resilience.bootstrap.Bridge;
import dev.resilience.breaker.State;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * What every driver and pool must do under the guard. The table {@code staff(id, name)} has the rows 1 Ada and 2 Grace. An
 * outage is real where the server can be stopped; else the circuit is held open.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class JdbcConformance {

    private long failuresBefore = Bridge.failures();

    JdbcUnderTest under;

    /** Glob of the database's address. */
    abstract String url();

    abstract Connection connect() throws SQLException;

    /** Everything that holds connections is made anew. */
    void begin() throws SQLException {}

    void end() throws SQLException {}

    @BeforeEach
    final void weave() throws SQLException {
        under = new JdbcUnderTest("""
                services:
                  database:
                    breaker: {timeout: 30s, failure_threshold: 5}
                    endpoints:
                      - name: staff
                        jdbc: {url: "URL", sql: "select id, name from staff*"}
                        fallback: [stale_cache]
                      - name: hours
                        jdbc: {url: "URL", sql: "select day, hours from*"}
                        fallback:
                          - respond: {rows: {columns: [day, hours], values: [[weekday, 9-17], [weekend, null]]}}
                      - name: everything_else
                        jdbc: {url: "URL"}
                """.replace("URL", url()));
        begin();
    }

    @AfterEach
    final void unweave() throws SQLException {
        end();
        under.close();
    }

    @AfterAll
    final void nothing_failed_inside_the_gate() {
        assertThat(Bridge.failures()).isEqualTo(failuresBefore);
    }

    final void open() {
        under.open("database", url().replace("*", "x"));
    }

    @Test
    void a_statement_is_counted_once_whatever_layers_it_crosses() throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            assertThat(names(statement.executeQuery("select id, name from staff order by id")))
                    .containsExactly("Ada", "Grace");
            assertThat(statement.executeUpdate("update staff set name = 'Ada' where id = 1"))
                    .isEqualTo(1);
            assertThat(statement.execute("select id, name from staff where id = 2"))
                    .isTrue();
            assertThat(names(statement.getResultSet())).containsExactly("Grace");
        }
        assertThat(under.figures("database").successes()).isEqualTo(3);
    }

    @Test
    void a_prepared_statement_is_counted_once() throws SQLException {
        try (Connection connection = connect();
                PreparedStatement statement = connection.prepareStatement("select id, name from staff where id = ?")) {
            for (int id = 1; id <= 2; id++) {
                statement.setInt(1, id);
                assertThat(names(statement.executeQuery())).hasSize(1);
            }
            try (PreparedStatement update = connection.prepareStatement("update staff set name = ? where id = ?")) {
                update.setString(1, "Ada");
                update.setLong(2, 1);
                assertThat(update.executeUpdate()).isEqualTo(1);
                update.setString(1, "Ada");
                update.setLong(2, 1);
                update.addBatch();
                assertThat(update.executeBatch()).hasSize(1);
            }
        }
        assertThat(under.figures("database").successes()).isEqualTo(4);
    }

    @Test
    void the_callers_own_errors_prove_that_the_database_is_alive() throws SQLException {
        for (int i = 0; i < 8; i++) {
            try (Connection connection = connect();
                    Statement statement = connection.createStatement()) {
                assertThatThrownBy(() -> statement.executeQuery("select nonsense from staff"))
                        .isInstanceOf(SQLException.class);
            }
        }
        assertThat(under.state("database")).isEqualTo(State.CLOSED);
        assertThat(under.figures("database").unansweredFailures()).isZero();
    }

    @Test
    void while_open_statements_are_rejected_at_once_and_the_connection_stays_whole() throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            open();
            assertThatThrownBy(() -> statement.executeUpdate("delete from staff"))
                    .isInstanceOf(SQLTransientConnectionException.class)
                    .hasCauseInstanceOf(CircuitBreakerOpenException.class)
                    .extracting(e -> ((SQLException) e).getSQLState())
                    .isEqualTo("08000");
            assertThat(connection.isClosed()).isFalse();
            assertThat(connection.isValid(5)).isTrue();
            under.reset("database");
            assertThat(names(statement.executeQuery("select id, name from staff order by id")))
                    .containsExactly("Ada", "Grace");
        }
    }

    @Test
    void commit_rollback_and_close_always_reach_the_driver() throws SQLException {
        try (Connection connection = connect()) {
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
                statement.executeUpdate("update staff set name = 'Changed' where id = 2");
                open();
                assertThatThrownBy(() -> statement.executeUpdate("delete from staff"))
                        .isInstanceOf(SQLException.class);
            }
            connection.rollback();
            connection.setAutoCommit(true);
            under.reset("database");
            try (Statement statement = connection.createStatement()) {
                assertThat(names(statement.executeQuery("select id, name from staff order by id")))
                        .containsExactly("Ada", "Grace");
            }
        }
    }

    @Test
    void a_rejected_batch_is_empty_afterwards() throws SQLException {
        try (Connection connection = connect();
                PreparedStatement insert = connection.prepareStatement("insert into staff values (?, ?)")) {
            insert.setInt(1, 3);
            insert.setString(2, "Katherine");
            insert.addBatch();
            open();
            assertThatThrownBy(insert::executeBatch).isInstanceOf(SQLTransientConnectionException.class);
            under.reset("database");
            insert.setInt(1, 4);
            insert.setString(2, "Dorothy");
            insert.addBatch();
            assertThat(insert.executeBatch()).containsExactly(1);
            try (Statement statement = connection.createStatement()) {
                assertThat(names(statement.executeQuery("select id, name from staff order by id")))
                        .containsExactly("Ada", "Grace", "Dorothy");
                statement.executeUpdate("delete from staff where id > 2");
            }
        }
    }

    @Test
    void a_rollback_to_a_savepoint_reaches_the_driver_too() throws SQLException {
        try (Connection connection = connect()) {
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
                statement.executeUpdate("insert into staff values (3, 'Katherine')");
                Savepoint kept = connection.setSavepoint("kept");
                statement.executeUpdate("insert into staff values (4, 'Dorothy')");
                open();
                connection.rollback(kept);
                connection.commit();
                under.reset("database");
                assertThat(names(statement.executeQuery("select id, name from staff order by id")))
                        .containsExactly("Ada", "Grace", "Katherine");
                statement.executeUpdate("delete from staff where id > 2");
                connection.commit();
            }
            connection.setAutoCommit(true);
        }
    }

    @Test
    void answers_from_the_last_good_result_while_open() throws SQLException {
        String sql = "select id, name from staff where id = ?";
        try (Connection connection = connect()) {
            assertThat(byId(connection, sql, 1)).containsExactly("Ada");
        }
        open();
        try (Connection connection = connect()) {
            assertThat(byId(connection, sql, 1)).containsExactly("Ada");
            assertThatThrownBy(() -> byId(connection, sql, 2)).isInstanceOf(SQLTransientConnectionException.class);
        }
        assertThat(under.figures("database").fallbacks()).containsEntry("stale_cache", 1L);
    }

    @Test
    void every_way_of_executing_gives_the_same_answer() throws SQLException {
        String sql = "select id, name from staff order by id";
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            assertThat(names(statement.executeQuery(sql))).hasSize(2);
        }
        open();
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                PreparedStatement prepared = connection.prepareStatement(sql)) {
            assertThat(names(statement.executeQuery(sql))).containsExactly("Ada", "Grace");
            assertThat(statement.execute(sql)).isTrue();
            assertThat(statement.getUpdateCount()).isEqualTo(-1);
            assertThat(names(statement.getResultSet())).containsExactly("Ada", "Grace");
            assertThat(statement.getMoreResults()).isFalse();
            assertThat(statement.getUpdateCount()).isEqualTo(-1);
            assertThat(names(prepared.executeQuery())).containsExactly("Ada", "Grace");
            assertThat(prepared.execute()).isTrue();
            assertThat(names(prepared.getResultSet())).containsExactly("Ada", "Grace");
        }
    }

    @Test
    void rows_of_execute_are_kept_as_well() throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute("select id, name from staff order by name desc");
            assertThat(names(statement.getResultSet())).containsExactly("Grace", "Ada");
        }
        open();
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            assertThat(names(statement.executeQuery("select id, name from staff order by name desc")))
                    .containsExactly("Grace", "Ada");
        }
    }

    @Test
    void a_callable_statement_reads_the_same_rows() throws SQLException {
        String sql = "select id, name from staff where id = ?";
        try (Connection connection = connect();
                CallableStatement call = connection.prepareCall(sql)) {
            call.setInt(1, 2);
            assertThat(call.execute()).isTrue();
            assertThat(names(call.getResultSet())).containsExactly("Grace");
        }
        open();
        try (Connection connection = connect();
                CallableStatement call = connection.prepareCall(sql)) {
            call.setInt(1, 2);
            assertThat(names(call.executeQuery())).containsExactly("Grace");
            call.setInt(1, 1);
            assertThatThrownBy(call::executeQuery).isInstanceOf(SQLTransientConnectionException.class);
        }
    }

    @Test
    void a_result_larger_than_the_limit_is_not_kept() throws SQLException {
        String pairs = ", (select 1 from staff) p";
        StringBuilder sql = new StringBuilder("select id, name from staff");
        for (int i = 0; i < 13; i++) {
            sql.append(pairs).append(i);
        }
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            assertThat(names(statement.executeQuery(sql.toString()))).hasSize(1 << 14);
            open();
            assertThatThrownBy(() -> statement.executeQuery(sql.toString()))
                    .isInstanceOf(SQLTransientConnectionException.class);
        }
    }

    @Test
    void the_statement_cut_short_is_another_question() throws SQLException {
        String sql = "select id, name from staff order by id";
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.setMaxRows(1);
            assertThat(names(statement.executeQuery(sql))).containsExactly("Ada");
            open();
            assertThat(names(statement.executeQuery(sql))).containsExactly("Ada");
            statement.setMaxRows(0);
            assertThatThrownBy(() -> statement.executeQuery(sql)).isInstanceOf(SQLTransientConnectionException.class);
        }
    }

    @Test
    void a_result_read_half_is_not_kept_and_a_single_row_read_by_if_is() throws SQLException {
        String two = "select id, name from staff order by id";
        String one = "select id, name from staff where id = 2";
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            try (ResultSet rows = statement.executeQuery(two)) {
                assertThat(rows.next()).isTrue();
            }
            try (ResultSet rows = statement.executeQuery(one)) {
                assertThat(rows.next()).isTrue();
                assertThat(rows.getString("name")).isEqualTo("Grace");
            }
        }
        open();
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            assertThatThrownBy(() -> statement.executeQuery(two)).isInstanceOf(SQLTransientConnectionException.class);
            assertThat(names(statement.executeQuery(one))).containsExactly("Grace");
        }
    }

    @Test
    void declared_rows_answer_without_any_earlier_result() throws SQLException {
        open();
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("select day, hours from opening_hours")) {
            assertThat(rows.next()).isTrue();
            assertThat(rows.getString("DAY")).isEqualTo("weekday");
            assertThat(rows.getString(2)).isEqualTo("9-17");
            assertThat(rows.next()).isTrue();
            assertThat(rows.getString("hours")).isNull();
            assertThat(rows.wasNull()).isTrue();
            assertThat(rows.next()).isFalse();
            assertThat(rows.getWarnings().getMessage()).contains("respond");
        }
    }

    @Test
    void recovers_when_the_circuit_lets_trial_calls_through() throws SQLException {
        open();
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            assertThatThrownBy(() -> statement.executeQuery("select count(*) from staff"))
                    .isInstanceOf(SQLTransientConnectionException.class);
        }
        under.forward(Duration.ofSeconds(31));
        assertThat(under.state("database")).isEqualTo(State.HALF_OPEN);
        for (int i = 0; i < 2; i++) {
            try (Connection connection = connect();
                    Statement statement = connection.createStatement()) {
                assertThat(statement.executeQuery("select count(*) from staff").next())
                        .isTrue();
            }
        }
        assertThat(under.state("database")).isEqualTo(State.CLOSED);
    }

    static List<String> byId(Connection connection, String sql, int id) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setInt(1, id);
            return names(statement.executeQuery());
        }
    }

    static List<String> names(ResultSet rows) throws SQLException {
        List<String> names = new ArrayList<>();
        try (rows) {
            while (rows.next()) {
                assertThat(rows.getInt("id")).isPositive();
                names.add(rows.getString(2));
            }
        }
        return names;
    }
}
