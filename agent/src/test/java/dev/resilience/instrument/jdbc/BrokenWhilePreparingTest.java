package dev.resilience.instrument.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.resilience.instrument.jdbc.losing.BreakingDriver;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Drivers that prepare on the server lose their connection there, and it is closed before anybody can ask why. */
class BrokenWhilePreparingTest {

    private static final String URL = "jdbc:breaking:h2:mem:breaking";

    @RegisterExtension
    final JdbcUnderTest under = new JdbcUnderTest("""
            services:
              database:
                endpoints:
                  - {name: all, jdbc: {url: "jdbc:breaking:*"}}
            """);

    @Test
    void a_connection_that_is_closed_because_it_broke_counts_as_a_failure() throws SQLException {
        try (Connection connection = connect()) {
            assertThatThrownBy(() -> connection.prepareStatement(BreakingDriver.BREAKING))
                    .isInstanceOf(SQLException.class);
            assertThat(connection.isClosed()).isTrue();
        }
        assertThat(under.figures("database").unansweredFailures()).isEqualTo(1);
    }

    @Test
    void one_that_the_application_closed_itself_counts_as_nothing() throws SQLException {
        Connection connection = connect();
        connection.close();
        assertThatThrownBy(() -> connection.prepareStatement(BreakingDriver.BREAKING))
                .isInstanceOf(SQLException.class);
        assertThat(under.figures("database").unansweredFailures()).isZero();
    }

    private static Connection connect() throws SQLException {
        return new BreakingDriver().connect(URL, new Properties());
    }
}
