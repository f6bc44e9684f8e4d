package dev.resilience.instrument.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A driver's own source makes its connections unseen, and a tenant's schema is what is said to them first. */
class NamedBeforeKnownTest {

    private static final String URL = "jdbc:h2:mem:tenants;DB_CLOSE_DELAY=-1";

    @RegisterExtension
    final JdbcUnderTest under = new JdbcUnderTest("""
            services:
              database:
                breaker: {timeout: 30s}
                endpoints: [{name: all, jdbc: {url: "jdbc:h2:mem:tenants*"}, fallback: [stale_cache]}]
            """);

    @Test
    void the_schema_of_a_connection_that_nobody_saw_is_part_of_what_was_asked() throws SQLException {
        JdbcDataSource source = new JdbcDataSource();
        source.setURL(URL);
        source.setUser("sa");
        try (Connection setUp = source.getConnection();
                Statement statement = setUp.createStatement()) {
            for (String tenant : new String[] {"ONE", "OTHER"}) {
                statement.execute("create schema " + tenant);
                statement.execute("create table " + tenant + ".notes(text varchar)");
                statement.execute("insert into " + tenant + ".notes values ('of " + tenant + "')");
            }
        }

        try (Connection one = named(source, "ONE")) {
            assertThat(note(one)).isEqualTo("of ONE");
            try (Connection other = named(source, "OTHER")) {
                under.open("database", URL);
                assertThat(note(one)).isEqualTo("of ONE");
                assertThatThrownBy(() -> note(other)).isInstanceOf(SQLTransientConnectionException.class);
            }
        }
        under.reset("database");
    }

    private static Connection named(JdbcDataSource source, String schema) throws SQLException {
        Connection connection = source.getConnection();
        connection.setSchema(schema);
        return connection;
    }

    private static String note(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("select text from notes")) {
            rows.next();
            return rows.getString(1);
        }
    }
}
