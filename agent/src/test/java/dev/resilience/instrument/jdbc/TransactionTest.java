package dev.resilience.instrument.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Transactions that are begun and ended by statements. */
class TransactionTest {

    private final Transaction transaction = new Transaction();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "begin",
                "BEGIN;",
                "/* now */ begin work",
                "begin immediate",
                "BEGIN /* traceparent=00-1 */",
                "begin -- booking; of room 7",
                "begin/*now*/transaction",
                "Begin Transaction isolation level serializable",
                "begin tran",
                "start  transaction read only",
            })
    void begin_by_a_word_and_end_by_another(String begin) {
        transaction.heard(begin);
        assertThat(transaction.begun()).isTrue();
        assertThat(Transaction.isControl(begin)).isTrue();
        transaction.heard("savepoint a");
        transaction.heard("rollback to savepoint a");
        assertThat(transaction.begun()).isTrue();
        transaction.heard("COMMIT;");
        assertThat(transaction.begun()).isFalse();
    }

    /** Frameworks and proxies add comments to all that they run. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "COMMIT /* back to work */",
                "rollback -- to the start",
                "commit /* and chain */",
                "end/* one; two */",
                "xa commit/*;*/ 'x'",
                "XA/**/ROLLBACK 'x'",
            })
    void what_a_comment_says_at_its_end_is_not_said(String end) {
        transaction.heard("begin");
        transaction.heard("insert into t values (1)");
        transaction.heard(end);
        assertThat(transaction.begun()).isFalse();
        assertThat(transaction.wrote()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"rollback /* all */ to savepoint a", "commit /*! and chain */", "commit /* x */ and chain"})
    void and_what_stands_beside_it_is(String other) {
        transaction.heard("begin");
        transaction.heard(other);
        assertThat(transaction.begun()).isTrue();
    }

    @Test
    void its_end_is_told_from_the_end_of_a_part() {
        for (String end : List.of(
                "COMMIT;",
                "/* all */ rollback work",
                "COMMIT /* back to work */",
                "end",
                "abort",
                "commit and chain")) {
            assertThat(Transaction.isEnd(end)).as(end).isTrue();
        }
        for (String other : List.of(
                "rollback to savepoint a",
                "commit; begin",
                "release savepoint a",
                "begin",
                "",
                "COMMIT PREPARED 'x'",
                "rollback prepared 'x'",
                "end conversation @handle")) {
            assertThat(Transaction.isEnd(other)).as(other).isFalse();
        }
    }

    @Test
    void what_decides_on_one_or_on_its_second_phase_is_told_from_what_begins_one() {
        for (String verdict : List.of(
                "COMMIT;",
                "rollback",
                "PREPARE TRANSACTION 'x'",
                "COMMIT PREPARED 'x'",
                "rollback prepared 'x'",
                "SELECT gid FROM pg_prepared_xacts where database = current_database()",
                "PREPARE COMMIT \"x\"",
                "COMMIT TRANSACTION \"x\"",
                "SELECT * FROM INFORMATION_SCHEMA.IN_DOUBT ORDER BY TRANSACTION_NAME",
                "XA END 0x78,0x79,0x7",
                "XA PREPARE 0x78",
                "XA COMMIT 0x78 ONE PHASE",
                "xa recover",
                "COMMIT /* back to work */",
                "rollback -- all",
                "rollback to savepoint a",
                "ROLLBACK WORK TO a",
                "rollback /* all */ to savepoint a",
                "commit prepared 'one; two'",
                "COMMIT FORCE '22.57.53'",
                "rollback force '22.57.53'",
                "{call master..xp_sqljdbc_xa_commit(?, ?, ?, ?, ?)}",
                "{call master..xp_sqljdbc_xa_rollback_ex(?, ?, ?, ?, ?, ?)}",
                "{ ? = call master..xp_sqljdbc_xa_prepare_ex(?, ?) }",
                "exec master.dbo.xp_sqljdbc_xa_end 1",
                "{call master..xp_sqljdbc_xa_recover(?, ?, ?, ?)}",
                "{call master..xp_sqljdbc_xa_forget_ex(?, ?, ?)}",
                "{call master..xp_sqljdbc_xa_init_ex(?, ?, ?)}",
                "BEGIN sys.dbms_xa.dist_txn_sync ; END;",
                "begin sys.dbms_system.dist_txn_sync(0); end;",
                "SELECT formatid, globalid, branchid FROM SYS.DBA_PENDING_TRANSACTIONS",
                "select local_tran_id from dba_2pc_pending where state = 'prepared'")) {
            assertThat(Transaction.isVerdict(verdict)).as(verdict).isTrue();
        }
        for (String other : List.of(
                "begin",
                "XA START 0x78",
                "prepare p as select 1",
                "savepoint a",
                "rollback to savepoint a; delete from t",
                "commit; begin",
                "end conversation @handle",
                "select * from in_doubt",
                "select * from notes where text = 'from pg_prepared_xacts'",
                "select * from orders /* not from pg_prepared_xacts */",
                "select pg_prepared_xacts from orders",
                "with x as (insert into t select gid from pg_prepared_xacts returning *) select * from x",
                "select gid into t from pg_prepared_xacts",
                "{call master..xp_sqljdbc_xa_start(?, ?, ?)}",
                "{call book('xp_sqljdbc_xa_commit')}",
                "{call book(?)}",
                "begin sys.dbms_xa.dist_txn_sync; delete from t; end;",
                "commit /* x */; delete from t",
                "commit /*! ; delete from t */",
                "insert into t values (1)",
                "")) {
            assertThat(Transaction.isVerdict(other)).as(other).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"begin update t set a = 1; end;", "begin dbms_session.reset_package; end;", "start slave"})
    void blocks_of_procedures_begin_none(String block) {
        transaction.heard(block);
        assertThat(transaction.begun()).isFalse();
        assertThat(Transaction.isControl(block)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"commit", "rollback", "abort", "end", "savepoint a", "release savepoint a", "save transaction a"
            })
    void what_governs_a_transaction_is_nothing_to_be_done_later(String sql) {
        assertThat(Transaction.isControl(sql)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "insert into t values (1)",
                "/* hint */ update t set a = 1",
                "call book()",
                "create table u (a int)",
                "with gone as (delete from t returning *) select * from gone",
                "select 1; delete from t",
                "select take()",
                "values (take())",
                "select upper('O\\'Brien'), take(1), 'x'",
                "explain analyze delete from t",
                "select a into u from t",
                "select set_order_paid(7)",
                "select activate_user(7)",
                "with jobs as (select * from take()) select * from jobs",
            })
    void what_writes_is_not_committed_yet(String sql) {
        transaction.heard(sql);
        assertThat(transaction.wrote()).isTrue();
        transaction.heard("rollback");
        assertThat(transaction.wrote()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select 1",
                " -- who\nselect a from t",
                "with a as (select 1) select * from a",
                "show x",
                "set a = 1",
                "select count(*), nextval('s'), gen_random_uuid() from t",
                "select set_tenant('t1')",
                "select app.setCurrentUser(7)",
                "select login_as('ann')",
            })
    void what_reads_changes_nothing(String sql) {
        transaction.heard(sql);
        assertThat(transaction.wrote()).isFalse();
        assertThat(Transaction.isControl(sql)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "begin; update t set a = 1",
                "commit; begin",
                "rollback and chain",
                "commit and chain",
                "xa start 'x'"
            })
    void one_may_be_open_after_several_statements_and_after_a_chain(String sql) {
        transaction.heard("begin");
        transaction.heard(sql);
        assertThat(transaction.begun()).isTrue();
        assertThat(Transaction.isControl(sql) || Transaction.isScript(sql)).isTrue();
    }

    @Test
    void one_of_a_coordinator_lasts_until_it_is_committed() {
        for (String sql : List.of("XA START 'x'", "XA END 'x'", "XA PREPARE 'x'")) {
            transaction.heard(sql);
            assertThat(transaction.begun()).isTrue();
            assertThat(Transaction.isControl(sql)).isTrue();
        }
        transaction.heard("XA COMMIT 'x'");
        assertThat(transaction.begun()).isFalse();
    }

    @Test
    void rows_that_are_written_through_a_result_are_not_committed_yet_either() throws SQLException {
        String url = "jdbc:h2:mem:rewritten";
        String reading = "select name from staff";
        try (JdbcUnderTest under = new JdbcUnderTest(
                        "services: {db: {endpoints: [{name: all, jdbc: {url: 'jdbc:h2:*'}, fallback: [stale_cache]}]}}");
                Connection connection = DriverManager.getConnection(url);
                Statement writing =
                        connection.createStatement(ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_UPDATABLE);
                Statement statement = connection.createStatement()) {
            statement.execute("create table staff(id int primary key, name varchar(9))");
            statement.execute("insert into staff values (1, 'Ada')");
            assertThat(all(statement.executeQuery(reading))).containsExactly("Ada");
            connection.setAutoCommit(false);
            try (ResultSet rows = writing.executeQuery("select id, name from staff")) {
                rows.next();
                rows.updateString(2, "Eve");
                rows.updateRow();
            }
            assertThat(all(statement.executeQuery(reading))).containsExactly("Eve");
            connection.rollback();
            under.open("db", url);
            assertThat(all(statement.executeQuery(reading))).containsExactly("Ada");
        }
    }

    private static List<String> all(ResultSet rows) throws SQLException {
        List<String> all = new ArrayList<>();
        while (rows.next()) {
            all.add(rows.getString(1));
        }
        return all;
    }

    @Test
    void nothing_at_all_changes_nothing() {
        transaction.heard("  -- nothing");
        assertThat(transaction.begun() || transaction.wrote()).isFalse();
    }
}
