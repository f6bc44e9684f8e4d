package dev.resilience.testapps.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** All pools at once, under load, over a PostgreSQL that is not there at their start, comes, is stopped, and is started again. */
class PoolsUnderLoadTest {

    private static final Duration LONG = Duration.ofSeconds(90);
    private static final int LARGEST = 3;

    @TempDir
    static Path directory;

    private final int port = freePort();

    @Test
    void pools_start_without_their_database_and_stay_whole_through_its_restarts() throws Exception {
        List<Loaded> all = new ArrayList<>();
        for (PoolConformance kind : kinds()) {
            all.add(new Loaded(kind, port));
        }
        EmbeddedPostgres server = start();
        try {
            for (Loaded each : all) {
                each.awaitFresh();
            }
            for (Loaded each : all) {
                each.begin();
            }
            for (int restart = 0; restart < 2; restart++) {
                Loaded.awaitCalls(all);
                server.close();
                for (Loaded each : all) {
                    each.circuit.await("OPEN");
                }
                for (Loaded each : all) {
                    each.unanswered.set(0);
                }
                Loaded.awaitCalls(all);
                for (Loaded each : all) {
                    assertThat(each.unanswered)
                            .as(each.name() + " " + each.last)
                            .hasValue(0);
                }
                server = start();
                for (Loaded each : all) {
                    each.circuit.await("CLOSED");
                }
            }
            for (Loaded each : all) {
                each.end();
            }
            for (Loaded each : all) {
                each.isWhole(server);
            }
        } finally {
            for (Loaded each : all) {
                each.close();
            }
            server.close();
        }
    }

    private static List<PoolConformance> kinds() {
        PoolsTest pools = new PoolsTest();
        return List.of(
                pools.new Hikari(),
                pools.new Dbcp2(),
                pools.new Dbcp2WithPooledStatements(),
                pools.new Tomcat(),
                pools.new C3p0(),
                pools.new Agroal(),
                pools.new SpringDriverManager(),
                pools.new TheDriversOwnSource());
    }

    private EmbeddedPostgres start() throws IOException, SQLException {
        EmbeddedPostgres server = EmbeddedPostgres.builder()
                .setPort(port)
                .setDataDirectory(directory.resolve("data"))
                .setCleanDataDirectory(false)
                .start();
        try (Connection connection = server.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("create table if not exists staff(id int primary key, name varchar(50))");
            statement.execute("insert into staff values (1, 'Ada'), (2, 'Grace') on conflict do nothing");
        }
        return server;
    }

    private static int freePort() {
        try (ServerSocket any = new ServerSocket(0)) {
            return any.getLocalPort();
        } catch (IOException failed) {
            throw new IllegalStateException(failed);
        }
    }

    /** One pool with its two callers. */
    private static final class Loaded {

        final Circuit circuit;
        final AtomicInteger unanswered = new AtomicInteger();
        private final AtomicInteger calls = new AtomicInteger();
        private final PoolConformance kind;
        private final DataSource pool;
        private final List<Thread> callers = new ArrayList<>();
        private volatile boolean over;
        private volatile Exception last;

        Loaded(PoolConformance kind, int port) throws Exception {
            this.kind = kind;
            this.circuit = new Circuit("load-" + kind.application());
            this.pool = kind.pool(PostgresServer.url(port, "load-" + kind.application()));
        }

        String name() {
            return kind.application();
        }

        void awaitFresh() {
            Awaitility.await(name())
                    .atMost(LONG)
                    .pollInterval(Duration.ofMillis(100))
                    .ignoreExceptions()
                    .until(() -> staff(pool).equals(List.of("Ada", "Grace"))
                            && circuit.state().equals("CLOSED"));
        }

        void begin() {
            for (int i = 0; i < 2; i++) {
                Thread caller = new Thread(this::call, "caller of " + name());
                callers.add(caller);
                caller.start();
            }
        }

        private void call() {
            while (!over) {
                try {
                    staff(pool);
                } catch (SQLException | RuntimeException failed) {
                    unanswered.incrementAndGet();
                    last = failed;
                }
                calls.incrementAndGet();
                LockSupport.parkNanos(20_000_000);
            }
        }

        /** Each pool's callers come through some more times. */
        static void awaitCalls(List<Loaded> all) {
            for (Loaded each : all) {
                int before = each.calls.get();
                Awaitility.await(each.name()).atMost(LONG).until(() -> each.calls.get() > before + 20);
            }
        }

        void end() throws InterruptedException {
            over = true;
            for (Thread caller : callers) {
                caller.join(LONG.toMillis());
                assertThat(caller.isAlive()).as(name()).isFalse();
            }
        }

        /** As many connections as it may have can be had at once, and there are no others. */
        void isWhole(EmbeddedPostgres server) throws SQLException {
            if (!kind.tests()) {
                // One that lay in the pool through the last restart is found dead by who uses it, and thrown away.
                areValid();
            }
            assertThat(areValid()).as(name()).hasSize(LARGEST).containsOnly(true);
            Awaitility.await(name())
                    .atMost(LONG)
                    .untilAsserted(() -> assertThat(open(server)).isLessThanOrEqualTo(LARGEST));
        }

        /** All connections of the pool at once. */
        private List<Boolean> areValid() throws SQLException {
            List<Connection> borrowed = new ArrayList<>();
            List<Boolean> valid = new ArrayList<>();
            try {
                for (int i = 0; i < LARGEST; i++) {
                    Connection connection = pool.getConnection();
                    borrowed.add(connection);
                    valid.add(connection.isValid(20));
                }
            } finally {
                for (Connection connection : borrowed) {
                    connection.close();
                }
            }
            return valid;
        }

        private int open(EmbeddedPostgres server) throws SQLException {
            try (Connection connection = server.getPostgresDatabase().getConnection();
                    PreparedStatement count = connection.prepareStatement(
                            "select count(*) from pg_stat_activity where application_name = ?")) {
                count.setString(1, "app-load-" + name() + "-");
                try (ResultSet rows = count.executeQuery()) {
                    rows.next();
                    return rows.getInt(1);
                }
            }
        }

        void close() throws Exception {
            over = true;
            kind.close(pool);
        }
    }

    private static List<String> staff(DataSource pool) throws SQLException {
        List<String> names = new ArrayList<>();
        try (Connection connection = pool.getConnection();
                PreparedStatement statement =
                        connection.prepareStatement("select id, name from staff where id <> ? order by id")) {
            statement.setInt(1, 17);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    names.add(rows.getString("name"));
                }
            }
        }
        return names;
    }
}
