package dev.resilience.instrument.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.resilience.bootstrap.Bridge;
import dev.resilience.instrument.Clients;
import dev.resilience.instrument.WeavePoint;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** An application whose rules name none of its databases pays next to nothing, and is guarded as soon as one does. */
class AttentionTest {

    private static final String OTHER = "jdbc:h2:mem:other";
    private static final String NAMED = "jdbc:h2:mem:named";

    private final long failures = Bridge.failures();
    private final JdbcUnderTest under = new JdbcUnderTest(rule(NAMED));

    @AfterEach
    void nothing_failed_inside_the_gate() {
        under.close();
        assertThat(Bridge.failures()).isEqualTo(failures);
    }

    @Test
    void nobody_is_asked_any_more_after_many_statements_on_databases_without_rules() throws SQLException {
        try (Connection connection = DriverManager.getConnection(OTHER)) {
            assertThat(asked()).isTrue();
            prepareMany(connection);
            assertThat(asked()).isFalse();
        }
    }

    @Test
    void nor_after_many_on_those_of_a_pool() throws SQLException {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(OTHER);
        config.setMaximumPoolSize(1);
        try (HikariDataSource pool = new HikariDataSource(config)) {
            for (int i = 0; i < 1_100; i++) {
                try (Connection connection = pool.getConnection()) {
                    connection.prepareStatement("select 1").close();
                }
            }
        }
        assertThat(asked()).isFalse();
    }

    @Test
    void a_connection_to_a_database_with_a_rule_is_guarded_afterwards() throws SQLException {
        try (Connection other = DriverManager.getConnection(OTHER)) {
            prepareMany(other);
            try (Connection named = DriverManager.getConnection(NAMED)) {
                query(named);
                assertThat(under.figures("database").successes()).isEqualTo(1);
                prepareMany(other);
                query(named);
                assertThat(under.figures("database").successes()).isEqualTo(2);
            }
        }
    }

    @Test
    void so_is_one_of_a_source() throws SQLException {
        try (Connection other = DriverManager.getConnection(OTHER)) {
            prepareMany(other);
        }
        JdbcDataSource source = new JdbcDataSource();
        source.setURL(NAMED);
        try (Connection named = source.getConnection()) {
            query(named);
        }
        assertThat(under.figures("database").successes()).isEqualTo(1);
    }

    @Test
    void new_rules_hold_for_a_connection_that_there_is() throws SQLException {
        try (Connection connection = DriverManager.getConnection(OTHER);
                PreparedStatement before = connection.prepareStatement("select 2")) {
            prepareMany(connection);
            under.reload(rule(OTHER));
            query(connection);
            assertThat(under.figures("database").successes()).isEqualTo(1);

            try (PreparedStatement kept = connection.prepareStatement("select 3")) {
                kept.executeQuery().close();
                assertThat(under.figures("database").successes()).isEqualTo(2);
                under.reload(rule(NAMED));
                kept.executeQuery().close();
                query(connection);
                assertThat(under.figures("database").successes()).isEqualTo(2);
            }
            before.executeQuery().close();
        }
    }

    private static void query(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("select 1")) {
            assertThat(rows.next()).isTrue();
        }
    }

    private static void prepareMany(Connection connection) throws SQLException {
        for (int i = 0; i < 1_100; i++) {
            connection.prepareStatement("select 1").close();
        }
    }

    /** Whether the making of statements is heard of. */
    private static boolean asked() {
        List<WeavePoint> points = Clients.points();
        for (int site = 0; site < points.size(); site++) {
            WeavePoint point = points.get(site);
            if (point.method().equals("prepareStatement")
                    && "(Ljava/lang/String;)Ljava/sql/PreparedStatement;".equals(point.descriptor())) {
                return !Bridge.isQuiet(site);
            }
        }
        throw new IllegalStateException("no such site");
    }

    private static String rule(String url) {
        return """
                services:
                  database:
                    endpoints:
                      - name: all
                        jdbc: {url: "%s*"}
                """.formatted(url);
    }
}
