package dev.resilience.instrument.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.resilience.breaker.State;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.ds.PGSimpleDataSource;

/** Whom a pool gives no connection: why is not always said by what it throws. */
class VainBorrowersTest {

    /** As c3p0's is, for whatever its last attempt to connect failed. */
    private static final SQLException BARE = new SQLException("the factory or source appears to be down");

    @RegisterExtension
    static final PostgresUnderTest POSTGRES =
            new PostgresUnderTest("create table staff(name text)", "insert into staff values ('Ada')");

    @RegisterExtension
    final JdbcUnderTest under = new JdbcUnderTest("""
            services:
              database:
                breaker: {timeout: 30s}
                endpoints:
                  - {name: staff, jdbc: {url: "jdbc:postgresql:*", sql: "select name*"}, fallback: [stale_cache]}
            """);

    private final FailingSource source = new FailingSource();

    @BeforeEach
    void read() throws SQLException {
        source.setUrl(POSTGRES.url());
        assertThat(staff(source)).isEqualTo("Ada");
    }

    @Test
    void is_answered_while_the_circuit_is_half_open_where_the_pool_does_not_say_why() throws SQLException {
        halfOpen();
        source.failure = BARE;
        assertThat(staff(source)).isEqualTo("Ada");
        assertThat(under.state("database")).isEqualTo(State.HALF_OPEN);
    }

    @Test
    void is_told_so_where_it_says_that_he_may_not() {
        halfOpen();
        source.failure = new SQLException("could not acquire", new SQLException("wrong password", "28P01"));
        assertThatThrownBy(() -> staff(source)).isSameAs(source.failure);
    }

    @Test
    void is_told_so_while_the_circuit_is_closed() {
        source.failure = BARE;
        assertThatThrownBy(() -> staff(source)).isSameAs(source.failure);
    }

    @Test
    void is_told_so_where_the_pool_was_closed_while_he_waited() throws Exception {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(POSTGRES.url());
        config.setMaximumPoolSize(1);
        config.setConnectionTimeout(2_000);
        HikariDataSource pool = new HikariDataSource(config);
        try (Connection lent = pool.getConnection()) {
            CompletableFuture<@Nullable String> waiting = CompletableFuture.supplyAsync(() -> {
                try (Connection borrowed = pool.getConnection()) {
                    return borrowed.toString();
                } catch (SQLException told) {
                    return null;
                }
            });
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> pool.getHikariPoolMXBean().getThreadsAwaitingConnection() == 1);
            pool.close();
            assertThat(waiting.get()).isNull();
            assertThat(lent).isNotNull();
        }
    }

    private void halfOpen() {
        under.open("database", POSTGRES.url());
        under.forward(Duration.ofSeconds(31));
        assertThat(under.state("database")).isEqualTo(State.HALF_OPEN);
    }

    private static String staff(DataSource source) throws SQLException {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("select name from staff")) {
            rows.next();
            String name = rows.getString(1);
            assertThat(rows.next()).isFalse();
            return name;
        }
    }

    private static final class FailingSource extends PGSimpleDataSource {

        private transient @Nullable SQLException failure;

        @Override
        public Connection getConnection() throws SQLException {
            if (failure != null) {
                throw failure;
            }
            return super.getConnection();
        }
    }
}
