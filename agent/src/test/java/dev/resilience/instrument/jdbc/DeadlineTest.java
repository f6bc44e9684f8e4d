package dev.resilience.instrument.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A rule's deadline, on H2's own query time-out. */
class DeadlineTest {

    private static final String URL = "jdbc:h2:mem:deadline;DB_CLOSE_DELAY=-1";
    private static final String ENDLESS =
            "select sum(a.x * b.x) from system_range(1, 1000000) a, system_range(1, 1000000) b";

    @RegisterExtension
    final JdbcUnderTest under = new JdbcUnderTest("""
            services:
              database:
                endpoints:
                  - {name: slow, jdbc: {url: "jdbc:h2:mem:deadline-slow*"}, deadline: 10s}
                  - {name: all, jdbc: {url: "jdbc:h2:mem:deadline*"}, deadline: 300ms}
            """);

    @Test
    void a_statement_that_takes_longer_is_ended_by_the_driver_and_counts_as_a_failure() throws SQLException {
        try (Connection connection = DriverManager.getConnection(URL);
                Statement statement = connection.createStatement()) {
            assertThatThrownBy(() -> statement.executeQuery(ENDLESS))
                    .isInstanceOfSatisfying(
                            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("57014"));
            assertThat(under.figures("database").unansweredFailures()).isEqualTo(1);
            assertThat(statement.getQueryTimeout()).isZero();
            assertThat(connection.isClosed()).isFalse();
        }
    }

    @Test
    void a_shorter_time_out_of_the_applications_stays_in_force() throws SQLException {
        try (Connection connection = DriverManager.getConnection(URL);
                Statement statement = connection.createStatement()) {
            statement.setQueryTimeout(1);
            statement.executeQuery("select 1").close();
            assertThat(statement.getQueryTimeout()).isEqualTo(1);
            statement.setQueryTimeout(60);
            statement.executeQuery("select 1").close();
            assertThat(statement.getQueryTimeout()).isEqualTo(60);
        }
    }

    /** H2 keeps one time-out for all statements of a session. */
    @Test
    void one_that_was_closed_meanwhile_leaves_no_time_out_to_the_next() throws Exception {
        String url = "jdbc:h2:mem:deadline-slow";
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            CompletableFuture<Void> slow = CompletableFuture.runAsync(() -> {
                try {
                    statement.executeQuery(ENDLESS);
                } catch (SQLException ended) {
                    throw new CompletionException(ended);
                }
            });
            try (Connection own = DriverManager.getConnection(url);
                    PreparedStatement running = own.prepareStatement("select 1 from information_schema.sessions"
                            + " where executing_statement like 'select sum%'")) {
                await().atMost(Duration.ofSeconds(30))
                        .until(() -> running.executeQuery().next());
            }
            statement.close();
            assertThatThrownBy(slow::join).hasCauseInstanceOf(SQLException.class);
            assertThat(under.figures("database").unansweredFailures()).isEqualTo(1);
            try (Statement next = connection.createStatement()) {
                assertThat(next.getQueryTimeout()).isZero();
            }
        }
    }

    /** Its {@code abort} does nothing. */
    @Test
    void failures_of_a_connection_that_lives_on_though_it_was_aborted_count() throws SQLException {
        try (Connection connection = DriverManager.getConnection(URL)) {
            connection.abort(Runnable::run);
            try (Statement statement = connection.createStatement()) {
                assertThatThrownBy(() -> statement.executeQuery(ENDLESS)).isInstanceOf(SQLException.class);
            }
        }
        assertThat(under.figures("database").unansweredFailures()).isEqualTo(1);
    }

    @Test
    void so_does_sqlites() {
        ConnectionState sqlites =
                new ConnectionState(new Origin(null, "jdbc:sqlite:deadline.db", null, null, Map.of()), false);
        sqlites.close(true);
        assertThat(sqlites.isAborted()).isFalse();
    }
}
