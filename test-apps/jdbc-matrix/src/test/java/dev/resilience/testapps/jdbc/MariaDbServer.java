package dev.resilience.testapps.jdbc;

import java.io.File;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** The distribution's MariaDB, one for all tests of the JVM, with the table {@code staff}: 1 Ada, 2 Grace. Ends with the JVM. */
final class MariaDbServer {

    private static int port;
    private static Path directory;
    private static Process server;

    private MariaDbServer() {}

    static boolean installed() {
        return new File("/usr/sbin/mariadbd").canExecute();
    }

    static synchronized int port() {
        if (port == 0) {
            try {
                install();
                try (ServerSocket socket = new ServerSocket(0)) {
                    port = socket.getLocalPort();
                }
                Runtime.getRuntime().addShutdownHook(new Thread(() -> server.destroyForcibly()));
                start();
            } catch (IOException | InterruptedException failed) {
                throw new IllegalStateException(failed);
            }
        }
        return port;
    }

    private static void install() throws IOException, InterruptedException {
        directory = Files.createTempDirectory("mariadb");
        int installed = new ProcessBuilder(
                        "mariadb-install-db",
                        "--no-defaults",
                        "--user=root",
                        "--auth-root-authentication-method=normal",
                        "--datadir=" + directory.resolve("data"))
                .redirectErrorStream(true)
                .redirectOutput(log())
                .start()
                .waitFor();
        if (installed != 0) {
            throw new IOException(
                    "mariadb-install-db ended with " + installed + ": " + Files.readString(log().toPath()));
        }
    }

    /** On the same port, with all that was committed. */
    static synchronized void start() throws IOException {
        server = new ProcessBuilder(
                        "/usr/sbin/mariadbd",
                        "--no-defaults",
                        "--user=root",
                        "--datadir=" + directory.resolve("data"),
                        "--port=" + port,
                        "--bind-address=127.0.0.1",
                        "--socket=" + directory.resolve("s"),
                        "--pid-file=" + directory.resolve("pid"))
                .redirectErrorStream(true)
                .redirectOutput(log())
                .start();
        Awaitility.await().atMost(Duration.ofSeconds(120)).ignoreExceptions().until(() -> {
            try (Connection connection = connect()) {
                return connection.isValid(5);
            }
        });
    }

    /** As by {@code kill -9}: what was connected is reset, and what comes is refused. */
    static synchronized void kill() throws InterruptedException {
        server.destroyForcibly();
        if (!server.waitFor(60, TimeUnit.SECONDS)) {
            throw new IllegalStateException("MariaDB lives");
        }
    }

    /** Stopped in its tracks: the kernel goes on accepting, and nobody answers. */
    static synchronized void freeze() throws IOException, InterruptedException {
        signal("STOP");
        // One of its threads may answer until all have heard of it.
        Path stat = Path.of("/proc/" + server.pid() + "/stat");
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .until(() -> Files.readString(stat).contains(") T "));
    }

    static synchronized void thaw() throws IOException, InterruptedException {
        signal("CONT");
    }

    private static void signal(String name) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + name, Long.toString(server.pid()))
                .start()
                .waitFor();
    }

    private static File log() {
        return directory.resolve("log").toFile();
    }

    private static Connection connect() throws SQLException {
        Connection connection = DriverManager.getConnection("jdbc:mariadb://127.0.0.1:" + port + "/test?user=root");
        try (Statement statement = connection.createStatement()) {
            statement.execute("create table if not exists staff(id int primary key, name varchar(50))");
            statement.execute("replace into staff values (1, 'Ada'), (2, 'Grace')");
        }
        return connection;
    }
}
