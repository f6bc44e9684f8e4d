package dev.resilience.testapps.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each driver over a real server; those whose server cannot be had here, against one that refuses and one that hangs. */
class DriversTest {

    @Nested
    class PostgreSql extends DriverConformance {

        PostgreSql() {
            super("postgresql-driver");
        }

        @Override
        boolean installed() {
            return true;
        }

        @Override
        int serverPort() {
            return PostgresServer.port();
        }

        @Override
        String url(int port) {
            return "jdbc:postgresql://localhost:" + port + "/postgres?user=postgres&ApplicationName=driver-postgresql-";
        }

        @Override
        String sleep(int seconds) {
            return "select pg_sleep(" + seconds + ")";
        }
    }

    @Nested
    class MariaDb extends DriverConformance {

        MariaDb() {
            super("mariadb-driver");
        }

        @Override
        boolean installed() {
            return MariaDbServer.installed();
        }

        @Override
        int serverPort() {
            return MariaDbServer.port();
        }

        @Override
        String url(int port) {
            return "jdbc:mariadb://127.0.0.1:" + port + "/test?user=root&x=driver-mariadb-";
        }

        @Override
        String sleep(int seconds) {
            return "select sleep(" + seconds + ") from staff";
        }
    }

    @Nested
    class MySql extends DriverConformance {

        MySql() {
            super("mysql-driver");
        }

        @Override
        boolean installed() {
            return MariaDbServer.installed();
        }

        @Override
        int serverPort() {
            return MariaDbServer.port();
        }

        @Override
        String url(int port) {
            return "jdbc:mysql://127.0.0.1:" + port + "/test?user=root&sslMode=DISABLED&x=driver-mysql-";
        }

        @Override
        String sleep(int seconds) {
            return "select sleep(" + seconds + ") from staff";
        }
    }

    @ParameterizedTest
    @CsvSource({
        "sqlserver-refused, jdbc:sqlserver://127.0.0.1:PORT;encrypt=false;user=x;password=y;applicationName=driver-sqlserver-refused",
        "oracle-refused, jdbc:oracle:thin:x/y@//127.0.0.1:PORT/driver-oracle-refused"
    })
    void a_refused_connection_counts_and_opens_the_circuit(String service, String url) throws Exception {
        Circuit circuit = new Circuit(service);
        String refusing;
        try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            refusing = url.replace("PORT", Integer.toString(closed.getLocalPort()));
        }
        for (int i = 1; i <= 2; i++) {
            assertThat(circuit.state()).isEqualTo("CLOSED");
            assertThatThrownBy(() -> DriverManager.getConnection(refusing))
                    .isInstanceOf(SQLException.class)
                    .isNotInstanceOf(SQLTransientConnectionException.class);
        }
        assertThat(circuit.state()).isEqualTo("OPEN");
        assertThatThrownBy(() -> DriverManager.getConnection(refusing))
                .isInstanceOf(SQLTransientConnectionException.class)
                .hasMessageContaining("Circuit of service '" + service + "' is open")
                .extracting(e -> ((SQLException) e).getSQLState())
                .isEqualTo("08000");
        circuit.reset();
    }

    @ParameterizedTest
    @CsvSource({
        "sqlserver-hanging, jdbc:sqlserver://127.0.0.1:PORT;encrypt=false;user=x;password=y;applicationName=driver-sqlserver-hanging",
        "oracle-hanging, jdbc:oracle:thin:x/y@//127.0.0.1:PORT/driver-oracle-hanging"
    })
    void an_attempt_to_connect_to_a_server_that_hangs_ends_at_the_deadline(String service, String url)
            throws Exception {
        Circuit circuit = new Circuit(service);
        // The kernel accepts; nobody ever reads.
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            String hanging = url.replace("PORT", Integer.toString(silent.getLocalPort()));
            long began = System.nanoTime();
            assertThatThrownBy(() -> DriverManager.getConnection(hanging)).isInstanceOf(SQLException.class);
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(9));
            assertThat(circuit.failures()).isEqualTo(1);
        }
        circuit.reset();
    }
}
