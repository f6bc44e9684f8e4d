package dev.resilience.instrument.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.resilience.bootstrap.Bridge;
import dev.resilience.breaker.State;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.ServerSocket;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A PostgreSQL that is not there, and comes back. */
class OutageTest {

    private static final String STAFF = "select id, name from staff order by id";

    private final long failuresBefore = Bridge.failures();
    private int port;
    private String url;
    private JdbcUnderTest under;
    private EmbeddedPostgres server;

    @BeforeEach
    void weave() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        url = "jdbc:postgresql://localhost:" + port + "/postgres?ApplicationName=app";
        under = new JdbcUnderTest("""
                services:
                  database:
                    breaker: {timeout: 30s, failure_threshold: 3}
                    endpoints:
                      - name: staff
                        jdbc: {url: "jdbc:postgresql:*=app", sql: "select id, name from staff*"}
                        fallback: [stale_cache, {respond: {rows: {columns: [id, name], values: [[0, nobody]]}}}]
                      - name: everything_else
                        jdbc: {url: "jdbc:postgresql:*=app"}
                """);
    }

    @AfterEach
    void unweave() throws IOException {
        under.close();
        if (server != null) {
            server.close();
        }
        assertThat(Bridge.failures()).isEqualTo(failuresBefore);
    }

    @Test
    void a_refused_connection_counts_as_one_failure_and_opens_the_circuit() {
        under.close();
        under = new JdbcUnderTest("""
                services:
                  database:
                    breaker: {timeout: 30s, failure_threshold: 3}
                    endpoints:
                      - {name: all, jdbc: {url: "jdbc:postgresql:*=app"}}
                """);
        for (int i = 1; i <= 3; i++) {
            assertThat(under.state("database")).isEqualTo(State.CLOSED);
            assertThatThrownBy(() -> DriverManager.getConnection(url, "postgres", ""))
                    .isInstanceOf(SQLException.class)
                    .extracting(e -> ((SQLException) e).getSQLState())
                    .isEqualTo("08001");
            assertThat(under.figures("database").unansweredFailures()).isEqualTo(i);
        }
        assertThat(under.state("database")).isEqualTo(State.OPEN);
        assertThatThrownBy(() -> DriverManager.getConnection(url, "postgres", ""))
                .isInstanceOf(SQLTransientConnectionException.class)
                .hasMessageContaining("Circuit of service 'database' is open");
    }

    @Test
    void a_pool_that_could_not_start_starts_answers_and_comes_to_life() throws Exception {
        try (HikariDataSource pool = pool()) {
            try (Connection connection = pool.getConnection();
                    Statement statement = connection.createStatement();
                    ResultSet rows = statement.executeQuery(STAFF)) {
                assertThat(rows.next()).isTrue();
                assertThat(rows.getString("name")).isEqualTo("nobody");
            }
            assertThatThrownBy(() -> {
                        try (Connection connection = pool.getConnection();
                                Statement statement = connection.createStatement()) {
                            statement.executeQuery("select 17");
                        }
                    })
                    .isInstanceOf(SQLTransientConnectionException.class);
            under.open("database", url);
            start();
            under.forward(Duration.ofSeconds(31));
            assertThat(under.state("database")).isEqualTo(State.HALF_OPEN);
            for (int i = 0; i < 2; i++) {
                try (Connection connection = pool.getConnection();
                        Statement statement = connection.createStatement()) {
                    assertThat(JdbcConformance.names(statement.executeQuery(STAFF)))
                            .containsExactly("Ada", "Grace");
                }
            }
            assertThat(under.state("database")).isEqualTo(State.CLOSED);
            server.close();
            server = null;
            try (Connection connection = pool.getConnection();
                    Statement statement = connection.createStatement()) {
                assertThat(JdbcConformance.names(statement.executeQuery(STAFF))).containsExactly("Ada", "Grace");
            }
        }
    }

    @Test
    void a_write_whose_connection_broke_under_it_is_offered_to_the_queue() throws Exception {
        under.close();
        under = new JdbcUnderTest("""
                services:
                  database:
                    endpoints:
                      - {name: writes, jdbc: {url: "jdbc:postgresql:*=app", sql: "insert *"}, fallback: [{queue: {repeatable: true}}]}
                      - {name: rest, jdbc: {url: "jdbc:postgresql:*=app"}}
                """);
        start();
        try (Connection connection = DriverManager.getConnection(url, "postgres", "");
                Statement statement = connection.createStatement()) {
            assertThat(statement.executeUpdate("insert into staff values (3, 'Eve')"))
                    .isEqualTo(1);
            server.close();
            server = null;
            assertThatThrownBy(() -> statement.executeUpdate("insert into staff values (4, 'Mia')"))
                    .isInstanceOf(SQLException.class);
            assertThat(under.offered).hasSize(1);
        }
        try (Connection connection = DriverManager.getConnection(url, "postgres", "")) {
            connection.setAutoCommit(false);
            assertThatThrownBy(() -> connection.createStatement().executeUpdate("insert into staff values (5, 'Kim')"))
                    .isInstanceOf(SQLException.class);
            assertThat(under.offered).hasSize(1);
        }
    }

    @Test
    void a_statement_that_no_rule_answers_says_why_there_is_no_connection_and_tries_none_of_its_own() throws Exception {
        try (Connection connection = DriverManager.getConnection(url, "postgres", "");
                Statement statement = connection.createStatement()) {
            assertThatThrownBy(() -> statement.executeQuery("select 17"))
                    .isInstanceOf(SQLTransientConnectionException.class)
                    .hasMessageContaining("no rule answers this statement")
                    .extracting(e -> ((SQLException) e.getCause()).getSQLState())
                    .isEqualTo("08001");
            assertThat(under.figures("database").unansweredFailures()).isEqualTo(1);
            assertThat(under.state("database")).isEqualTo(State.CLOSED);

            start();
            try (ResultSet rows = connection.createStatement().executeQuery("select 17")) {
                assertThat(rows.next()).isTrue();
            }
        }
    }

    private HikariDataSource pool() {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setUsername("postgres");
        config.setMaximumPoolSize(2);
        config.setConnectionTimeout(20_000);
        return new HikariDataSource(config);
    }

    private void start() throws IOException, SQLException {
        server = EmbeddedPostgres.builder().setPort(port).start();
        try (Connection connection = server.getPostgresDatabase()
                        .unwrap(javax.sql.DataSource.class)
                        .getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("create table staff(id int primary key, name varchar(50))");
            statement.execute("insert into staff values (1, 'Ada'), (2, 'Grace')");
        }
    }
}
