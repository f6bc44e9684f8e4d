package dev.resilience.instrument.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.resilience.instrument.jdbc.losing.LosingConnection;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Drivers that tell the database at once when a transaction begins find out by that that their connection is dead. */
class LostWhileBeginningTest {

    private static final String URL = "jdbc:losing:h2:mem:beginning;DB_CLOSE_DELAY=-1";

    @RegisterExtension
    final JdbcUnderTest under = new JdbcUnderTest("""
            services:
              database:
                endpoints:
                  - {name: reads, jdbc: {url: "jdbc:losing:*", sql: "select *"}, fallback: [stale_cache]}
                  - {name: writes, jdbc: {url: "jdbc:losing:*"}, fallback: [queue]}
              bare:
                endpoints:
                  - {name: all, jdbc: {url: "jdbc:bare:*"}}
            """);

    @BeforeEach
    void fill() throws SQLException {
        try (Connection connection = connect(URL);
                Statement statement = connection.createStatement()) {
            statement.execute("create table if not exists staff(id int primary key, name varchar(50))");
            statement.execute("merge into staff values (1, 'Ada'), (2, 'Grace')");
            assertThat(staff(connection)).containsExactly("Ada", "Grace");
        }
    }

    @Test
    void counts_once_and_what_is_kept_is_answered() throws SQLException {
        try (LosingConnection connection = connect(URL)) {
            connection.lost = true;
            connection.setAutoCommit(false);
            assertThat(connection.isClosed()).isTrue();
            assertThat(under.figures("database").unansweredFailures()).isEqualTo(1);
            assertThat(staff(connection)).containsExactly("Ada", "Grace");
            connection.commit();
            assertThat(staff(connection)).containsExactly("Ada", "Grace");
            connection.rollback();
            connection.setAutoCommit(true);
            assertThat(under.figures("database").unansweredFailures()).isEqualTo(1);
        }
    }

    /** As Spring's transactions that only read do, with MySQL's driver. */
    @Test
    void what_is_set_and_asked_before_may_find_it_out_first() throws SQLException {
        try (LosingConnection connection = connect(URL)) {
            connection.setAutoCommit(true);
            connection.lost = true;
            connection.setReadOnly(true);
            connection.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
            assertThat(connection.getAutoCommit()).isTrue();
            connection.setAutoCommit(false);
            assertThat(connection.getAutoCommit()).isFalse();
            assertThat(staff(connection)).containsExactly("Ada", "Grace");
            connection.commit();
            connection.setAutoCommit(true);
            assertThat(under.figures("database").unansweredFailures()).isEqualTo(1);
            assertThatThrownBy(() -> connection.setReadOnly(false))
                    .as("whoever cleans up is to give it up")
                    .isInstanceOf(SQLException.class);
            assertThatThrownBy(connection::getAutoCommit).isInstanceOf(SQLException.class);
            under.open("database", URL);
            connection.setReadOnly(true);
            assertThat(connection.getAutoCommit()).as("lent again").isTrue();
        }
    }

    @Test
    void what_was_written_and_committed_at_once_waits_for_nothing() throws SQLException {
        try (LosingConnection connection = connect(URL);
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(true);
            assertThat(statement.executeUpdate("update staff set name = 'Grace' where id = 2"))
                    .isEqualTo(1);
            connection.lost = true;
            connection.setReadOnly(true);
            assertThat(connection.getAutoCommit()).isTrue();
        }
    }

    @Test
    void nobody_is_answered_what_was_never_said_of_auto_commit() throws SQLException {
        try (LosingConnection connection = connect(URL)) {
            connection.lost = true;
            connection.setReadOnly(true);
            assertThatThrownBy(connection::getAutoCommit).isInstanceOf(SQLException.class);
        }
    }

    /** HikariCP does so in the application's own {@code close}, which would throw. */
    @Test
    void what_a_pool_puts_back_before_it_puts_the_connection_away_finds_nothing_out_either() throws SQLException {
        try (LosingConnection connection = connect(URL)) {
            connection.setAutoCommit(true);
            connection.lost = true;
            connection.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
            connection.setAutoCommit(false);
            assertThat(staff(connection)).containsExactly("Ada", "Grace");
            connection.commit();
            connection.setAutoCommit(true);
            connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
            connection.clearWarnings();
            assertThat(under.figures("database").unansweredFailures()).isEqualTo(1);
            assertThatThrownBy(() -> connection.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE))
                    .as("lent again")
                    .isInstanceOf(SQLException.class);
        }
    }

    /** Read-only it puts back first, behind what the application itself put back. */
    @Test
    void nor_does_hikaris_close_throw_where_the_application_left_it_to_read_only() throws SQLException {
        Driver driver = new LosingDriver();
        DriverManager.registerDriver(driver);
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(URL);
        config.setMaximumPoolSize(1);
        try (HikariDataSource pool = new HikariDataSource(config)) {
            try (Connection connection = pool.getConnection()) {
                connection.unwrap(LosingConnection.class).lost = true;
                connection.setReadOnly(true);
                connection.setAutoCommit(false);
                assertThat(staff(connection)).containsExactly("Ada", "Grace");
                connection.commit();
                connection.setAutoCommit(true);
            }
        } finally {
            DriverManager.deregisterDriver(driver);
        }
    }

    @Test
    void in_a_transaction_nothing_is_hidden_and_what_it_writes_does_not_outlive_it() throws SQLException {
        try (LosingConnection connection = connect(URL)) {
            connection.setAutoCommit(true);
            connection.lost = true;
            connection.setReadOnly(true);
        }
        try (LosingConnection connection = connect(URL)) {
            connection.setAutoCommit(true);
            connection.setAutoCommit(false);
            connection.lost = true;
            assertThatThrownBy(() -> connection.setReadOnly(true)).isInstanceOf(SQLException.class);
            assertThatThrownBy(connection::getAutoCommit).isInstanceOf(SQLException.class);
            try (Statement statement = connection.createStatement()) {
                assertThatThrownBy(() -> statement.executeUpdate("delete from staff"))
                        .hasMessageContaining("part of a transaction");
            }
            assertThatThrownBy(connection::commit).isInstanceOf(SQLException.class);
        }
        assertThat(under.offered).isEmpty();
    }

    @Test
    void nor_in_one_that_a_statement_began_or_whose_session_was_set_by_one() throws SQLException {
        for (String begin : List.of("begin", "set autocommit off")) {
            try (LosingConnection connection = connect(URL)) {
                connection.setAutoCommit(true);
                try (Statement statement = connection.createStatement()) {
                    statement.execute(begin);
                }
                connection.lost = true;
                assertThatThrownBy(() -> connection.setReadOnly(true)).as(begin).isInstanceOf(SQLException.class);
            }
        }
    }

    @Test
    void its_end_has_nothing_to_end_by_a_statement_either() throws SQLException {
        try (LosingConnection connection = connect(URL)) {
            connection.lost = true;
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
                assertThat(statement.execute("rollback")).isFalse();
                assertThat(statement.getUpdateCount()).isZero();
                assertThat(statement.executeUpdate("COMMIT;")).isZero();
                assertThatThrownBy(() -> statement.execute("rollback to savepoint a"))
                        .isInstanceOf(SQLTransientConnectionException.class);
            }
            assertThat(staff(connection)).containsExactly("Ada", "Grace");
            connection.rollback();
            assertThat(under.figures("database").unansweredFailures()).isEqualTo(1);
        }
    }

    @Test
    void nothing_is_written_or_queued_as_if_there_were_no_transaction() throws SQLException {
        try (LosingConnection connection = connect(URL)) {
            connection.lost = true;
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
                assertThatThrownBy(() -> statement.executeUpdate("delete from staff"))
                        .isInstanceOf(SQLTransientConnectionException.class)
                        .hasMessageContaining("part of a transaction");
            }
            connection.rollback();
        }
        assertThat(under.offered).isEmpty();
        try (Connection connection = connect(URL)) {
            assertThat(staff(connection)).containsExactly("Ada", "Grace");
        }
    }

    @Test
    void a_transaction_that_wrote_already_is_not_taken_for_another() throws SQLException {
        try (LosingConnection connection = connect(URL);
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.executeUpdate("update staff set name = 'Eve' where id = 1");
            connection.lost = true;
            assertThatThrownBy(() -> connection.setAutoCommit(false)).isInstanceOf(SQLException.class);
        }
    }

    @Test
    void the_end_of_a_transaction_that_the_database_knows_is_told_as_it_is() throws SQLException {
        try (LosingConnection connection = connect(URL)) {
            connection.setAutoCommit(false);
            assertThat(staff(connection)).containsExactly("Ada", "Grace");
            connection.lost = true;
            assertThatThrownBy(connection::commit).isInstanceOf(SQLException.class);
            assertThatThrownBy(() -> connection.setAutoCommit(true)).isInstanceOf(SQLException.class);
        }
    }

    @Test
    void what_the_session_was_set_to_counts_for_what_is_answered() throws SQLException {
        try (LosingConnection connection = connect(URL)) {
            connection.setSchema("INFORMATION_SCHEMA");
            connection.lost = true;
            connection.setAutoCommit(false);
            assertThatThrownBy(() -> staff(connection)).isInstanceOf(SQLTransientConnectionException.class);
        }
    }

    @Test
    void without_a_fallback_it_is_only_counted() throws SQLException {
        try (LosingConnection connection = connect("jdbc:bare:h2:mem:bare");
                Statement statement = connection.createStatement()) {
            statement.execute("select 1");
            connection.lost = true;
            assertThatThrownBy(() -> connection.setAutoCommit(false))
                    .isInstanceOf(SQLException.class)
                    .hasMessage("The connection is lost");
            assertThat(under.figures("bare").unansweredFailures()).isEqualTo(1);
        }
    }

    private static List<String> staff(Connection connection) throws SQLException {
        List<String> names = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("select id, name from staff order by id")) {
            while (rows.next()) {
                names.add(rows.getString("name"));
            }
        }
        return names;
    }

    private static LosingConnection connect(String url) throws SQLException {
        return (LosingConnection) new LosingDriver().connect(url, new Properties());
    }

    static final class LosingDriver extends DriverUnderTest {

        @Override
        public Connection connect(String url, Properties info) throws SQLException {
            return new LosingConnection(url.replaceFirst("jdbc:\\w+:", "jdbc:"));
        }

        @Override
        public boolean acceptsURL(String url) {
            return url.startsWith("jdbc:losing:") || url.startsWith("jdbc:bare:");
        }
    }
}
