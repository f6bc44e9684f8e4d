package dev.resilience.instrument.jdbc;

import dev.resilience.guard.ThreadMarks;
import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * A connection's network time-out made shorter for a while: when it strikes, the driver closes the connection. A shorter one
 * of the application's stays in force. To be set with the thread marked as inside the agent.
 */
final class NetworkDeadline {

    private final Connection connection;
    private final int before;

    private NetworkDeadline(Connection connection, int before) {
        this.connection = connection;
        this.before = before;
    }

    /** @return null when there is nothing to restore */
    static @Nullable NetworkDeadline set(@Nullable Connection connection, int millis) {
        try {
            int before = connection == null ? 0 : connection.getNetworkTimeout();
            if (connection == null || (before > 0 && before <= millis)) {
                return null;
            }
            connection.setNetworkTimeout(Runnable::run, millis);
            return new NetworkDeadline(connection, before);
        } catch (SQLException | RuntimeException | AbstractMethodError unsupported) {
            // Nothing more can be done.
            return null;
        }
    }

    /** Gives the connection back as the application set it. */
    void restore() {
        ThreadMarks.enter();
        try {
            // Not asked whether it is closed: to DBCP2 that is a reason to throw it away and to connect anew.
            connection.setNetworkTimeout(Runnable::run, before);
        } catch (SQLException | RuntimeException | AbstractMethodError gone) {
            // Nobody will use it again.
        } finally {
            ThreadMarks.exit();
        }
    }
}
