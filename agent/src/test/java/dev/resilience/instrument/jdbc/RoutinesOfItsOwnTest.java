package dev.resilience.instrument.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.StringReader;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;

/** What a function of the application's own does is not written where it is called: it may take a job, or write a row. */
class RoutinesOfItsOwnTest {

    @RegisterExtension
    static final PostgresUnderTest POSTGRES = new PostgresUnderTest(
            "create table jobs(id int)",
            "create function take_job() returns setof int language sql as"
                    + " 'delete from jobs where id = (select min(id) from jobs) returning id'",
            "create function put_job(job int) returns void language sql as 'insert into jobs values (job)'",
            "create function label(job int) returns text immutable language sql as $$ select 'job ' || job $$");

    @RegisterExtension
    final JdbcUnderTest under = new JdbcUnderTest("""
            services:
              database:
                breaker: {timeout: 30s}
                endpoints:
                  - name: labels
                    jdbc: {url: "jdbc:postgresql:*", sql: "select label(*) from jobs*"}
                    fallback: [stale_cache]
                  - name: all
                    jdbc: {url: "jdbc:postgresql:*"}
                    fallback: [stale_cache]
            """);

    @BeforeEach
    void fill() throws SQLException {
        try (Connection connection = connect()) {
            assertThat(run(connection, "truncate jobs")).isEmpty();
            assertThat(run(connection, "insert into jobs values (1), (2)")).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"select take_job()", "select * from take_job()", "select id from jobs where id = 1 for share"})
    void what_was_handed_out_once_is_not_handed_out_again(String taking) throws SQLException {
        try (Connection connection = connect()) {
            assertThat(run(connection, taking)).containsExactly("1");
            under.open("database", POSTGRES.url());
            assertThatThrownBy(() -> run(connection, taking)).isInstanceOf(SQLException.class);
        }
    }

    @Test
    void a_rule_that_names_one_says_that_it_merely_reads() throws SQLException {
        String unnamed = "select id, label(id) from jobs order by id";
        try (Connection connection = connect()) {
            connection.setAutoCommit(false);
            String named = "select label(id) from jobs order by id";
            assertThat(run(connection, named)).containsExactly("job 1", "job 2");
            assertThat(run(connection, "select id from jobs order by id")).containsExactly("1", "2");
            assertThat(run(connection, unnamed)).containsExactly("1", "2");
            connection.commit();
            under.open("database", POSTGRES.url());
            assertThat(run(connection, named)).containsExactly("job 1", "job 2");
            assertThat(run(connection, "select id from jobs order by id")).containsExactly("1", "2");
            assertThatThrownBy(() -> run(connection, unnamed)).isInstanceOf(SQLException.class);
        }
    }

    @Test
    void rows_that_a_function_wrote_and_nobody_committed_are_nobodys() throws SQLException {
        assertNobodyReads(connection -> run(connection, "select put_job(3)"));
    }

    @Test
    void rows_that_were_copied_and_nobody_committed_are_nobodys() throws SQLException {
        assertNobodyReads(connection -> {
            try {
                connection
                        .unwrap(PGConnection.class)
                        .getCopyAPI()
                        .copyIn("copy jobs from stdin", new StringReader("3\n"));
            } catch (IOException unreadable) {
                throw new SQLException(unreadable);
            }
        });
    }

    private void assertNobodyReads(Write write) throws SQLException {
        String reading = "select id from jobs order by id";
        try (Connection connection = connect()) {
            assertThat(run(connection, reading)).containsExactly("1", "2");
            connection.setAutoCommit(false);
            write.by(connection);
            assertThat(run(connection, reading)).containsExactly("1", "2", "3");
            connection.rollback();
        }
        try (Connection connection = connect()) {
            under.open("database", POSTGRES.url());
            assertThat(run(connection, reading)).containsExactly("1", "2");
        }
    }

    @FunctionalInterface
    private interface Write {

        void by(Connection connection) throws SQLException;
    }

    private static Connection connect() throws SQLException {
        return DriverManager.getConnection(POSTGRES.url());
    }

    private static List<String> run(Connection connection, String sql) throws SQLException {
        List<String> first = new ArrayList<>();
        try (Statement statement = connection.createStatement()) {
            if (statement.execute(sql)) {
                try (ResultSet rows = statement.getResultSet()) {
                    while (rows.next()) {
                        first.add(rows.getString(1));
                    }
                }
            }
        }
        return first;
    }
}
