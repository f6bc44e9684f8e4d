package dev.resilience.instrument.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A driver's own source makes its connections unseen, and a tenant's schema is what is said to them first. */
class NamedBeforeKnownTest {

    private static final String URL = "jdbc:h2:mem:tenants;DB_CLOSE_DELAY=-1;MODE=DB2";

    @RegisterExtension
    final JdbcUnderTest under = new JdbcUnderTest("""
            services:
              database:
                breaker: {timeout: 30s}
                endpoints: [{name: all, jdbc: {url: "jdbc:h2:mem:tenants*"}, fallback: [stale_cache]}]
            """);

    private final JdbcDataSource source = new JdbcDataSource();

    @BeforeEach
    void write() throws SQLException {
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
    }

    @AfterEach
    void forget() throws SQLException {
        under.reset("database");
        try (Connection last = source.getConnection();
                Statement statement = last.createStatement()) {
            statement.execute("shutdown");
        }
    }

    @Test
    void nor_is_the_client_of_whom_it_was_told_forgotten() throws SQLException {
        try (Connection ann = named("ONE")) {
            ann.setClientInfo("ClientUser", "ann");
            assertThat(note(ann)).isEqualTo("of ONE");
            try (Connection bob = named("ONE")) {
                bob.setClientInfo("ClientUser", "bob");
                under.open("database", URL);
                assertThat(note(ann)).isEqualTo("of ONE");
                assertThatThrownBy(() -> note(bob)).isInstanceOf(SQLTransientConnectionException.class);
            }
        }
    }

    @Test
    void and_a_rollback_takes_none_of_it_back() throws SQLException {
        try (Connection one = named("ONE")) {
            one.setAutoCommit(false);
            note(one);
            one.rollback();
            assertThat(note(one)).isEqualTo("of ONE");
            one.rollback();
            under.open("database", URL);
            assertThat(note(one)).isEqualTo("of ONE");
        }
    }

    @Test
    void the_schema_of_a_connection_that_nobody_saw_is_part_of_what_was_asked() throws SQLException {
        try (Connection one = named("ONE")) {
            assertThat(note(one)).isEqualTo("of ONE");
            try (Connection other = named("OTHER")) {
                under.open("database", URL);
                assertThat(note(one)).isEqualTo("of ONE");
                assertThatThrownBy(() -> note(other)).isInstanceOf(SQLTransientConnectionException.class);
            }
        }
    }

    private Connection named(String schema) throws SQLException {
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
