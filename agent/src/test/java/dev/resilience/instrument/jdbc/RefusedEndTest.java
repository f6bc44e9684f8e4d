package dev.resilience.instrument.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** PostgreSQL takes back what a transaction set that it refuses at its end: what is read then is not kept as if it were in force. */
class RefusedEndTest {

    private static final String STAFF = "select name from staff";

    @RegisterExtension
    static final PostgresUnderTest POSTGRES = new PostgresUnderTest(
            "create table staff(name text)",
            "insert into staff values ('everybody''s')",
            "create table paid(id int unique deferrable initially deferred)",
            "create schema tenant",
            "create table tenant.staff(name text)",
            "insert into tenant.staff values ('the tenant''s')");

    @RegisterExtension
    final JdbcUnderTest under = new JdbcUnderTest("""
            services:
              database:
                breaker: {timeout: 30s}
                endpoints:
                  - {name: staff, jdbc: {url: "jdbc:postgresql:*", sql: "select name*"}, fallback: [stale_cache]}
                  - {name: others, jdbc: {url: "jdbc:h2:*", sql: "select name*"}, fallback: [stale_cache]}
            """);

    private Connection connection;
    private Statement statement;

    @BeforeEach
    void connect() throws SQLException {
        connection = DriverManager.getConnection(POSTGRES.url());
        statement = connection.createStatement();
    }

    @AfterEach
    void close() throws SQLException {
        connection.close();
    }

    @Test
    void what_is_read_after_a_commit_that_was_refused_is_not_kept_under_what_it_set() throws SQLException {
        connection.setAutoCommit(false);
        setAndBreak();
        assertThatThrownBy(connection::commit).isInstanceOf(SQLException.class);
        connection.setAutoCommit(true);
        assertIsKeptAsItIs();
    }

    @Test
    void nor_where_auto_commit_was_to_commit() throws SQLException {
        connection.setAutoCommit(false);
        setAndBreak();
        assertThatThrownBy(() -> connection.setAutoCommit(true)).isInstanceOf(SQLException.class);
        assertIsKeptAsItIs();
    }

    @Test
    void nor_where_it_was_told_by_sql() throws SQLException {
        statement.execute("begin");
        setAndBreak();
        assertThatThrownBy(() -> statement.execute("commit")).isInstanceOf(SQLException.class);
        assertIsKeptAsItIs();
    }

    @Test
    void nor_under_a_setting_that_was_refused_though_no_rule_takes_it() throws SQLException {
        assertThatThrownBy(() -> statement.execute("set search_path to 'tenant', 5 5"))
                .isInstanceOf(SQLException.class);
        assertIsKeptAsItIs();
    }

    @Test
    void nothing_is_kept_once_a_transaction_that_set_something_was_prepared_by_sql() throws SQLException {
        statement.execute("begin");
        statement.execute("set local search_path to tenant");
        statement.execute("prepare transaction 'paid'");
        assertThat(read()).isEqualTo("everybody's");
        assertThat(under.answers.kept).isEmpty();
        statement.execute("rollback prepared 'paid'");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select 1; /* all */ end",
                "select 1; -- all\n end",
                "values (1); /* all */ commit",
                "select 1; prepare /* all */ transaction 'paid'"
            })
    void nor_once_an_end_was_told_among_several_statements(String several) throws SQLException {
        statement.execute("begin");
        set();
        statement.execute(several);
        statement.execute("rollback");
        assertThat(read()).isEqualTo("the tenant's");
        assertThat(under.answers.kept).isEmpty();
        if (several.contains("prepare")) {
            statement.execute("rollback prepared 'paid'");
        }
    }

    @Test
    void an_end_by_the_connection_that_its_driver_refuses_in_auto_commit_takes_nothing_back() throws SQLException {
        set();
        assertThatThrownBy(connection::commit).isInstanceOf(SQLException.class);
        assertIsNobodyElses();
    }

    @Test
    void nor_does_it_where_sql_began_the_transaction() throws SQLException {
        for (ThrowingCallable end : List.<ThrowingCallable>of(connection::commit, connection::rollback)) {
            statement.execute("begin");
            set();
            assertThatThrownBy(end).isInstanceOf(SQLException.class);
            assertIsNobodyElses();
            statement.execute("rollback");
        }
    }

    @Test
    void nor_does_auto_commit_that_is_switched_off_in_it() throws SQLException {
        statement.execute("begin");
        statement.execute("set local search_path to tenant, public");
        connection.setAutoCommit(false);
        assertIsNobodyElses();
    }

    @Test
    void what_that_transaction_wrote_is_not_committed_by_it() throws SQLException {
        statement.execute("begin");
        statement.execute("insert into staff values ('nobody''s yet')");
        assertThatThrownBy(connection::commit).isInstanceOf(SQLException.class);
        read();
        assertThat(under.answers.kept).isEmpty();
    }

    @Test
    void nothing_is_discarded_where_that_is_refused_in_a_transaction() throws SQLException {
        set();
        connection.setAutoCommit(false);
        assertThatThrownBy(() -> statement.execute("discard all")).isInstanceOf(SQLException.class);
        connection.rollback();
        assertIsNobodyElses();
    }

    @Test
    void what_is_committed_before_another_begins_in_the_same_words_is_not_taken_back_with_that() throws SQLException {
        statement.execute("begin");
        set();
        statement.execute("commit; begin");
        statement.execute("rollback");
        assertIsNobodyElses();
    }

    @ParameterizedTest
    @ValueSource(strings = {"rollback/* of it */", "rollback--of it"})
    void an_end_that_a_comment_follows_at_once_is_one(String end) throws SQLException {
        statement.execute("begin");
        set();
        statement.execute(end);
        assertIsKeptAsItIs();
    }

    @Test
    void nor_is_what_was_committed_though_its_rows_were_asked_for() throws SQLException {
        statement.execute("begin");
        set();
        assertThatThrownBy(() -> statement.executeQuery("commit")).isInstanceOf(SQLException.class);
        assertIsNobodyElses();
    }

    @Test
    void nor_is_what_a_transaction_set_whose_end_the_driver_does_not_send() throws SQLException {
        try (PreparedStatement prepared = connection.prepareStatement("commit")) {
            statement.execute("begin");
            set();
            assertThatThrownBy(() -> prepared.execute("commit")).isInstanceOf(SQLException.class);
            assertIsNobodyElses();
            statement.execute("rollback");
        }
        assertIsKeptAsItIs();
    }

    @Test
    void what_that_one_wrote_is_nobody_elses_either() throws SQLException {
        try (PreparedStatement prepared = connection.prepareStatement("commit")) {
            statement.execute("begin");
            statement.execute("insert into staff values ('nobody''s yet')");
            assertThatThrownBy(() -> prepared.execute("commit")).isInstanceOf(SQLException.class);
            read();
            assertThat(under.answers.kept).isEmpty();
            statement.execute("rollback");
        }
    }

    @Test
    void nor_what_one_wrote_for_whose_end_H2_was_asked_for_rows() throws SQLException {
        try (Connection h2 = DriverManager.getConnection("jdbc:h2:mem:refusing")) {
            statement = h2.createStatement();
            statement.execute("create table staff(name varchar(50))");
            h2.setAutoCommit(false);
            statement.execute("insert into staff values ('nobody''s yet')");
            assertThatThrownBy(() -> statement.executeQuery("commit")).isInstanceOf(SQLException.class);
            assertThat(read()).isEqualTo("nobody's yet");
            assertThat(under.answers.kept).isEmpty();
        }
    }

    @Test
    void the_second_phase_of_another_ends_nothing() throws SQLException {
        statement.execute("begin");
        set();
        assertThatThrownBy(() -> statement.execute("commit prepared 'none'")).isInstanceOf(SQLException.class);
        statement.execute("rollback");
        assertIsKeptAsItIs();
    }

    @Test
    void no_other_begins_behind_a_commit_that_was_refused() throws SQLException {
        statement.execute("begin");
        setAndBreak();
        assertThatThrownBy(() -> statement.execute("commit and chain")).isInstanceOf(SQLException.class);
        set();
        statement.execute("rollback");
        assertIsNobodyElses();
    }

    @ParameterizedTest
    @ValueSource(strings = {"commit", "COMMIT WORK;", "/* it */ commit", "commit -- it", "end", "END TRANSACTION"})
    void a_commit_by_sql_that_the_database_makes_a_rollback_of_is_one_though_nobody_is_told(String commit)
            throws SQLException {
        statement.execute("begin");
        setAndFail();
        statement.execute(commit);
        assertIsKeptAsItIs();
    }

    @Test
    void and_though_its_rows_are_asked_for() throws SQLException {
        statement.execute("begin");
        setAndFail();
        assertThatThrownBy(() -> statement.executeQuery("commit")).isInstanceOf(SQLException.class);
        assertIsKeptAsItIs();
    }

    @Test
    void nor_is_one_by_the_connection() throws SQLException {
        connection.setAutoCommit(false);
        setAndFail();
        connection.commit();
        connection.setAutoCommit(true);
        assertIsKeptAsItIs();
    }

    @Test
    void nor_one_by_auto_commit() throws SQLException {
        connection.setAutoCommit(false);
        setAndFail();
        connection.setAutoCommit(true);
        assertIsKeptAsItIs();
    }

    @Test
    void nor_one_of_a_transaction_that_rows_made_fail_which_were_fetched_late() throws SQLException {
        connection.setAutoCommit(false);
        set();
        statement.setFetchSize(1);
        try (ResultSet rows = statement.executeQuery("select 1 / (3 - n) from generate_series(1, 5) n")) {
            assertThatThrownBy(() -> {
                        while (rows.next()) {
                            rows.getInt(1);
                        }
                    })
                    .isInstanceOf(SQLException.class);
        }
        connection.commit();
        connection.setAutoCommit(true);
        assertIsKeptAsItIs();
    }

    @Test
    void what_a_transaction_set_that_did_not_fail_is_part_of_the_key() throws SQLException {
        connection.setAutoCommit(false);
        set();
        connection.commit();
        connection.setAutoCommit(true);
        assertIsNobodyElses();
        assertThat(under.answers.kept).isNotEmpty();
    }

    @Test
    void what_a_batch_was_to_reset_stays_where_it_fails_before() throws SQLException {
        set();
        statement.addBatch("insert into paid values (1), (1)");
        statement.addBatch("reset search_path");
        assertThatThrownBy(statement::executeBatch).isInstanceOf(SQLException.class);
        assertIsNobodyElses();
    }

    @Test
    void nothing_is_known_once_a_batch_failed_that_was_to_reset_what_it_set() {
        ConnectionState state = new ConnectionState(Origin.UNKNOWN, false);
        InForce before = state.session.inForce();
        state.session.heard("use theirs");
        state.session.heard("reset search_path");
        state.session.heard("discard all");
        assertThat(state.session.isAsItBegan()).isTrue();
        state.refused("use theirs", Expected.BATCH, new SQLException(), before);
        assertThat(state.session.known()).isFalse();
    }

    @Test
    void what_a_batch_sets_is_committed_though_it_begins_in_a_transaction_that_failed() throws SQLException {
        statement.execute("begin");
        assertThatThrownBy(() -> statement.execute("select nonsense")).isInstanceOf(SQLException.class);
        for (String sql : List.of("rollback", "begin", "set search_path to tenant, public", "commit")) {
            statement.addBatch(sql);
        }
        statement.executeBatch();
        assertIsNobodyElses();
    }

    @ParameterizedTest
    @ValueSource(strings = {"begin", "commit"})
    void what_a_batch_wrote_in_a_transaction_that_goes_on_behind_it_is_nobody_elses(String first) throws SQLException {
        connection.setAutoCommit(first.equals("begin"));
        statement.addBatch(first);
        statement.addBatch("insert into staff values ('nobody''s yet')");
        statement.executeBatch();
        read();
        assertThat(under.answers.kept).isEmpty();
        statement.execute("rollback");
    }

    private void set() throws SQLException {
        statement.execute("set search_path to tenant, public");
    }

    private void setAndBreak() throws SQLException {
        set();
        statement.execute("insert into paid values (1), (1)");
    }

    private void setAndFail() throws SQLException {
        set();
        assertThatThrownBy(() -> statement.execute("select nonsense")).isInstanceOf(SQLException.class);
    }

    /** As for somebody who set nothing, and not as for a tenant. */
    private void assertIsKeptAsItIs() throws SQLException {
        assertThat(read()).isEqualTo("everybody's");
        under.open("database", POSTGRES.url());
        try (Connection other = DriverManager.getConnection(POSTGRES.url())) {
            statement = other.createStatement();
            assertThat(read()).isEqualTo("everybody's");
        } finally {
            under.reset("database");
        }
    }

    /** The tenant's, that are still asked for: nobody who set nothing is answered them. */
    private void assertIsNobodyElses() throws SQLException {
        assertThat(read()).isEqualTo("the tenant's");
        under.open("database", POSTGRES.url());
        try (Connection other = DriverManager.getConnection(POSTGRES.url());
                Statement asking = other.createStatement()) {
            assertThatThrownBy(() -> asking.executeQuery(STAFF)).isInstanceOf(SQLTransientConnectionException.class);
        } finally {
            under.reset("database");
        }
    }

    private String read() throws SQLException {
        try (ResultSet rows = statement.executeQuery(STAFF)) {
            rows.next();
            String name = rows.getString(1);
            rows.next();
            return name;
        }
    }
}
