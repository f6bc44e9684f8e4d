package dev.resilience.instrument.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.resilience.CircuitBreakerOpenException;
import dev.resilience.breaker.State;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import javax.sql.XAConnection;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.xa.PGXADataSource;

/** XA connections and drivers' own pooled ones: some drivers make them without {@code Driver.connect}. */
class PhysicalConnectionsTest {

    private static final String URL = "jdbc:h2:mem:physical";
    private static final String NOWHERE = "jdbc:postgresql://localhost:1/nowhere";

    @RegisterExtension
    final JdbcUnderTest under = new JdbcUnderTest("""
            services:
              database:
                endpoints: [{name: all, jdbc: {url: "jdbc:h2:mem:physical*"}}]
              stored:
                endpoints: [{name: reads, jdbc: {url: "jdbc:h2:mem:kept*"}, fallback: [stale_cache, queue]}]
              forced:
                mode: forced_open
                endpoints: [{name: all, jdbc: {url: "jdbc:h2:mem:forced*"}}]
              away:
                breaker: {failure_threshold: 3}
                endpoints: [{name: all, jdbc: {url: "jdbc:postgresql:*"}}]
              file:
                breaker: {failure_threshold: 3}
                endpoints: [{name: all, jdbc: {url: "jdbc:h2:tcp:*"}}]
            """);

    @Test
    void are_refused_while_the_circuit_is_open() throws SQLException {
        JdbcDataSource source = source(URL);
        source.getXAConnection().close();
        under.open("database", URL);
        refused(source::getXAConnection);
        refused(source::getPooledConnection);
        refused(() -> source.getXAConnection("sa", ""));
        assertThat(under.figures("database").unansweredRejections()).isEqualTo(3);
        under.reset("database");
        works(source);
    }

    @Test
    void are_refused_also_where_a_fallback_answers_statements() throws SQLException {
        JdbcDataSource source = source("jdbc:h2:mem:kept");
        under.open("stored", "jdbc:h2:mem:kept");
        refused(source::getXAConnection);
        refused(source::getPooledConnection);
    }

    @Test
    void are_refused_while_an_operator_holds_the_circuit_open() {
        refused(source("jdbc:h2:mem:forced")::getXAConnection);
    }

    @Test
    void that_cannot_be_had_count_once_whichever_way_the_driver_makes_them() {
        PGXADataSource postgres = new PGXADataSource();
        postgres.setURL(NOWHERE);
        postgres.setUser("nobody");
        JdbcDataSource h2 = source("jdbc:h2:tcp://localhost:1/nowhere");
        for (int attempt = 1; attempt <= 3; attempt++) {
            assertThatThrownBy(postgres::getXAConnection).isNotInstanceOf(SQLTransientConnectionException.class);
            assertThat(under.figures("away").failures()).isEqualTo(attempt);
            assertThatThrownBy(h2::getXAConnection).isNotInstanceOf(SQLTransientConnectionException.class);
            assertThat(under.figures("file").failures()).isEqualTo(attempt);
        }
        assertThat(under.state("away")).isEqualTo(State.OPEN);
        assertThat(under.state("file")).isEqualTo(State.OPEN);
        refused(postgres::getXAConnection);
        refused(h2::getXAConnection);
    }

    private static JdbcDataSource source(String url) {
        JdbcDataSource source = new JdbcDataSource();
        source.setURL(url);
        source.setUser("sa");
        source.setPassword("");
        return source;
    }

    private static void works(JdbcDataSource source) throws SQLException {
        XAConnection physical = source.getXAConnection();
        try (Connection connection = physical.getConnection();
                Statement statement = connection.createStatement()) {
            assertThat(statement.execute("select 1")).isTrue();
        } finally {
            physical.close();
        }
    }

    private static void refused(ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        SQLTransientConnectionException.class,
                        failure -> assertThat(failure.getSQLState()).isEqualTo("08000"))
                .hasCauseInstanceOf(CircuitBreakerOpenException.class);
    }
}
