package dev.resilience.instrument.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the application itself ends from another thread tells nothing of the database, by whichever method it does. */
class ClosedMeanwhileTest {

    @RegisterExtension
    static final PostgresUnderTest POSTGRES = new PostgresUnderTest();

    @RegisterExtension
    final JdbcUnderTest under = new JdbcUnderTest("""
            services:
              database:
                endpoints: [{name: all, jdbc: {url: "*ApplicationName=slow*"}}]
            """);

    @Test
    void a_statement_that_is_closed_while_it_is_executed_counts_as_nothing() throws Exception {
        assertThat(failuresOf(Statement::close)).isZero();
    }

    @Test
    void nor_does_one_that_is_cancelled_and_closed() throws Exception {
        assertThat(failuresOf(statement -> {
                    statement.cancel();
                    statement.close();
                }))
                .isZero();
    }

    @Test
    void a_session_that_the_database_ends_meanwhile_is_its_failure_though_the_statement_was_closed_then()
            throws Exception {
        assertThat(failuresOf(statement -> {
                    POSTGRES.run(
                            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'slow'");
                    await().atMost(Duration.ofSeconds(30))
                            .until(() -> statement.getConnection().isClosed());
                    statement.close();
                }))
                .isEqualTo(1);
    }

    /** PostgreSQL's driver has whom it is told to do it. */
    @Test
    void nor_does_one_whose_connection_is_aborted_though_that_is_done_later() throws Exception {
        List<Runnable> later = new ArrayList<>();
        try (Connection connection = connect()) {
            connection.abort(later::add);
            assertThat(failuresOf(connection, statement -> later.forEach(Runnable::run)))
                    .isZero();
        }
    }

    /** A pool that is closed under load aborts what it lent, by threads of its own: borrowers go on until they get to it. */
    @Test
    void nor_does_one_though_another_went_between_the_notice_and_the_abort() throws Exception {
        List<Runnable> later = new ArrayList<>();
        try (Connection connection = connect()) {
            connection.abort(later::add);
            try (Statement between = connection.createStatement()) {
                between.execute("select 1");
            }
            assertThat(failuresOf(connection, statement -> later.forEach(Runnable::run)))
                    .isZero();
        }
    }

    @Test
    void nor_does_a_statement_of_a_driver_that_wraps_the_databases() throws Exception {
        try (Connection connection = new WrappingDriver()
                .connect(POSTGRES.url().replace("jdbc:", "jdbc:wrapping:") + "&ApplicationName=slow", null)) {
            assertThat(failuresOf(connection, Statement::close)).isZero();
        }
    }

    private static Connection connect() throws SQLException {
        return DriverManager.getConnection(POSTGRES.url() + "&ApplicationName=slow");
    }

    private long failuresOf(Ending ending) throws Exception {
        try (Connection connection = connect()) {
            return failuresOf(connection, ending);
        }
    }

    private long failuresOf(Connection connection, Ending ending) throws Exception {
        try (Statement statement = connection.createStatement()) {
            CompletableFuture<Void> slow = CompletableFuture.runAsync(() -> {
                try {
                    statement.execute("select pg_sleep(60)");
                } catch (SQLException ended) {
                    throw new CompletionException(ended);
                }
            });
            await().atMost(Duration.ofSeconds(30)).until(ClosedMeanwhileTest::isExecuted);
            ending.end(statement);
            assertThatThrownBy(slow::join).hasCauseInstanceOf(SQLException.class);
        }
        return under.figures("database").unansweredFailures();
    }

    private static boolean isExecuted() throws SQLException {
        try (Connection own = DriverManager.getConnection(POSTGRES.url());
                Statement statement = own.createStatement();
                ResultSet rows = statement.executeQuery(
                        "select 1 from pg_stat_activity where application_name = 'slow' and query like '%pg_sleep%'")) {
            return rows.next();
        }
    }

    private static final class WrappingDriver extends DriverUnderTest {

        @Override
        public Connection connect(String url, Properties info) throws SQLException {
            return DriverManager.getConnection(url.replace("wrapping:", ""));
        }

        @Override
        public boolean acceptsURL(String url) {
            return url.startsWith("jdbc:wrapping:");
        }
    }

    @FunctionalInterface
    private interface Ending {
        void end(Statement statement) throws SQLException;
    }
}
