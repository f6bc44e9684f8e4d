package dev.resilience.instrument.jdbc;

import dev.resilience.guard.ThreadMarks;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.Driver;
import java.sql.ResultSet;
import java.sql.RowIdLifetime;
import java.sql.SQLException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What can be told of a database that cannot be reached: what its address says, and otherwise as little as possible. */
final class OfflineDatabase implements InvocationHandler {

    private final Connection connection;
    private final ConnectionState state;
    private final String url;

    private OfflineDatabase(Connection connection, ConnectionState state) {
        this.connection = connection;
        this.state = state;
        this.url = state.url() == null ? "" : state.url();
    }

    static DatabaseMetaData of(Connection connection, ConnectionState state) {
        return (DatabaseMetaData) Proxy.newProxyInstance(
                OfflineDatabase.class.getClassLoader(),
                new Class<?>[] {DatabaseMetaData.class},
                new OfflineDatabase(connection, state));
    }

    @Override
    public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments) throws SQLException {
        Object[] given = arguments == null ? new Object[0] : arguments;
        String name = method.getName();
        Object general = Detached.general(proxy, name, given, "no connection to " + ShownUrl.of(url));
        if (general != Detached.NOT_GENERAL) {
            return general;
        }
        Driver driver = state.origin().driver();
        switch (name) {
            case "getURL":
                if (ThreadMarks.active()) {
                    // Asked by ourselves; an application's thread is to hold nothing of it.
                    OnThread.get().found = state;
                }
                return url;
            case "getUserName":
                return state.origin().user();
            case "getConnection":
                return connection;
            case "getDatabaseProductName":
                return product(url);
            case "getDriverName":
                return driver == null ? "" : driver.getClass().getName();
            case "getDriverMajorVersion":
                return driver == null ? 0 : driver.getMajorVersion();
            case "getDriverMinorVersion":
                return driver == null ? 0 : driver.getMinorVersion();
            case "getJDBCMajorVersion":
                return 4;
            case "getIdentifierQuoteString":
                return product(url).equals("MySQL") || product(url).equals("MariaDB") ? "`" : "\"";
            case "getSearchStringEscape":
                return "\\";
            case "getDefaultTransactionIsolation":
                return Connection.TRANSACTION_READ_COMMITTED;
            case "getRowIdLifetime":
                return RowIdLifetime.ROWID_UNSUPPORTED;
            case "supportsTransactions", "supportsResultSetType":
                return true;
            default:
                if (method.getReturnType() == ResultSet.class) {
                    throw Rejections.offline(url);
                }
                return method.getReturnType() == String.class ? "" : Detached.nothing(method.getReturnType());
        }
    }

    /** As the drivers call it, told by the address. */
    static String product(String url) {
        String[] parts = url.split(":", 3);
        String scheme = parts.length > 1 ? parts[1].toLowerCase(Locale.ROOT) : "";
        return switch (scheme) {
            case "postgresql", "pgsql" -> "PostgreSQL";
            case "mysql" -> "MySQL";
            case "mariadb" -> "MariaDB";
            case "h2" -> "H2";
            case "sqlite" -> "SQLite";
            case "oracle" -> "Oracle";
            case "sqlserver" -> "Microsoft SQL Server";
            case "hsqldb" -> "HSQL Database Engine";
            case "derby" -> "Apache Derby";
            default -> scheme;
        };
    }
}
