package dev.resilience.instrument.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** A real PostgreSQL, by {@code DriverManager}, its own source, and through HikariCP. */
class PostgresTest {

    private static EmbeddedPostgres server;
    private static String url;

    @BeforeAll
    static void start() throws IOException, SQLException {
        server = EmbeddedPostgres.start();
        url = server.getJdbcUrl("postgres", "postgres");
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            statement.execute("create table staff(id int primary key, name varchar(50))");
            statement.execute("insert into staff values (1, 'Ada'), (2, 'Grace')");
        }
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    /** The driver does, for a table's name or to tell a serial from an integer, and on the application's own connection. */
    @Test
    void taking_rows_of_built_in_types_down_asks_the_database_nothing() throws SQLException {
        String asked = "select id, name from staff";
        try (JdbcUnderTest under = new JdbcUnderTest(
                        "services: {db: {endpoints: [{name: all, jdbc: {url: 'jdbc:postgresql:*'}, fallback: [stale_cache]}]}}");
                Connection reading = DriverManager.getConnection(url);
                Connection watching = server.getPostgresDatabase().getConnection();
                Statement read = reading.createStatement();
                PreparedStatement last =
                        watching.prepareStatement("select query from pg_stat_activity where pid = ?")) {
            try (ResultSet rows = read.executeQuery("select pg_backend_pid()")) {
                rows.next();
                last.setInt(1, rows.getInt(1));
            }
            try (ResultSet rows = read.executeQuery(asked)) {
                while (rows.next()) {
                    rows.getString(2);
                }
            }
            try (ResultSet query = last.executeQuery()) {
                query.next();
                assertThat(query.getString(1)).isEqualTo(asked);
            }
            under.open("db", url);
            try (ResultSet rows = read.executeQuery(asked)) {
                assertThat(rows.getMetaData().getColumnTypeName(1)).isEqualTo("int4");
            }
        }
    }

    /** By another thread, its user having gone away, or the pool that shuts down. */
    @Test
    void what_a_connection_does_that_is_aborted_counts_as_nothing() throws Exception {
        try (JdbcUnderTest under = new JdbcUnderTest(
                        "services: {db: {endpoints: [{name: all, jdbc: {url: 'jdbc:postgresql:*'}}]}}");
                Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            CompletableFuture<Boolean> sleeping = CompletableFuture.supplyAsync(() -> {
                try {
                    return statement.execute("select pg_sleep(60)");
                } catch (SQLException aborted) {
                    return null;
                }
            });
            awaitOneThatSleeps();
            connection.abort(Runnable::run);
            assertThat(sleeping.get(30, TimeUnit.SECONDS)).isNull();
            assertThat(under.figures("db").unansweredFailures()).isZero();
        }
    }

    private static void awaitOneThatSleeps() throws SQLException {
        try (Connection watching = server.getPostgresDatabase().getConnection();
                Statement statement = watching.createStatement()) {
            Awaitility.await().until(() -> {
                try (ResultSet sleeping =
                        statement.executeQuery("select 1 from pg_stat_activity where wait_event = 'PgSleep'")) {
                    return sleeping.next();
                }
            });
        }
    }

    @Test
    void rows_are_cut_short_by_either_name_of_the_limit() throws SQLException {
        String asked = "select id, name from staff order by id";
        try (JdbcUnderTest under = new JdbcUnderTest(
                "services: {db: {endpoints: [{name: all, jdbc: {url: 'jdbc:postgresql:*'}, fallback: [stale_cache]}]}}")) {
            assertThat(count(asked, 0)).isEqualTo(2);
            assertThat(count(asked, 1)).isEqualTo(1);
            under.open("db", url);
            assertThat(count(asked, 1)).isEqualTo(1);
            assertThat(count(asked, 0)).isEqualTo(2);
        }
    }

    private static int count(String sql, long most) throws SQLException {
        int count = 0;
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            if (OfflineConnections.is(connection)) {
                statement.setLargeMaxRows(most);
                assertThat(statement.getLargeMaxRows()).isEqualTo(most);
            } else {
                statement.setMaxRows((int) most);
            }
            try (ResultSet rows = statement.executeQuery(sql)) {
                while (rows.next()) {
                    rows.getString(2);
                    count++;
                }
            }
        }
        return count;
    }

    @Nested
    class ByDriverManager extends JdbcConformance {

        @Override
        String url() {
            return "jdbc:postgresql:*";
        }

        @Override
        Connection connect() throws SQLException {
            return DriverManager.getConnection(url);
        }
    }

    @Nested
    class ByItsOwnSource extends JdbcConformance {

        @Override
        String url() {
            return "jdbc:postgresql:*";
        }

        @Override
        Connection connect() throws SQLException {
            return server.getPostgresDatabase().getConnection();
        }
    }

    @Nested
    class ThroughHikari extends PooledConformance {

        @Override
        String address() {
            return url;
        }

        @Override
        String user() {
            return "postgres";
        }

        @Override
        String url() {
            return "jdbc:postgresql:*";
        }
    }
}
