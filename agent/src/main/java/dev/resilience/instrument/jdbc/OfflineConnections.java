package dev.resilience.instrument.jdbc;

import dev.resilience.guard.Endpoint;
import java.lang.reflect.Proxy;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;

/** Makes connections that have no database behind them. Thread-safe. */
final class OfflineConnections {

    /** By which an offline connection is found inside a pool's wrappers. */
    interface Offline {}

    private final Known known;

    /** Neither closed, nor become real, nor forgotten. */
    private final WeakIdentityMap<Connection, Boolean> lent = new WeakIdentityMap<>();

    OfflineConnections(Known known) {
        this.known = known;
    }

    /**
     * @param endpoint to which attempts to connect belong
     * @param lost with what the attempt to connect failed, null when the circuit refused it
     */
    Connection connection(Origin origin, Endpoint endpoint, @Nullable Throwable lost) {
        ConnectionState state = new ConnectionState(origin, true);
        state.lost = lost;
        OfflineConnection handler = new OfflineConnection(known, state, endpoint);
        Connection connection = (Connection) Proxy.newProxyInstance(
                OfflineConnections.class.getClassLoader(), new Class<?>[] {Connection.class, Offline.class}, handler);
        lent.put(connection, true);
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

    /** One was closed, or became a real one. */
    void over(Connection offline) {
        lent.remove(offline);
    }

    boolean someLent() {
        return !lent.isEmpty();
    }

    /** Whether a pool's connection is one of these inside. */
    boolean isInside(Connection pooled) {
        try {
            return pooled.isWrapperFor(Offline.class) && is(pooled.unwrap(Offline.class));
        } catch (SQLException | RuntimeException | AbstractMethodError untold) {
            return false;
        }
    }

    static boolean is(@Nullable Object connection) {
        return connection != null
                && Proxy.isProxyClass(connection.getClass())
                && Proxy.getInvocationHandler(connection) instanceof OfflineConnection handler
                && handler.offline();
    }
}
