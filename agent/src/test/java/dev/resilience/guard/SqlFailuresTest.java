package dev.resilience.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import java.sql.BatchUpdateException;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.SQLIntegrityConstraintViolationException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLRecoverableException;
import java.sql.SQLSyntaxErrorException;
import java.sql.SQLTimeoutException;
import java.sql.SQLTransientConnectionException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.ValueSource;

class SqlFailuresTest {

    private static final Map<String, String> MADE_IN = Map.of(
            "postgresql", "org.postgresql.core.v3.QueryExecutorImpl",
            "mysql", "com.mysql.cj.jdbc.exceptions.SQLError",
            "mariadb", "org.mariadb.jdbc.export.ExceptionFactory",
            "oracle", "oracle.jdbc.driver.T4CTTIoer11",
            "sqlserver", "com.microsoft.sqlserver.jdbc.SQLServerException",
            "h2", "org.h2.message.DbException",
            "sqlite", "org.sqlite.core.DB",
            "other", "com.example.Driver");

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

    /** HikariCP's, whose validation of a connection to a frozen MariaDB met a connection that the driver had closed. */
    @Test
    void a_borrowers_time_out_is_the_databases_where_the_driver_itself_complained_before() {
        SQLException met = new SQLSyntaxErrorException("cannot be called on a closed connection", "42000", -1);
        assertThat(SqlFailures.of(new SQLTransientConnectionException("timed out", "42000", met)))
                .isTrue();
        assertThat(SqlFailures.of(new SQLTransientConnectionException("timed out", "42000", -1, met)))
                .isTrue();
        SQLException servers = new SQLSyntaxErrorException("Unknown database 'x'", "42000", 1049);
        assertThat(SqlFailures.of(new SQLTransientConnectionException("timed out", "42000", servers)))
                .isFalse();
        assertThat(SqlFailures.of(new SQLTransientConnectionException("timed out", "42000", 1049, servers)))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"jdbc:h2:mem:x;NO_SUCH_SETTING=1", "jdbc:h2:mem:x;CIPHER=NONE"})
    void an_address_that_h2_does_not_understand_is_the_callers(String url) {
        assertThatThrownBy(() -> DriverManager.getConnection(url))
                .isInstanceOf(SQLNonTransientConnectionException.class)
                .satisfies(failure -> assertThat(SqlFailures.of(failure)).isFalse());
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

    /** One line for each code of each vendor, and for what their callers do wrong. */
    @ParameterizedTest
    @CsvFileSource(resources = "vendor-codes.csv", delimiter = ';', numLinesToSkip = 1)
    void vendors_states_and_codes(String vendor, @Nullable String state, int code, String name, String blames) {
        assertThat(SqlFailures.of(failure(vendor, state, code)))
                .as("%s %s %s: %s", vendor, state, code, name)
                .isEqualTo(blames.equals("yes"));
    }

    @Test
    void every_code_that_blames_a_database_is_in_the_file() throws IOException {
        Map<String, Set<Integer>> listed = new TreeMap<>();
        for (String line : lines()) {
            String[] row = line.split(";");
            if (row[4].equals("yes")) {
                listed.computeIfAbsent(row[0], vendor -> new TreeSet<>()).add(Integer.valueOf(row[2]));
            }
        }
        MADE_IN.keySet()
                .forEach(vendor -> assertThat(IntStream.range(1, 100_000)
                                .filter(code -> VendorCodes.blames(failure(vendor, "HY000", code)))
                                .boxed())
                        .as(vendor)
                        .isSubsetOf(listed.getOrDefault(vendor, Set.of())));
    }

    private static List<String> lines() throws IOException {
        try (InputStream in = SqlFailuresTest.class.getResourceAsStream("vendor-codes.csv")) {
            return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .skip(1)
                    .filter(line -> !line.startsWith("#"))
                    .toList();
        }
    }

    /** Vendors are told by where the exception was made: several drivers throw the JDK's own classes. */
    private static SQLException failure(String vendor, @Nullable String state, int code) {
        SQLException failure = new SQLException("x", state, code);
        failure.setStackTrace(new StackTraceElement[] {new StackTraceElement(MADE_IN.get(vendor), "execute", null, 1)});
        return failure;
    }
}
