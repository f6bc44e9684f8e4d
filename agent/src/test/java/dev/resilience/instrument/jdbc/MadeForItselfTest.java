package dev.resilience.instrument.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Properties;
import org.h2.jdbc.JdbcConnection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A driver takes the statements that it makes for itself for its own class: on a lost connection it gets its own error. */
class MadeForItselfTest {

    private static final String STAFF = "select name from staff";

    @RegisterExtension
    static final PostgresUnderTest POSTGRES =
            new PostgresUnderTest("create table staff(name text)", "insert into staff values ('Ada')");

    @RegisterExtension
    final JdbcUnderTest under = new JdbcUnderTest("""
            services:
              database:
                breaker: {timeout: 30s}
                endpoints: [{name: staff, jdbc: {url: "jdbc:postgresql:*"}, fallback: [stale_cache]}]
            """);

    @Test
    void what_is_asked_of_the_database_itself_fails_as_the_driver_says_it() throws SQLException {
        try (Connection connection = DriverManager.getConnection(POSTGRES.url())) {
            DatabaseMetaData data = connection.getMetaData();
            lose(connection);
            assertThatThrownBy(data::getTableTypes).isInstanceOf(SQLException.class);
        }
    }

    @Test
    void a_wrapper_of_the_applications_that_makes_one_by_itself_is_answered_what_is_kept() throws SQLException {
        try (Connection connection = DriverManager.getConnection(POSTGRES.url());
                Wrapper wrapper = new Wrapper(connection)) {
            assertThat(wrapper.name()).isEqualTo("Ada");
            lose(connection);
            assertThat(wrapper.name()).isEqualTo("Ada");
        }
    }

    /** And has its driver find out. */
    private static void lose(Connection connection) throws SQLException {
        POSTGRES.run("select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()"
                + " and backend_type = 'client backend'");
        assertThatThrownBy(() -> connection.createStatement().execute("delete from staff"))
                .isInstanceOf(SQLException.class);
        assertThat(connection.isClosed()).isTrue();
    }

    /** Of all methods it needs two. */
    private static final class Wrapper extends JdbcConnection {

        private final Connection wrapped;

        Wrapper(Connection wrapped) throws SQLException {
            super("jdbc:h2:mem:wrapper", new Properties(), "sa", "", false);
            this.wrapped = wrapped;
        }

        @Override
        public PreparedStatement prepareStatement(String sql) throws SQLException {
            return wrapped.prepareStatement(sql);
        }

        String name() throws SQLException {
            try (PreparedStatement statement = prepareStatement(STAFF);
                    ResultSet rows = statement.executeQuery()) {
                rows.next();
                String name = rows.getString(1);
                rows.next();
                return name;
            }
        }
    }
}
