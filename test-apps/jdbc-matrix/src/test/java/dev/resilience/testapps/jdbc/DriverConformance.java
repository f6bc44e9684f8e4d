package dev.resilience.testapps.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** A server that goes, hangs and comes back, as an application on this driver lives through it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class DriverConformance {

    private static final String STAFF = "select id, name from staff where id <> ? order by id";

    /** A rule's deadline of one second, a second's grace, and a busy machine. */
    private static final Duration SOON = Duration.ofSeconds(9);

    private final Circuit circuit;
    private Gateway gateway;

    DriverConformance(String service) {
        this.circuit = new Circuit(service);
    }

    abstract boolean installed();

    /** Of a server with the table {@code staff}: 1 Ada, 2 Grace. */
    abstract int serverPort();

    /** Without any time-out of the driver's own. */
    abstract String url(int port);

    abstract String sleep(int seconds);

    @BeforeAll
    final void start() throws Exception {
        assumeTrue(installed(), "no server on this machine");
        gateway = new Gateway(serverPort());
    }

    @AfterAll
    final void stop() throws Exception {
        if (gateway != null) {
            gateway.close();
        }
    }

    @BeforeEach
    final void well() throws Exception {
        gateway.restore();
        circuit.reset();
    }

    @Test
    void stale_rows_while_it_is_gone_and_fresh_ones_when_it_is_back() throws Exception {
        assertThat(staff()).containsExactly("Ada", "Grace");
        gateway.cut();
        open();
        assertThat(staff()).containsExactly("Ada", "Grace");
        assertThatThrownBy(this::count)
                .isInstanceOf(SQLException.class)
                .extracting(e -> ((SQLException) e).getSQLState())
                .isEqualTo("08000");
        gateway.restore();
        for (int i = 0; i < 300 && !circuit.state().equals("CLOSED"); i++) {
            try {
                count();
            } catch (SQLException notYet) {
                LockSupport.parkNanos(100_000_000);
            }
        }
        assertThat(circuit.state()).isEqualTo("CLOSED");
        assertThat(count()).isEqualTo(2);
    }

    @Test
    void the_callers_errors_leave_the_circuit_closed() throws Exception {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            for (String wrong : List.of(
                    "select nonsense from staff",
                    "selec 1",
                    "select 1 from no_such_table",
                    "insert into staff(id, name) values (1, 'Twin')",
                    "insert into staff(id, name) values (null, 'Nobody')")) {
                assertThatThrownBy(() -> statement.execute(wrong)).isInstanceOf(SQLException.class);
            }
        }
        assertThat(circuit.state()).isEqualTo("CLOSED");
    }

    @Test
    void a_slow_statement_ends_at_the_deadline_and_the_connection_stays() throws Exception {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            long began = System.nanoTime();
            assertThatThrownBy(() -> statement.execute(sleep(30))).isInstanceOf(SQLException.class);
            assertThat(since(began)).isLessThan(SOON);
            assertThat(connection.isClosed()).isFalse();
            assertThat(connection.isValid(20)).isTrue();
            assertThat(connection.getNetworkTimeout()).isZero();
            assertThat(statement.getQueryTimeout()).isZero();
            assertThat(circuit.failures()).isEqualTo(1);
        }
    }

    @Test
    void a_server_that_hangs_frees_the_callers_at_the_deadline() throws Exception {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            gateway.stall();
            long began = System.nanoTime();
            assertThatThrownBy(() -> statement.executeQuery("select count(*) from staff"))
                    .isInstanceOf(SQLException.class);
            assertThat(since(began)).isLessThan(SOON);
            assertThat(connection.isClosed()).isTrue();
            assertThat(circuit.failures()).isEqualTo(1);
        }
        long began = System.nanoTime();
        try (Connection offline = connect()) {
            assertThat(offline.getMetaData().getSQLKeywords()).isEmpty();
        }
        assertThat(since(began)).isLessThan(SOON);
        assertThat(circuit.failures()).isEqualTo(2);
    }

    @Test
    void a_connection_made_under_a_deadline_waits_afterwards_as_the_application_lets_it() throws Exception {
        try (Connection connection = connect()) {
            assertThat(connection.getNetworkTimeout()).isZero();
        }
    }

    private void open() {
        for (int i = 0; i < 20 && !circuit.state().equals("OPEN"); i++) {
            try {
                count();
            } catch (SQLException away) {
                // The outage, or its rejection.
            }
        }
        assertThat(circuit.state()).isEqualTo("OPEN");
    }

    private Connection connect() throws SQLException {
        return DriverManager.getConnection(url(gateway.port()));
    }

    private List<String> staff() throws SQLException {
        List<String> names = new ArrayList<>();
        try (Connection connection = connect();
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

    private int count() throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("select count(*) from staff")) {
            rows.next();
            return rows.getInt(1);
        }
    }

    private static Duration since(long nanoTime) {
        return Duration.ofNanos(System.nanoTime() - nanoTime);
    }
}
