package dev.resilience.instrument.jdbc.losing;

import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverPropertyInfo;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Properties;
import org.h2.jdbc.JdbcConnection;

/** Of H2, but for preparing that breaks its connection when it is told to. */
public final class BreakingDriver implements Driver {
    public static boolean broken;

    static final class BreakingConnection extends JdbcConnection {
        BreakingConnection(String url) throws SQLException {
            super(url, new Properties(), "sa", "", false);
            broken = false;
        }

        @Override
        public PreparedStatement prepareStatement(String sql) throws SQLException {
            if (broken) {
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

    @Override
    public DriverPropertyInfo[] getPropertyInfo(String url, Properties info) {
        return new DriverPropertyInfo[0];
    }

    @Override
    public int getMajorVersion() {
        return 1;
    }

    @Override
    public int getMinorVersion() {
        return 0;
    }

    @Override
    public boolean jdbcCompliant() {
        return true;
    }

    @Override
    public java.util.logging.Logger getParentLogger() {
        return java.util.logging.Logger.getGlobal();
    }
}
