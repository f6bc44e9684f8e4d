package dev.resilience.instrument.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.ConnectionEvent;
import javax.sql.ConnectionEventListener;
import javax.sql.PooledConnection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.ds.PGConnectionPoolDataSource;

/** Pools and transaction managers hear from a driver's pooled connections that these are lost, and throw them away. */
class DriversOwnPoolTest {

    @RegisterExtension
    static final PostgresUnderTest POSTGRES = new PostgresUnderTest("create table seats(id int)");

    @RegisterExtension
    final JdbcUnderTest under = new JdbcUnderTest("""
            services:
              database:
                breaker: {timeout: 30s}
                endpoints: [{name: all, jdbc: {url: "jdbc:postgresql:*"}}]
            """);

    @Test
    void a_refusal_is_no_reason_to_throw_a_connection_away() throws SQLException {
        PGConnectionPoolDataSource source = new PGConnectionPoolDataSource();
        source.setUrl(POSTGRES.url());
        source.setUser("postgres");
        PooledConnection pooled = source.getPooledConnection();
        AtomicInteger lost = new AtomicInteger();
        pooled.addConnectionEventListener(new ConnectionEventListener() {
            @Override
            public void connectionClosed(ConnectionEvent event) {
                // Given back, as it should be.
            }

            @Override
            public void connectionErrorOccurred(ConnectionEvent event) {
                lost.incrementAndGet();
            }
        });
        try (Connection connection = pooled.getConnection();
                Statement statement = connection.createStatement()) {
            assertThat(statement.execute("select id from seats")).isTrue();
            under.open("database", POSTGRES.url());
            assertThatThrownBy(() -> statement.execute("select id from seats"))
                    .isInstanceOf(SQLTransientConnectionException.class);
            assertThat(lost).hasValue(0);
            under.reset("database");
            assertThat(statement.execute("select id from seats")).isTrue();
            assertThatThrownBy(() -> statement.execute("select pg_terminate_backend(pg_backend_pid())"))
                    .isInstanceOf(SQLException.class);
            assertThat(lost).hasValue(1);
        } finally {
            pooled.close();
        }
    }
}
