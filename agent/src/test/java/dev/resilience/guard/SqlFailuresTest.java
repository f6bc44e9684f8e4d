package dev.resilience.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ConnectException;
import java.sql.BatchUpdateException;
import java.sql.SQLException;
import java.sql.SQLIntegrityConstraintViolationException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLRecoverableException;
import java.sql.SQLSyntaxErrorException;
import java.sql.SQLTimeoutException;
import java.sql.SQLTransientConnectionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SqlFailuresTest {

    @ParameterizedTest
    @ValueSource(strings = {"08000", "08001", "08S01", "53300", "57014", "57P01", "58030", "HYT00"})
    void states_that_blame_the_database(String state) {
        assertThat(SqlFailures.of(new SQLException("x", state))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"23505", "42601", "42P01", "22001", "02000", "40001", "28P01", "HY000", ""})
    void states_that_prove_life(String state) {
        assertThat(SqlFailures.of(new SQLException("x", state))).isFalse();
    }

    @Test
    void classes_that_blame_the_database() {
        assertThat(SqlFailures.of(new SQLTimeoutException())).isTrue();
        assertThat(SqlFailures.of(new SQLTransientConnectionException())).isTrue();
        assertThat(SqlFailures.of(new SQLRecoverableException())).isTrue();
        assertThat(SqlFailures.of(new SQLNonTransientConnectionException())).isTrue();
        assertThat(SqlFailures.of(new SQLException("broken", null, new ConnectException())))
                .isTrue();
    }

    @Test
    void classes_that_prove_life() {
        assertThat(SqlFailures.of(new SQLException("nothing known"))).isFalse();
        assertThat(SqlFailures.of(new SQLSyntaxErrorException())).isFalse();
        assertThat(SqlFailures.of(new SQLIntegrityConstraintViolationException()))
                .isFalse();
        assertThat(SqlFailures.of(new SQLException("their own stream", null, new IOException())))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"07004", "0A000", "21000", "22001", "23505", "26000", "42601"})
    void a_state_that_is_the_callers_outweighs_a_class_that_blames_the_database(String state) {
        assertThat(SqlFailures.of(new SQLTransientConnectionException("x", state)))
                .isFalse();
    }

    @Test
    void finds_what_stands_further_along_the_chain_also_when_it_is_circular() {
        SQLException first = new BatchUpdateException("batch", "23505", new int[0]);
        SQLException second = new SQLException("second", "23505");
        first.setNextException(second);
        second.initCause(first);
        assertThat(SqlFailures.of(first)).isFalse();
        second.setNextException(new SQLException("gone", "08006"));
        assertThat(SqlFailures.of(first)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "com.mysql.cj.jdbc.ConnectionImpl, 42000, 1203, true",
        "com.mysql.cj.jdbc.ConnectionImpl, 42000, 1064, false",
        "org.mariadb.jdbc.Statement, 70100, 1969, true",
        "oracle.jdbc.driver.T4C, 61000, 20, true",
        "oracle.jdbc.driver.T4C, 42000, 942, false",
        "com.microsoft.sqlserver.jdbc.SQLServerStatement, S0001, 40613, true",
        "com.microsoft.sqlserver.jdbc.SQLServerStatement, S0002, 208, false",
        "org.sqlite.core.DB, , 14, true",
        "org.sqlite.core.DB, , 19, false",
        "org.h2.engine.SessionRemote, 90067, 90067, true",
        "com.example.Unknown, HY000, 1203, false",
    })
    void vendors_codes_are_told_apart_by_where_the_exception_was_made(
            String madeIn, String state, int code, boolean blamed) {
        SQLException failure = new SQLException("x", state, code);
        failure.setStackTrace(new StackTraceElement[] {new StackTraceElement(madeIn, "execute", null, 1)});
        assertThat(SqlFailures.of(failure)).isEqualTo(blamed);
    }
}
