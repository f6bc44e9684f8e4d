package dev.resilience.instrument.jdbc;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;

/** H2 by {@code DriverManager}, its own source, and a pool over either; its classes are loaded before they are woven. */
class H2Test {

    private static final String URL = "jdbc:h2:mem:staff;DB_CLOSE_DELAY=-1";

    @BeforeAll
    static void fill() throws SQLException {
        try (Connection connection = DriverManager.getConnection(URL, "sa", "");
                Statement statement = connection.createStatement()) {
            statement.execute("create table if not exists staff(id int primary key, name varchar(50))");
            statement.execute("merge into staff values (1, 'Ada'), (2, 'Grace')");
        }
    }

    @AfterAll
    static void drop() throws SQLException {
        try (Connection connection = DriverManager.getConnection(URL, "sa", "");
                Statement statement = connection.createStatement()) {
            statement.execute("shutdown");
        }
    }

    @Nested
    class ByDriverManager extends JdbcConformance {

        @Override
        String url() {
            return "jdbc:h2:mem:staff*";
        }

        @Override
        Connection connect() throws SQLException {
            return DriverManager.getConnection(URL, "sa", "");
        }
    }

    @Nested
    class ByItsOwnSource extends JdbcConformance {

        private final org.h2.jdbcx.JdbcDataSource source = new org.h2.jdbcx.JdbcDataSource();

        @Override
        String url() {
            return "jdbc:h2:mem:staff*";
        }

        @Override
        Connection connect() throws SQLException {
            source.setURL(URL);
            source.setUser("sa");
            return source.getConnection();
        }
    }

    @Nested
    class ThroughHikari extends PooledConformance {

        @Override
        String address() {
            return URL;
        }

        @Override
        String url() {
            return "jdbc:h2:mem:staff*";
        }
    }
}
