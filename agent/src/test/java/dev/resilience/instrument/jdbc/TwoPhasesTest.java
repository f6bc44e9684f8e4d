package dev.resilience.instrument.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.resilience.breaker.State;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import java.time.Duration;
import javax.sql.XAConnection;
import javax.transaction.xa.XAResource;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What becomes of a transaction is its manager's to say, and the database hears of it whatever the circuit does: drivers tell it by SQL. */
class TwoPhasesTest {

    private static final String URL = "jdbc:h2:mem:phases;DB_CLOSE_DELAY=-1";

    @RegisterExtension
    final JdbcUnderTest under = new JdbcUnderTest("""
            services:
              database:
                breaker: {timeout: 30s, half_open_quota: 1, success_threshold: 1, ramp_up: 10m}
                endpoints: [{name: all, jdbc: {url: "jdbc:h2:mem:phases*"}, fallback: [stale_cache, queue]}]
            """);

    private XAConnection manager;
    private Connection connection;

    @BeforeEach
    void write() throws Exception {
        run("create table stock(pieces int)");
        JdbcDataSource source = new JdbcDataSource();
        source.setURL(URL);
        source.setUser("sa");
        manager = source.getXAConnection();
        connection = manager.getConnection();
        manager.getXAResource().start(new Branch(), XAResource.TMNOFLAGS);
        try (Statement statement = connection.createStatement()) {
            statement.executeUpdate("insert into stock values (9)");
        }
        manager.getXAResource().end(new Branch(), XAResource.TMSUCCESS);
    }

    @AfterEach
    void close() throws SQLException {
        manager.close();
        under.reset("database");
        run("shutdown");
    }

    @Test
    void one_that_was_prepared_is_committed_while_the_circuit_is_open() throws Exception {
        under.open("database", URL);
        manager.getXAResource().prepare(new Branch());
        manager.getXAResource().commit(new Branch(), false);
        under.reset("database");
        assertThat(rows()).isEqualTo(1);
    }

    @Test
    void or_rolled_back() throws Exception {
        manager.getXAResource().prepare(new Branch());
        under.open("database", URL);
        manager.getXAResource().rollback(new Branch());
        under.reset("database");
        assertThat(rows()).isZero();
    }

    @Test
    void which_of_them_wait_is_no_stored_answer() throws SQLException {
        String question = "select * from information_schema.in_doubt order by transaction_name";
        try (Connection own = DriverManager.getConnection(URL, "sa", "");
                Statement statement = own.createStatement()) {
            try (ResultSet none = statement.executeQuery(question)) {
                assertThat(none.next()).isFalse();
            }
            assertThat(under.answers.kept).isEmpty();
            under.open("database", URL);
            assertThat((Throwable) statement.executeQuery(question).getWarnings())
                    .isNull();
        }
    }

    @Test
    void one_that_an_application_ends_by_sql_ends_though_the_rest_of_it_was_refused() throws SQLException {
        try (Connection own = DriverManager.getConnection(URL, "sa", "");
                Statement statement = own.createStatement()) {
            statement.execute("set autocommit false");
            statement.executeUpdate("insert into stock values (1)");
            under.open("database", URL);
            assertThatThrownBy(() -> statement.executeUpdate("insert into stock values (2)"))
                    .isInstanceOf(SQLTransientConnectionException.class);
            statement.execute("rollback");
            under.reset("database");
            statement.execute("set autocommit true");
        }
        assertThat(rows()).isZero();
    }

    @Test
    void a_part_of_one_is_taken_back_though_the_rest_of_it_was_refused() throws SQLException {
        try (Connection own = DriverManager.getConnection(URL, "sa", "");
                Statement statement = own.createStatement()) {
            own.setAutoCommit(false);
            statement.executeUpdate("insert into stock values (1)");
            statement.execute("savepoint first");
            statement.executeUpdate("insert into stock values (2)");
            under.open("database", URL);
            statement.execute("rollback to savepoint first");
            own.commit();
        }
        under.reset("database");
        assertThat(rows()).isEqualTo(1);
    }

    @Test
    void what_decides_on_one_counts_as_any_statement_while_the_circuit_is_closed() throws SQLException {
        long successes = under.figures("database").successes();
        try (Connection own = DriverManager.getConnection(URL, "sa", "");
                Statement statement = own.createStatement()) {
            statement.execute("commit");
            assertThat(under.figures("database").successes()).isEqualTo(successes + 1);
        }
    }

    @Test
    void all_are_told_while_a_circuit_that_recovered_lets_through_a_part_of_the_calls() throws SQLException {
        under.open("database", URL);
        under.forward(Duration.ofSeconds(31));
        try (Connection own = DriverManager.getConnection(URL, "sa", "");
                Statement statement = own.createStatement()) {
            statement.execute("select 1");
            assertThat(under.state("database")).isEqualTo(State.CLOSED);
            for (int i = 0; i < 100; i++) {
                statement.execute("commit");
            }
        }
    }

    private static void run(String sql) throws SQLException {
        try (Connection own = DriverManager.getConnection(URL, "sa", "");
                Statement statement = own.createStatement()) {
            statement.execute(sql);
        }
    }

    private static int rows() throws SQLException {
        try (Connection own = DriverManager.getConnection(URL, "sa", "");
                Statement statement = own.createStatement();
                ResultSet rows = statement.executeQuery("select count(*) from stock")) {
            rows.next();
            return rows.getInt(1);
        }
    }
}
