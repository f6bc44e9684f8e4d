package dev.resilience.instrument.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import javax.sql.XAConnection;
import javax.transaction.xa.XAException;
import javax.transaction.xa.XAResource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.xa.PGXADataSource;

/** PostgreSQL's driver begins a manager's transaction beside any statement and with auto-commit on: it is a transaction all the same. */
class DirectedByManagersTest {

    @RegisterExtension
    static final PostgresUnderTest POSTGRES = new PostgresUnderTest(
            "create table stock(pieces int)", "create table paid(id int unique deferrable initially deferred)");

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

    @Test
    void its_manager_hears_of_a_connection_that_is_lost_as_the_driver_says_it() throws Exception {
        rollback();
        POSTGRES.run("select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()"
                + " and backend_type = 'client backend'");
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> manager.getXAResource().start(new Branch(), XAResource.TMNOFLAGS))
                    .isInstanceOf(XAException.class);
        }
    }

    /** What is kept by it alone would be another's after the manager rolls back, on whichever session. */
    @Test
    void nothing_is_kept_of_a_session_that_was_set_in_a_transaction_which_is_prepared() throws Exception {
        statement.execute("set application_name = 'of the transaction'");
        manager.getXAResource().end(new Branch(), XAResource.TMSUCCESS);
        manager.getXAResource().prepare(new Branch());
        read();
        manager.getXAResource().rollback(new Branch());
        read();
        assertThat(under.answers.kept).isEmpty();
    }

    @Test
    void nor_of_one_whose_transaction_was_refused_at_its_end() throws Exception {
        statement.execute("insert into paid values (1), (1)");
        statement.execute("set application_name = 'of the transaction'");
        manager.getXAResource().end(new Branch(), XAResource.TMSUCCESS);
        assertThatThrownBy(() -> manager.getXAResource().commit(new Branch(), true))
                .isInstanceOf(XAException.class);
        read();
        assertThat(under.answers.kept).isEmpty();
    }

    @Test
    void of_one_that_nothing_was_set_on_rows_are_kept_when_its_transaction_is_prepared() throws Exception {
        manager.getXAResource().end(new Branch(), XAResource.TMSUCCESS);
        manager.getXAResource().prepare(new Branch());
        read();
        assertThat(under.answers.kept).isNotEmpty();
        manager.getXAResource().rollback(new Branch());
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
