package dev.resilience.testapps.harness;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.stream.Stream;

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

    /** Ends it as the kernel does when memory is short. It can be started again, and finds what was committed. */
    public void kill() throws IOException {
        for (ProcessHandle process : processes()) {
            process.destroyForcibly();
            process.onExit().join();
        }
        running = false;
        try {
            server.close();
        } catch (IOException gone) {
            // There is nothing left to stop.
        }
    }

    /** Stops all its processes in their tracks: the kernel goes on accepting connections, nobody answers. */
    public void pause() throws IOException {
        signal("STOP");
    }

    public void resume() throws IOException {
        signal("CONT");
    }

    private void signal(String name) throws IOException {
        for (ProcessHandle process : processes()) {
            try {
                new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                        .start()
                        .waitFor();
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** The server first, so that it starts no more of the others. */
    private List<ProcessHandle> processes() throws IOException {
        String pid =
                Files.readAllLines(directory.resolve("data/postmaster.pid")).get(0);
        ProcessHandle server = ProcessHandle.of(Long.parseLong(pid.trim())).orElseThrow();
        return Stream.concat(Stream.of(server), server.descendants()).toList();
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
