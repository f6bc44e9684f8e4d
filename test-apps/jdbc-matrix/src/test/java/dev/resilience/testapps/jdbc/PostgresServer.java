package dev.resilience.testapps.jdbc;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;

/** One PostgreSQL for all tests of the JVM, with the table {@code staff}: 1 Ada, 2 Grace. Ends with the JVM. */
final class PostgresServer {

    private static EmbeddedPostgres server;

    private PostgresServer() {}

    static synchronized int port() {
        if (server == null) {
            try {
                server = EmbeddedPostgres.start();
                EmbeddedPostgres started = server;
                Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                    try {
                        started.close();
                    } catch (IOException gone) {
                        // The JVM ends anyway.
                    }
                }));
                try (Connection connection = DriverManager.getConnection(started.getJdbcUrl("postgres", "postgres"));
                        Statement statement = connection.createStatement()) {
                    statement.execute("create table staff(id int primary key, name varchar(50), since timestamptz)");
                    statement.execute("insert into staff values (1, 'Ada', now()), (2, 'Grace', null)");
                }
            } catch (IOException | SQLException failed) {
                throw new IllegalStateException(failed);
            }
        }
        return server.getPort();
    }

    /** @param application a rule's service is found by it */
    static String url(int port, String application) {
        return "jdbc:postgresql://localhost:" + port + "/postgres?ApplicationName=app-" + application + "-"
                + "&connectTimeout=5&socketTimeout=20";
    }
}
