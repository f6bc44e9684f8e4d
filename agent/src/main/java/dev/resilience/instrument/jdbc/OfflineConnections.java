package dev.resilience.instrument.jdbc;

import dev.resilience.guard.Endpoint;
import java.lang.reflect.Proxy;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;

/** Makes connections that have no database behind them. Thread-safe. */
final class OfflineConnections {

    private final Known known;

    OfflineConnections(Known known) {
        this.known = known;
    }

    /** @param endpoint to which attempts to connect belong */
    Connection connection(Origin origin, Endpoint endpoint) {
        ConnectionState state = new ConnectionState(origin, true);
        OfflineConnection handler = new OfflineConnection(known, state, endpoint);
        Connection connection = (Connection) Proxy.newProxyInstance(
                OfflineConnections.class.getClassLoader(), new Class<?>[] {Connection.class}, handler);
        known.connections.put(connection, state);
        return connection;
    }

    /** A statement that only fallbacks answer. @param sql null for a plain one */
    Statement statement(Connection connection, ConnectionState of, @Nullable String sql, boolean callable) {
        ConnectionState state = of.offline ? of : new ConnectionState(of.origin(), true);
        String url = state.url();
        Parameters parameters = url == null ? null : Preparing.parameters(known.guard, url, sql);
        StatementState statement = new StatementState(state, sql, parameters);
        Class<?> type = sql == null ? Statement.class : callable ? CallableStatement.class : PreparedStatement.class;
        return (Statement) Proxy.newProxyInstance(
                OfflineConnections.class.getClassLoader(),
                new Class<?>[] {type},
                new OfflineStatement(known, connection, statement));
    }

    static boolean is(@Nullable Object connection) {
        return connection != null
                && Proxy.isProxyClass(connection.getClass())
                && Proxy.getInvocationHandler(connection) instanceof OfflineConnection handler
                && handler.offline();
    }
}
