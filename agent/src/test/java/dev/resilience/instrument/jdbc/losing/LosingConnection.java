package dev.resilience.instrument.jdbc.losing;

import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import org.h2.jdbc.JdbcConnection;

/** H2's connection, that tells nobody anything any more once it is lost, and calls itself closed when somebody has tried. As a driver's, in a package of its own. */
public final class LosingConnection extends JdbcConnection {

    public boolean lost;
    private boolean found;

    public LosingConnection(String url) throws SQLException {
        super(url, new Properties(), "sa", "", false);
    }

    private void tell() throws SQLException {
        if (lost) {
            found = true;
            throw new SQLException("The connection is lost", "08006");
        }
    }

    @Override
    public boolean isClosed() throws SQLException {
        return found || super.isClosed();
    }

    @Override
    public Statement createStatement() throws SQLException {
        tell();
        return super.createStatement();
    }

    @Override
    public void setAutoCommit(boolean autoCommit) throws SQLException {
        tell();
        super.setAutoCommit(autoCommit);
    }

    @Override
    public boolean getAutoCommit() throws SQLException {
        if (found) {
            throw new SQLException("The connection is closed", "08003");
        }
        return super.getAutoCommit();
    }

    @Override
    public void setReadOnly(boolean readOnly) throws SQLException {
        tell();
        super.setReadOnly(readOnly);
    }

    @Override
    public void setTransactionIsolation(int level) throws SQLException {
        tell();
        super.setTransactionIsolation(level);
    }

    @Override
    public void clearWarnings() throws SQLException {
        super.clearWarnings();
    }

    @Override
    public void commit() throws SQLException {
        tell();
        super.commit();
    }

    @Override
    public void rollback() throws SQLException {
        tell();
        super.rollback();
    }
}
