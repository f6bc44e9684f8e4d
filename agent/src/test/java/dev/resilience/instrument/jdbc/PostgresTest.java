package dev.resilience.instrument.jdbc;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;

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
