package dev.resilience.instrument.jdbc;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A real PostgreSQL for the tests of a class. */
final class PostgresUnderTest implements BeforeAllCallback, AfterAllCallback {

    private final String[] setUp;
    private EmbeddedPostgres server;

    /** @param setUp statements that make what the tests find there */
    PostgresUnderTest(String... setUp) {
        this.setUp = setUp;
    }

    @Override
    public void beforeAll(ExtensionContext tests) throws IOException, SQLException {
        server = EmbeddedPostgres.builder()
                .setServerConfig("max_prepared_transactions", "4")
                .start();
        run(setUp);
    }

    /** On a connection of its own. */
    void run(String... statements) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url());
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    @Override
    public void afterAll(ExtensionContext tests) throws IOException {
        server.close();
    }

    int port() {
        return server.getPort();
    }

    String url() {
        return server.getJdbcUrl("postgres", "postgres");
    }
}
