package dev.resilience.instrument.jdbc;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InputStream;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A statement that no later run could stand for is refused, and the caller is told why. */
class NotQueuedTest {

    private static final String URL = "jdbc:h2:mem:unqueued";
    private static final String INSERT = "insert into t values (?)";

    @RegisterExtension
    final JdbcUnderTest under = new JdbcUnderTest("""
            services:
              database:
                endpoints:
                  - {name: writes, jdbc: {url: "jdbc:h2:mem:unqueued*", sql: "insert *"}, fallback: [queue]}
                  - {name: either, jdbc: {url: "jdbc:h2:mem:unqueued*", sql: "select n from t"}, fallback: [queue, manual_review]}
                  - {name: flagged, jdbc: {url: "jdbc:h2:mem:unqueued*", sql: "select * from t"}, fallback: [manual_review]}
            """);

    private Connection connection;

    @BeforeEach
    void connect() throws SQLException {
        connection = DriverManager.getConnection(URL);
        try (Statement statement = connection.createStatement()) {
            statement.execute("create table t (n int)");
        }
    }

    @AfterEach
    void end() throws SQLException {
        connection.close();
    }

    @Test
    void in_a_transaction() throws SQLException {
        connection.setAutoCommit(false);
        under.open("database", URL);
        try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
            insert.setInt(1, 7);
            refused(insert::executeUpdate, "it is part of a transaction");
        }
        connection.rollback();
    }

    @Test
    void in_a_batch() throws SQLException {
        under.open("database", URL);
        try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
            insert.setInt(1, 7);
            insert.addBatch();
            refused(insert::executeBatch, "it is part of a transaction or a batch");
        }
    }

    /** Who gets none takes the statement for failed, and makes it again. */
    @Test
    void for_a_caller_that_asks_for_generated_keys() throws SQLException {
        under.open("database", URL);
        try (PreparedStatement insert = connection.prepareStatement(INSERT, Statement.RETURN_GENERATED_KEYS);
                PreparedStatement named = connection.prepareStatement(INSERT, new String[] {"n"});
                Statement plain = connection.createStatement()) {
            insert.setInt(1, 7);
            named.setInt(1, 7);
            refused(insert::executeUpdate, "keys that the database makes");
            refused(named::executeUpdate, "keys that the database makes");
            refused(
                    () -> plain.executeUpdate("insert into t values (7)", Statement.RETURN_GENERATED_KEYS),
                    "keys that the database makes");
        }
    }

    @Test
    void with_settings_of_its_connection() throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("create schema other");
        }
        connection.setSchema("OTHER");
        under.open("database", URL);
        try (Statement insert = connection.createStatement()) {
            refused(() -> insert.executeUpdate("insert into public.t values (1)"), "settings of its own");
        }
    }

    @Test
    void with_a_parameter_that_can_be_read_but_once() throws SQLException {
        under.open("database", URL);
        try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
            insert.setBinaryStream(1, InputStream.nullInputStream());
            refused(insert::executeUpdate, "its parameters cannot all be kept");
        }
    }

    @Test
    void nor_is_what_asks_for_rows_flagged_and_nobody_who_has_no_queue_is_told_of_one() throws SQLException {
        under.open("database", URL);
        try (Statement statement = connection.createStatement()) {
            assertThatThrownBy(() -> statement.executeQuery("select * from t"))
                    .hasMessageEndingWith("; the statement cannot be flagged for review: it asks for rows");
            assertThatThrownBy(() -> statement.executeQuery("select n from t"))
                    .hasMessageEndingWith("; the statement cannot be queued: it asks for rows");
        }
    }

    private static void refused(ThrowingCallable call, String why) {
        assertThatThrownBy(call)
                .isInstanceOf(SQLTransientConnectionException.class)
                .hasMessageContaining("Circuit of service 'database' is open")
                .hasMessageContaining("the statement cannot be queued: ")
                .hasMessageContaining(why)
                .extracting(e -> ((SQLException) e).getSQLState())
                .isEqualTo("08000");
    }
}
