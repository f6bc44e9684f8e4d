package dev.resilience.instrument.jdbc.losing;

import dev.resilience.instrument.jdbc.DriverUnderTest;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Properties;
import org.h2.jdbc.JdbcConnection;

/** Of H2's connections, that break by a certain statement. As a driver's, in a package of its own. */
public final class BreakingDriver extends DriverUnderTest {

    public static final String BREAKING = "select 'breaking'";

    private static final class BreakingConnection extends JdbcConnection {

        BreakingConnection(String url) throws SQLException {
            super(url, new Properties(), "sa", "", false);
        }

        @Override
        public PreparedStatement prepareStatement(String sql) throws SQLException {
            if (sql.equals(BREAKING)) {
                close();
                throw new SQLException("The connection broke", "08006");
            }
            return super.prepareStatement(sql);
        }
    }

    @Override
    public Connection connect(String url, Properties info) throws SQLException {
        return new BreakingConnection(url.replace("breaking:h2", "h2"));
    }

    @Override
    public boolean acceptsURL(String url) {
        return url.startsWith("jdbc:breaking:");
    }
}
