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
import org.awaitility.Awaitility;

/** The distribution's MariaDB, one for all tests of the JVM. Ends with the JVM. */
final class MariaDbServer {

    private static int port;

    private MariaDbServer() {}

    static boolean installed() {
        return new File("/usr/sbin/mariadbd").canExecute();
    }

    static synchronized int port() {
        if (port == 0) {
            try {
                port = start();
            } catch (IOException | InterruptedException failed) {
                throw new IllegalStateException(failed);
            }
        }
        return port;
    }

    private static int start() throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory("mariadb");
        Path log = directory.resolve("log");
        Path data = directory.resolve("data");
        int installed = new ProcessBuilder(
                        "mariadb-install-db",
                        "--no-defaults",
                        "--user=root",
                        "--auth-root-authentication-method=normal",
                        "--datadir=" + data)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start()
                .waitFor();
        if (installed != 0) {
            throw new IOException("mariadb-install-db ended with " + installed + ": " + Files.readString(log));
        }
        int free;
        try (ServerSocket socket = new ServerSocket(0)) {
            free = socket.getLocalPort();
        }
        Process server = new ProcessBuilder(
                        "/usr/sbin/mariadbd",
                        "--no-defaults",
                        "--user=root",
                        "--datadir=" + data,
                        "--port=" + free,
                        "--bind-address=127.0.0.1",
                        "--socket=" + directory.resolve("s"),
                        "--pid-file=" + directory.resolve("pid"))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        Runtime.getRuntime().addShutdownHook(new Thread(server::destroyForcibly));
        Awaitility.await().atMost(Duration.ofSeconds(120)).ignoreExceptions().until(() -> {
            try (Connection connection = connect(free)) {
                return connection.isValid(5);
            }
        });
        return free;
    }

    private static Connection connect(int port) throws SQLException {
        Connection connection = DriverManager.getConnection("jdbc:mariadb://127.0.0.1:" + port + "/test?user=root");
        try (Statement statement = connection.createStatement()) {
            statement.execute("create table if not exists staff(id int primary key, name varchar(50))");
            statement.execute("replace into staff values (1, 'Ada'), (2, 'Grace')");
        }
        return connection;
    }
}
