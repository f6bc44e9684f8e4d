package dev.resilience.testapps.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * An outage as an application behind this pool lives through it: a busy one, whose circuit opens, and one with so little to do
 * that it never does.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class PoolConformance {

    private static final Circuit CALM = new Circuit("calm");

    private static final String STAFF = "select id, name from staff where id <> ? order by id";

    private final Circuit circuit;
    private final String application;
    private Gateway gateway;
    private DataSource source;

    PoolConformance(String service) {
        this(service, service);
    }

    PoolConformance(String service, String application) {
        this.circuit = new Circuit(service);
        this.application = application;
    }

    String application() {
        return application;
    }

    abstract DataSource pool(String url) throws Exception;

    abstract void close(DataSource pool) throws Exception;

    /** Whether it finds out that a connection is dead before it lends it. */
    boolean tests() {
        return true;
    }

    /** Whether it makes a connection only for the borrower that waits for it, so that attempts can be counted. */
    boolean connectsOnDemand() {
        return true;
    }

    @BeforeAll
    final void start() throws Exception {
        gateway = new Gateway(PostgresServer.port());
        source = pool(PostgresServer.url(gateway.port(), application));
    }

    @AfterAll
    final void stop() throws Exception {
        close(source);
        gateway.close();
    }

    @Test
    void lives_through_an_outage() throws Exception {
        for (int i = 0; i < 3; i++) {
            assertThat(staff()).containsExactly("Ada", "Grace");
            assertThat(count()).isEqualTo(2);
        }
        assertThat(circuit.state()).isEqualTo("CLOSED");

        gateway.cut();
        for (int i = 0; i < 300 && !circuit.state().equals("OPEN"); i++) {
            try {
                count();
            } catch (SQLException away) {
                LockSupport.parkNanos(30_000_000);
            }
        }
        assertThat(circuit.state()).isEqualTo("OPEN");
        Instant before = Instant.now();
        assertThat(staff()).containsExactly("Ada", "Grace");
        assertThatThrownBy(this::count)
                .isInstanceOf(SQLException.class)
                .extracting(e -> ((SQLException) e).getSQLState())
                .isEqualTo("08000");
        assertThat(Duration.between(before, Instant.now())).isLessThan(Duration.ofSeconds(1));

        gateway.restore();
        for (int i = 0; i < 300 && !circuit.state().equals("CLOSED"); i++) {
            try {
                count();
            } catch (SQLException notYet) {
                LockSupport.parkNanos(100_000_000);
            }
        }
        assertThat(circuit.state()).isEqualTo("CLOSED");
        for (int i = 0; i < 3; i++) {
            assertThat(staff()).containsExactly("Ada", "Grace");
            assertThat(count()).isEqualTo(2);
        }
    }

    @Test
    void answers_every_borrower_before_anything_opens() throws Exception {
        assumeTrue(tests());
        Gateway way = new Gateway(PostgresServer.port());
        DataSource calm = pool(PostgresServer.url(way.port(), "calm-" + application));
        try {
            assertThat(staff(calm)).containsExactly("Ada", "Grace");
            way.cut();
            for (int i = 0; i < 3; i++) {
                int before = CALM.failures();
                assertThat(staff(calm)).containsExactly("Ada", "Grace");
                assertCounted(before);
            }
            int before = CALM.failures();
            assertThatThrownBy(() -> count(calm)).isInstanceOf(SQLException.class);
            assertCounted(before);

            way.restore();
            awaitAttemptsInVain(calm);
            for (int i = 0; i < 3; i++) {
                assertThat(count(calm)).as("no fallback answers it").isEqualTo(2);
                assertThat(staff(calm)).containsExactly("Ada", "Grace");
            }
            assertThat(CALM.state()).isEqualTo("CLOSED");
        } finally {
            close(calm);
            way.close();
        }
    }

    /** c3p0 turns borrowers away with whatever attempt of its own fails, and be it one that was made before they came. */
    private void awaitAttemptsInVain(DataSource pool) {
        if (!connectsOnDemand()) {
            Awaitility.await().atMost(Duration.ofSeconds(60)).ignoreExceptions().until(() -> count(pool) == 2);
        }
    }

    /** In vain, the database was asked again. */
    private void assertCounted(int before) {
        if (connectsOnDemand()) {
            assertThat(CALM.failures()).isEqualTo(before + 1);
        } else {
            assertThat(CALM.failures()).isGreaterThan(before);
        }
    }

    @Test
    void starts_while_its_database_is_away_and_nothing_is_open() throws Exception {
        assumeTrue(tests());
        Gateway way = new Gateway(PostgresServer.port());
        way.cut();
        DataSource calm = pool(PostgresServer.url(way.port(), "calm-" + application));
        try {
            assertThatThrownBy(() -> count(calm))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("no rule answers this statement");
            way.restore();
            awaitAttemptsInVain(calm);
            assertThat(count(calm)).isEqualTo(2);
        } finally {
            close(calm);
            way.close();
        }
    }

    private List<String> staff() throws SQLException {
        return staff(source);
    }

    private int count() throws SQLException {
        return count(source);
    }

    private static List<String> staff(DataSource source) throws SQLException {
        List<String> names = new ArrayList<>();
        try (Connection connection = source.getConnection();
                PreparedStatement statement = connection.prepareStatement(STAFF)) {
            statement.setInt(1, 17);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    names.add(rows.getString("name"));
                }
            }
        }
        return names;
    }

    private static int count(DataSource source) throws SQLException {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("select count(*) from staff")) {
            rows.next();
            return rows.getInt(1);
        }
    }
}
