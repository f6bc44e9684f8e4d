package dev.resilience.testapps.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A PostgreSQL whose processes are stopped in their tracks (SIGSTOP): the kernel goes on accepting, nobody answers, and nothing
 * is ever reset. Neither application nor pool has a time-out of its own for that; the rule's deadline is all there is.
 */
class FrozenDatabaseTest {

    /** A deadline of one second, a second's grace, and a busy machine. */
    private static final Duration SOON = Duration.ofSeconds(20);

    private static final Duration LONG = Duration.ofSeconds(90);
    private static final int LARGEST = 3;

    @TempDir
    static Path directory;

    @Test
    void callers_are_freed_at_the_deadline_and_no_pool_loses_a_connection() throws Exception {
        Path data = directory.resolve("data");
        PoolsTest pools = new PoolsTest();
        try (EmbeddedPostgres server =
                EmbeddedPostgres.builder().setDataDirectory(data).start()) {
            List<Frozen> all = new ArrayList<>();
            for (PoolConformance kind : List.of(pools.new Hikari(), pools.new Dbcp2())) {
                all.add(new Frozen(kind, server));
            }
            try {
                for (Frozen each : all) {
                    each.borrow();
                }
                signal("STOP", data);
                try {
                    for (Frozen each : all) {
                        each.isFreedAtTheDeadline();
                    }
                    for (Frozen each : all) {
                        each.opens();
                    }
                } finally {
                    signal("CONT", data);
                }
                for (Frozen each : all) {
                    each.recovers();
                    each.isWhole();
                }
            } finally {
                for (Frozen each : all) {
                    each.kind.close(each.pool);
                }
            }
        }
    }

    /** The server first, so that it starts no more of the others. */
    private static void signal(String name, Path data) throws IOException, InterruptedException {
        String pid = Files.readAllLines(data.resolve("postmaster.pid")).get(0).trim();
        ProcessHandle server = ProcessHandle.of(Long.parseLong(pid)).orElseThrow();
        for (ProcessHandle process :
                Stream.concat(Stream.of(server), server.descendants()).toList()) {
            new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                    .start()
                    .waitFor();
        }
    }

    private static final class Frozen {

        private final PoolConformance kind;
        private final EmbeddedPostgres server;
        private final Circuit circuit;
        private final DataSource pool;
        private final String application;
        private Connection borrowed;

        Frozen(PoolConformance kind, EmbeddedPostgres server) throws Exception {
            this.kind = kind;
            this.server = server;
            this.circuit = new Circuit("frozen-" + kind.application());
            this.application = "app-frozen-" + kind.application() + "-";
            this.pool = kind.pool(
                    "jdbc:postgresql://localhost:" + server.getPort() + "/postgres?ApplicationName=" + application);
        }

        void borrow() throws SQLException {
            borrowed = pool.getConnection();
            one(borrowed);
        }

        void isFreedAtTheDeadline() {
            long began = System.nanoTime();
            assertThatThrownBy(() -> one(borrowed)).as(application).isInstanceOf(SQLException.class);
            assertThat(Duration.ofNanos(System.nanoTime() - began))
                    .as(application)
                    .isLessThan(SOON);
            assertThat(circuit.failures()).as(application).isPositive();
            try {
                borrowed.close();
            } catch (SQLException connectsAnew) {
                // DBCP2 looks for another connection at once, and says that it found none.
            }
        }

        /** Whoever comes meanwhile waits no longer than the pool lets him, and once the circuit is open not at all. */
        void opens() {
            long began = System.nanoTime();
            for (int i = 0; i < 10 && circuit.state().equals("CLOSED"); i++) {
                assertThatThrownBy(this::one).as(application).isInstanceOf(SQLException.class);
            }
            assertThat(circuit.state()).as(application).isNotEqualTo("CLOSED");
            assertThat(Duration.ofNanos(System.nanoTime() - began))
                    .as(application)
                    .isLessThan(LONG);
        }

        void recovers() {
            Awaitility.await(application).atMost(LONG).ignoreExceptions().until(() -> {
                one();
                return circuit.state().equals("CLOSED");
            });
        }

        /** As many connections as it may have can be had at once, and there are no others. */
        void isWhole() throws SQLException {
            List<Connection> all = new ArrayList<>();
            try {
                for (int i = 0; i < LARGEST; i++) {
                    all.add(pool.getConnection());
                    one(all.get(i));
                }
            } finally {
                for (Connection connection : all) {
                    connection.close();
                }
            }
            Awaitility.await(application)
                    .atMost(LONG)
                    .untilAsserted(() -> assertThat(open()).isLessThanOrEqualTo(LARGEST));
        }

        private void one() throws SQLException {
            try (Connection connection = pool.getConnection()) {
                one(connection);
            }
        }

        private static void one(Connection connection) throws SQLException {
            try (Statement statement = connection.createStatement();
                    ResultSet rows = statement.executeQuery("select 1")) {
                assertThat(rows.next()).isTrue();
            }
        }

        private int open() throws SQLException {
            try (Connection connection = server.getPostgresDatabase().getConnection();
                    PreparedStatement count = connection.prepareStatement(
                            "select count(*) from pg_stat_activity where application_name = ?")) {
                count.setString(1, application);
                try (ResultSet rows = count.executeQuery()) {
                    rows.next();
                    return rows.getInt(1);
                }
            }
        }
    }
}
