package dev.resilience.instrument.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.management.ManagementFactory;
import java.lang.management.MonitorInfo;
import java.lang.management.ThreadInfo;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLDataException;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.Executor;
import org.h2.jdbc.JdbcConnection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What an offline connection was set to is asked of the real one: drivers may talk to their server for it, and keep their thread waiting. */
class SettingsHandedOnTest {

    private static final String URL = "jdbc:noting:h2:mem:noting;DB_CLOSE_DELAY=-1";

    @RegisterExtension
    final JdbcUnderTest under = new JdbcUnderTest("""
            services:
              database:
                breaker: {timeout: 30s}
                endpoints:
                  - {name: all, jdbc: {url: "jdbc:noting:*"}, fallback: [stale_cache]}
            """);

    /** Monitors that the agent held, by the class of each, at each setting. */
    private final List<List<String>> held = new ArrayList<>();

    private final List<Statement> prepared = new ArrayList<>();

    @Test
    void with_no_monitor_held() throws SQLException {
        under.open("database", URL);
        try (Connection offline = new NotingDriver().connect(URL, new Properties())) {
            offline.setReadOnly(true);
            assertThat(held).isEmpty();
            under.reset("database");
            try (Statement statement = offline.createStatement()) {
                statement.execute("select 1");
            }
        }
        assertThat(held).containsExactly(List.of());
    }

    @Test
    void but_for_those_that_the_driver_does_not_support() throws SQLException {
        under.open("database", URL);
        try (Connection offline = new NotingDriver().connect(URL, new Properties())) {
            offline.setHoldability(ResultSet.CLOSE_CURSORS_AT_COMMIT);
            offline.setNetworkTimeout(Runnable::run, 5_000);
            offline.setReadOnly(true);
            under.reset("database");
            try (Statement statement = offline.createStatement()) {
                statement.execute("select 1");
            }
        }
        assertThat(held).hasSize(1);
    }

    @Test
    void what_a_statement_was_set_to_wrongly_is_told_by_the_driver_and_leaves_none_of_its_own_open()
            throws SQLException {
        under.open("database", URL);
        try (Connection offline = new NotingDriver().connect(URL, new Properties());
                PreparedStatement sum = offline.prepareStatement("select cast(? as int) + 1")) {
            sum.setInt(1, 1);
            sum.setInt(2, 2);
            assertThatThrownBy(sum::executeQuery).isInstanceOf(SQLTransientConnectionException.class);
            under.reset("database");
            assertThatThrownBy(sum::executeQuery).isInstanceOf(SQLDataException.class);
            assertThatThrownBy(sum::executeQuery).isInstanceOf(SQLDataException.class);
            assertThat(prepared).hasSize(2).allMatch(SettingsHandedOnTest::isClosed);
            sum.clearParameters();
            sum.setInt(1, 1);
            try (ResultSet rows = sum.executeQuery()) {
                assertThat(rows.next()).isTrue();
                assertThat(rows.getInt(1)).isEqualTo(2);
            }
        }
    }

    private static boolean isClosed(Statement statement) {
        try {
            return statement.isClosed();
        } catch (SQLException unknown) {
            return false;
        }
    }

    private List<String> heldByTheAgent() {
        ThreadInfo here = ManagementFactory.getThreadMXBean()
                .getThreadInfo(new long[] {Thread.currentThread().getId()}, true, false)[0];
        List<String> classes = new ArrayList<>();
        for (MonitorInfo monitor : here.getLockedMonitors()) {
            if (monitor.getLockedStackFrame().getClassName().startsWith("dev.resilience.")) {
                classes.add(monitor.getClassName());
            }
        }
        return classes;
    }

    private final class NotingConnection extends JdbcConnection {

        NotingConnection(String url) throws SQLException {
            super(url, new Properties(), "sa", "", false);
        }

        @Override
        public void setReadOnly(boolean readOnly) throws SQLException {
            held.add(heldByTheAgent());
            super.setReadOnly(readOnly);
        }

        @Override
        public void setHoldability(int holdability) throws SQLException {
            throw new SQLFeatureNotSupportedException("holdability");
        }

        @Override
        public void setNetworkTimeout(Executor executor, int milliseconds) {
            throw new AbstractMethodError("of JDBC 4.1");
        }

        @Override
        public PreparedStatement prepareStatement(String sql) throws SQLException {
            PreparedStatement made = super.prepareStatement(sql);
            prepared.add(made);
            return made;
        }
    }

    private final class NotingDriver extends DriverUnderTest {

        @Override
        public Connection connect(String url, Properties info) throws SQLException {
            return new NotingConnection(url.replace("noting:h2", "h2"));
        }

        @Override
        public boolean acceptsURL(String url) {
            return url.startsWith("jdbc:noting:");
        }
    }
}
