package dev.resilience.instrument.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a transaction read from storage must not decide what the rest of it does to the database: it gets there whole or not at all. */
class HalfATransactionTest {

    private static final String URL = "jdbc:h2:mem:half;DB_CLOSE_DELAY=-1";
    private static final String STOCK = "select pieces from stock";
    private static final String SELL = "update stock set pieces = pieces - 1";

    @RegisterExtension
    final JdbcUnderTest under = new JdbcUnderTest("""
            services:
              database:
                breaker: {timeout: 30s}
                endpoints:
                  - {name: reads, jdbc: {url: "jdbc:h2:mem:half*", sql: "select *"}, fallback: [stale_cache]}
                  - {name: writes, jdbc: {url: "jdbc:h2:mem:half*"}, fallback: [queue]}
            """);

    /** Nine pieces are kept, and sold since. */
    @BeforeEach
    void lose() throws SQLException {
        under.reset("database");
        try (Connection connection = connect()) {
            run(connection, "drop all objects");
            run(connection, "create table stock as select 9 as pieces");
            assertThat(pieces(connection)).isEqualTo(9);
            run(connection, "update stock set pieces = 0");
        }
        under.open("database", URL);
    }

    @FunctionalInterface
    private interface End {
        void of(Connection connection) throws SQLException;
    }

    @Test
    void what_follows_an_answer_is_answered_or_refused_though_the_database_is_back() throws SQLException {
        List<End> ends = List.of(
                Connection::commit,
                Connection::rollback,
                ended -> run(ended, "rollback"),
                ended -> ended.setAutoCommit(true));
        for (End end : ends) {
            lose();
            try (Connection connection = connect();
                    PreparedStatement stock = connection.prepareStatement(STOCK)) {
                connection.setAutoCommit(false);
                assertThat(pieces(stock)).isEqualTo(9);
                under.reset("database");
                connection.setAutoCommit(false);
                assertThatThrownBy(() -> run(connection, SELL)).isInstanceOf(SQLTransientConnectionException.class);
                assertThat(pieces(stock)).isEqualTo(9);
                assertThat(pieces(connection)).isEqualTo(9);

                end.of(connection);
                assertThat(pieces(stock)).isZero();
                run(connection, SELL);
                assertThat(pieces(connection)).isEqualTo(-1);
            }
        }
    }

    @Test
    void nor_does_what_follows_a_refusal_get_there_alone() throws SQLException {
        try (Connection connection = connect()) {
            connection.setAutoCommit(false);
            assertThatThrownBy(() -> run(connection, SELL)).isInstanceOf(SQLTransientConnectionException.class);
            under.reset("database");
            assertThatThrownBy(() -> run(connection, SELL)).isInstanceOf(SQLTransientConnectionException.class);
            connection.rollback();
            run(connection, SELL);
            assertThat(pieces(connection)).isEqualTo(-1);
        }
    }

    @Test
    void one_of_which_nothing_was_answered_yet_goes_to_the_database() throws SQLException {
        try (Connection connection = connect()) {
            connection.setAutoCommit(false);
            under.reset("database");
            run(connection, SELL);
            assertThat(pieces(connection)).isEqualTo(-1);
            connection.rollback();
            assertThat(pieces(connection)).isZero();
        }
    }

    @Test
    void one_begun_by_a_statement_begins_at_the_database_or_not_at_all() throws SQLException {
        try (Connection connection = connect()) {
            assertThatThrownBy(() -> run(connection, "begin")).isInstanceOf(SQLTransientConnectionException.class);
            under.reset("database");
            run(connection, "begin");
            run(connection, SELL);
            run(connection, "rollback");
            assertThat(pieces(connection)).isZero();
        }
    }

    @Test
    void one_that_its_pool_takes_back_without_ending_it_is_over_for_the_next_borrower() throws SQLException {
        try (Connection connection = connect()) {
            connection.setAutoCommit(false);
            assertThat(pieces(connection)).isEqualTo(9);
            under.reset("database");
            assertThat(pieces(connection)).isEqualTo(9);
            // As HikariCP, DBCP2 and Tomcat JDBC do whenever a connection is closed by its borrower.
            connection.clearWarnings();
            assertThat(pieces(connection)).isZero();
        }
    }

    @Test
    void one_that_wrote_is_not_answered_rows_without_what_it_wrote() throws SQLException {
        under.reset("database");
        try (Connection connection = connect()) {
            connection.setAutoCommit(false);
            run(connection, SELL);
            under.open("database", URL);
            assertThatThrownBy(() -> pieces(connection)).isInstanceOf(SQLTransientConnectionException.class);
            connection.rollback();
            assertThat(pieces(connection)).isEqualTo(9);
        }
    }

    @Test
    void each_statement_that_commits_itself_has_the_database_asked_for() throws SQLException {
        try (Connection connection = connect()) {
            assertThat(pieces(connection)).isEqualTo(9);
            under.reset("database");
            assertThat(pieces(connection)).isZero();
        }
    }

    private static Connection connect() throws SQLException {
        return DriverManager.getConnection(URL, "sa", "");
    }

    private static void run(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static int pieces(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            return onlyNumber(statement.executeQuery(STOCK));
        }
    }

    private static int pieces(PreparedStatement stock) throws SQLException {
        return onlyNumber(stock.executeQuery());
    }

    private static int onlyNumber(ResultSet rows) throws SQLException {
        try (rows) {
            assertThat(rows.next()).isTrue();
            int number = rows.getInt(1);
            assertThat(rows.next()).isFalse();
            return number;
        }
    }
}
