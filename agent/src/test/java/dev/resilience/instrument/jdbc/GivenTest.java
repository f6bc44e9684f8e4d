package dev.resilience.instrument.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.WeakReference;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is left of a statement that was answered in the database's place. */
class GivenTest {

    private static final String URL = "jdbc:h2:mem:given";
    private static final String TWO = "select * from (values (1), (2)) v";

    private final JdbcUnderTest under = new JdbcUnderTest("""
            services:
              database:
                endpoints:
                  - {name: all, jdbc: {url: "jdbc:h2:mem:given"}, fallback: [stale_cache]}
            """);

    @AfterEach
    void unweave() {
        under.close();
    }

    @Test
    void is_gone_with_a_statement_that_nobody_closes() throws SQLException {
        try (Connection connection = DriverManager.getConnection(URL)) {
            read(connection);
            under.open("database", URL);
            WeakReference<Statement> executed = answered(connection, false);
            WeakReference<Statement> queried = answered(connection, true);
            Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> {
                System.gc();
                return executed.refersTo(null) && queried.refersTo(null);
            });
        }
    }

    @Test
    void closes_its_statement_where_that_is_asked_for() throws SQLException {
        try (Connection connection = DriverManager.getConnection(URL)) {
            read(connection);
            under.open("database", URL);
            try (Connection offline = DriverManager.getConnection(URL)) {
                for (Connection asked : List.of(connection, offline)) {
                    Statement statement = asked.createStatement();
                    statement.closeOnCompletion();
                    statement.executeQuery(TWO);
                    ResultSet rows = statement.executeQuery(TWO);
                    assertThat(rows.next()).isTrue();
                    assertThat(statement.isCloseOnCompletion()).isTrue();
                    rows.close();
                    assertThat(statement.isClosed()).isTrue();
                }
            }
        }
    }

    @Test
    void is_closed_without_a_word_after_what_it_came_from() throws SQLException {
        try (Connection connection = DriverManager.getConnection(URL)) {
            read(connection);
            under.open("database", URL);
            for (boolean all : new boolean[] {false, true}) {
                for (Connection asked : List.of(DriverManager.getConnection(URL), connection)) {
                    Statement statement = asked.createStatement();
                    ResultSet rows = statement.executeQuery(TWO);
                    ResultSet keys = statement.getGeneratedKeys();
                    assertThat(rows.next()).isTrue();
                    if (all) {
                        asked.close();
                    } else {
                        statement.close();
                    }
                    rows.close();
                    keys.close();
                    assertThat(rows.isClosed()).isTrue();
                }
            }
        }
    }

    @Test
    void goes_on_where_it_was_for_who_keeps_no_result() throws SQLException {
        try (Connection connection = DriverManager.getConnection(URL)) {
            read(connection);
            under.open("database", URL);
            try (Statement statement = connection.createStatement()) {
                assertThat(statement.execute(TWO)).isTrue();
                for (int row = 1; row <= 2; row++) {
                    WeakReference<ResultSet> rows = new WeakReference<>(statement.getResultSet());
                    assertThat(statement.getResultSet().next()).isTrue();
                    Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> {
                        System.gc();
                        return rows.refersTo(null);
                    });
                    assertThat(statement.getResultSet().getInt(1)).isEqualTo(row);
                }
                assertThat(statement.getMoreResults()).isFalse();
                assertThat(statement.getResultSet()).isNull();
            }
        }
    }

    private static WeakReference<Statement> answered(Connection connection, boolean query) throws SQLException {
        Statement statement = connection.createStatement();
        if (query) {
            assertThat(statement.executeQuery(TWO).next()).isTrue();
        } else {
            assertThat(statement.execute(TWO)).isTrue();
            assertThat(statement.getResultSet().next()).isTrue();
        }
        return new WeakReference<>(statement);
    }

    private static void read(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(TWO)) {
            while (rows.next()) {
                rows.getInt(1);
            }
        }
    }
}
