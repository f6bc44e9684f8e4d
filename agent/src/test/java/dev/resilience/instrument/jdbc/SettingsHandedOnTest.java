package dev.resilience.instrument.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.bootstrap.Bridge;
import java.lang.management.ManagementFactory;
import java.lang.management.MonitorInfo;
import java.lang.management.ThreadInfo;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.h2.jdbc.JdbcConnection;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What an offline connection was set to is asked of the real one: drivers may talk to their server for it, and keep their thread waiting. */
class SettingsHandedOnTest {

    private static final String URL = "jdbc:noting:h2:mem:noting;DB_CLOSE_DELAY=-1";

    private final long failuresBefore = Bridge.failures();
    private final JdbcUnderTest under = new JdbcUnderTest("""
            services:
              database:
                breaker: {timeout: 30s}
                endpoints:
                  - {name: all, jdbc: {url: "jdbc:noting:*"}, fallback: [stale_cache]}
            """);

    /** Monitors that the agent held, by the class of each, at each setting. */
    private final List<List<String>> held = new ArrayList<>();

    @AfterEach
    void unweave() {
        under.close();
        assertThat(Bridge.failures()).isEqualTo(failuresBefore);
    }

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
