package dev.resilience.instrument.jdbc;

import dev.resilience.bootstrap.Passage;
import dev.resilience.guard.Endpoint;
import dev.resilience.instrument.Adapter;
import java.sql.Connection;
import org.jspecify.annotations.Nullable;

/**
 * {@code Connection.isValid}, and the methods by which pools test and set up connections: what they execute is not guarded. A database
 * that hangs would let them wait for ever, and the borrower with them: a rule's deadline ends that, too.
 */
final class PoolsOwn implements Adapter {

    private final Known known;
    private final boolean settingUp;

    PoolsOwn(Known known, boolean settingUp) {
        this.known = known;
        this.settingUp = settingUp;
    }

    @Override
    public Passage enter(Object self, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
        OnThread thread = OnThread.get();
        NetworkDeadline deadline = self instanceof Connection connection ? deadline(connection) : null;
        Passage passage = new Passage() {
            @Override
            protected void exit(@Nullable Object given, @Nullable Throwable failure) {
                thread.pooling--;
                if (settingUp) {
                    thread.settingUp--;
                }
                if (deadline != null) {
                    deadline.restore();
                }
            }
        };
        thread.pooling++;
        if (settingUp) {
            thread.settingUp++;
        }
        return passage;
    }

    private @Nullable NetworkDeadline deadline(Connection connection) {
        ConnectionState state = known.connections.get(connection);
        return state == null ? null : QueryDeadline.set(connection, millis(known, state));
    }

    /** Of the rules for the connection's database, 0 for none. */
    static long millis(Known known, ConnectionState state) {
        String url = state.offline ? null : state.url();
        if (url == null || !known.guard.coversJdbc(url)) {
            return 0;
        }
        Endpoint endpoint = known.guard.matchConnect(url);
        return endpoint == null ? 0 : endpoint.deadlineMillis();
    }
}
