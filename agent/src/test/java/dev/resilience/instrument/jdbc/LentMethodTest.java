package dev.resilience.instrument.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.instrument.jdbc.losing.BreakingDriver;
import dev.resilience.instrument.jdbc.losing.Dao;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class LentMethodTest {
    private static final String URL = "jdbc:breaking:h2:mem:breaking";

    @RegisterExtension
    final JdbcUnderTest under = new JdbcUnderTest("""
            services:
              database:
                endpoints: [{name: all, jdbc: {url: "jdbc:breaking:*"}, fallback: [stale_cache]}]
            """);

    @Test
    void a_connection_that_breaks_while_it_prepares_is_answered_for() throws SQLException {
        Connection connection = new BreakingDriver().connect(URL, new Properties());
        try (PreparedStatement statement = connection.prepareStatement(BreakingDriver.BREAKING)) {
            assertThat(statement).isNotNull();
        }
    }

    @Test
    void also_behind_a_method_of_that_name_of_a_class_that_is_no_connection() throws SQLException {
        Connection connection = new BreakingDriver().connect(URL, new Properties());
        Dao dao = new Dao.Mine(connection);
        try (PreparedStatement statement = dao.prepareStatement(BreakingDriver.BREAKING)) {
            assertThat(statement).isNotNull();
        }
    }
}
