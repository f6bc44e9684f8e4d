package dev.resilience.testapps.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** An outage as an application behind this pool lives through it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class PoolConformance {

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
        for (int i = 0; i < 20 && !circuit.state().equals("OPEN"); i++) {
            try {
                count();
            } catch (SQLException away) {
                // The outage, or its rejection.
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

    private List<String> staff() throws SQLException {
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

    private int count() throws SQLException {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("select count(*) from staff")) {
            rows.next();
            return rows.getInt(1);
        }
    }
}
