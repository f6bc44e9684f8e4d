package dev.resilience.instrument.jdbc;

import com.blogspot.mydailyjava.weaklockfree.WeakConcurrentMap;
import dev.resilience.guard.Endpoint;
import java.lang.reflect.Proxy;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Makes connections that have no database behind them. Thread-safe. */
final class OfflineConnections {

    /** By which an offline connection is found inside a pool's wrappers. */
    interface Offline {}

    private final Known known;

    /** Neither closed, nor become real, nor forgotten. */
    private final WeakConcurrentMap<Object, Boolean> lent = new WeakConcurrentMap<>(false, false);

    /** Attempts to connect that have begun in this JVM: threads remember numbers. */
    private static final AtomicLong ATTEMPTS = new AtomicLong();

    OfflineConnections(Known known) {
        this.known = known;
    }

    /** Numbers an attempt to connect that begins. */
    long attempt() {
        return ATTEMPTS.incrementAndGet();
    }

    long lastAttempt() {
        return ATTEMPTS.get();
    }

    /**
     * @param attempt that it stands for
     * @param endpoint to which attempts to connect belong
     * @param lost with what the attempt to connect failed, null when the circuit refused it
     */
    Connection connection(long attempt, Origin origin, Endpoint endpoint, @Nullable Throwable lost) {
        ConnectionState state = new ConnectionState(origin, true);
        state.lost = lost;
        OfflineConnection handler = new OfflineConnection(known, state, endpoint, attempt);
        Connection connection = (Connection) Proxy.newProxyInstance(
                OfflineConnections.class.getClassLoader(), new Class<?>[] {Connection.class, Offline.class}, handler);
        state.standIn = handler;
        handler.standsFor(connection);
        lent.put(connection, true);
        known.connections.put(connection, state);
        return connection;
    }

    /**
     * A statement that only fallbacks answer.
     *
     * @param sql null for a plain one
     * @param keys whether it is to give the keys that the database makes
     * @param real makes it on the connection's real one, once there is one
     */
    Statement statement(
            Connection connection,
            ConnectionState of,
            @Nullable String sql,
            boolean callable,
            boolean keys,
            OfflineStatement.Real real) {
        ConnectionState state = of.withoutItsDatabase();
        Database database = state.database(known);
        StatementState statement =
                database == null ? new StatementState(state, sql, null) : StatementState.of(state, database, sql);
        statement.preparedForKeys = keys;
        Class<?> type = sql == null ? Statement.class : callable ? CallableStatement.class : PreparedStatement.class;
        return (Statement) Proxy.newProxyInstance(
                OfflineConnections.class.getClassLoader(),
                new Class<?>[] {type},
                new OfflineStatement(known, connection, statement, real));
    }

    /** One was closed, or became a real one. */
    void over(Connection offline) {
        lent.remove(offline);
    }

    boolean someLent() {
        lent.expungeStaleEntries();
        return lent.approximateSize() > 0;
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
        OfflineConnection handler = handler(connection);
        return handler != null && handler.offline();
    }

    /** Whether a pool is executing on it what goes well without a database. */
    static boolean passes(Connection connection) {
        OfflineConnection handler = handler(connection);
        return handler != null && handler.passes(OnThread.get());
    }

    private static @Nullable OfflineConnection handler(@Nullable Object connection) {
        return connection != null
                        && Proxy.isProxyClass(connection.getClass())
                        && Proxy.getInvocationHandler(connection) instanceof OfflineConnection handler
                ? handler
                : null;
    }
}
