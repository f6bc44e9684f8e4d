package dev.resilience.instrument.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A transaction's end reaches the database whatever the circuit does, and holds nobody longer than the rule says. */
class SlowEndTest {

    @RegisterExtension
    static final PostgresUnderTest POSTGRES = new PostgresUnderTest(
            "create table stock(pieces int)",
            "create function wait() returns trigger language plpgsql as 'begin perform pg_sleep(60); return null; end'",
            "create constraint trigger slow after insert on stock deferrable initially deferred"
                    + " for each row execute function wait()");

    @RegisterExtension
    final JdbcUnderTest under = new JdbcUnderTest("""
            services:
              database:
                breaker: {timeout: 30s}
                endpoints: [{name: all, jdbc: {url: "jdbc:postgresql:*"}, deadline: 1s}]
            """);

    @Test
    void one_that_is_told_by_sql_is_given_up_at_the_deadline_while_the_circuit_is_open() throws SQLException {
        try (Connection connection = DriverManager.getConnection(POSTGRES.url());
                Statement statement = connection.createStatement()) {
            statement.execute("begin");
            statement.execute("insert into stock values (1)");
            under.open("database", POSTGRES.url());
            Instant begun = Instant.now();
            assertThatThrownBy(() -> statement.execute("commit"))
                    .isInstanceOfSatisfying(
                            SQLException.class, e -> assertThat(e.getSQLState()).isIn("57014", "08006"));
            assertThat(Duration.between(begun, Instant.now())).isLessThan(Duration.ofSeconds(30));
            assertThat(connection.isClosed() || statement.getQueryTimeout() == 0)
                    .isTrue();
        }
    }
}
