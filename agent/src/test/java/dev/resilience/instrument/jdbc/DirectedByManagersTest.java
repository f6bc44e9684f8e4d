package dev.resilience.instrument.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import javax.sql.XAConnection;
import javax.transaction.xa.XAResource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.xa.PGXADataSource;

/** PostgreSQL's driver begins a manager's transaction beside any statement and with auto-commit on: it is a transaction all the same. */
class DirectedByManagersTest {

    @RegisterExtension
    static final PostgresUnderTest POSTGRES = new PostgresUnderTest("create table stock(pieces int)");

    @RegisterExtension
    final JdbcUnderTest under = new JdbcUnderTest("""
            services:
              database:
                breaker: {timeout: 30s}
                endpoints: [{name: all, jdbc: {url: "jdbc:postgresql:*"}, fallback: [stale_cache, queue]}]
            """);

    private XAConnection manager;
    private Connection connection;
    private Statement statement;

    @BeforeEach
    void begin() throws Exception {
        PGXADataSource source = new PGXADataSource();
        source.setUrl(POSTGRES.url());
        source.setUser("postgres");
        manager = source.getXAConnection();
        connection = manager.getConnection();
        manager.getXAResource().start(new Branch(), XAResource.TMNOFLAGS);
        statement = connection.createStatement();
        statement.executeUpdate("insert into stock values (9)");
    }

    @AfterEach
    void close() throws SQLException {
        manager.close();
    }

    @Test
    void what_it_writes_while_the_circuit_is_open_is_not_queued() throws Exception {
        under.open("database", POSTGRES.url());
        assertThatThrownBy(() -> statement.executeUpdate("insert into stock values (10)"))
                .isInstanceOf(SQLTransientConnectionException.class);
        assertThat(under.offered).isEmpty();
        rollback();
        assertThatThrownBy(() -> statement.executeUpdate("insert into stock values (11)"))
                .isInstanceOf(SQLTransientConnectionException.class);
        assertThat(under.offered).hasSize(1);
    }

    @Test
    void what_it_reads_of_its_own_is_not_kept_for_others() throws Exception {
        read();
        assertThat(under.answers.kept).isEmpty();
        rollback();
        read();
        assertThat(under.answers.kept).isNotEmpty();
    }

    private void rollback() throws Exception {
        manager.getXAResource().end(new Branch(), XAResource.TMFAIL);
        manager.getXAResource().rollback(new Branch());
    }

    private void read() throws SQLException {
        try (ResultSet rows = statement.executeQuery("select pieces from stock")) {
            while (rows.next()) {
                rows.getInt(1);
            }
        }
    }
}
