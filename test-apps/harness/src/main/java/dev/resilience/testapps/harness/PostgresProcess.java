package dev.resilience.testapps.harness;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/** A real PostgreSQL server that can be stopped and started again with what it held. Not thread-safe. */
public final class PostgresProcess implements AutoCloseable {

    private final Path directory;
    private final int port;
    private EmbeddedPostgres server;
    private boolean running;

    /** Starts a server on a free port. @param directory exists, and is the caller's to remove */
    public PostgresProcess(Path directory) throws IOException {
        this.directory = directory;
        this.port = FreePort.next();
        start();
    }

    public void start() throws IOException {
        server = EmbeddedPostgres.builder()
                .setPort(port)
                .setDataDirectory(directory.resolve("data"))
                .setCleanDataDirectory(false)
                .setOverrideWorkingDirectory(directory.resolve("programs").toFile())
                .setErrorRedirector(ProcessBuilder.Redirect.DISCARD)
                .setOutputRedirector(ProcessBuilder.Redirect.DISCARD)
                .start();
        running = true;
    }

    /** Stops it as an operator would in a hurry: its connections are cut, new ones are refused. */
    public void stop() throws IOException {
        if (running) {
            running = false;
            server.close();
        }
    }

    public String jdbcUrl(String database) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + database;
    }

    public String user() {
        return "postgres";
    }

    /** Runs statements one by one on {@code database}. */
    public void run(String database, String... statements) throws SQLException {
        try (Connection connection = server.getDatabase(user(), database).getConnection();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    @Override
    public void close() throws IOException {
        stop();
    }
}
