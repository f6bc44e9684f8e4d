package dev.resilience.instrument.jdbc;

import dev.resilience.guard.Endpoint;
import dev.resilience.guard.Guard;
import dev.resilience.guard.JdbcCall;
import dev.resilience.guard.Ruling;
import dev.resilience.guard.ThreadMarks;
import dev.resilience.instrument.Wake;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** All that is known of the application's JDBC objects, and the guard that is asked about them. Thread-safe. */
final class Known {

    private static final int MOST_DATABASES = 256;
    private static final int MOST_SAID_BEFORE = 32;

    final Guard guard;
    final OfflineConnections offline;

    final WeakIdentityMap<ConnectionState> connections = new WeakIdentityMap<>();

    /** Pools keep hundreds of them for each of their connections. */
    final WeakIdentityMap<StatementState> statements = new WeakIdentityMap<>(16_384);

    final WeakIdentityMap<Recording> recordings = new WeakIdentityMap<>();

    /** Up when the first statement is known, or the first result recorded. */
    final Wake guarding = Wake.asleep();

    final Wake recording = Wake.asleep();

    /** Up when the first connection has been found dead before a transaction or by its beginning. */
    final Wake losing = Wake.asleep();

    final Attention preparing = new Attention();

    /** By address; an application has a few, and a flood of them must not fill the heap. */
    private final Map<String, Database> databases = new ConcurrentHashMap<>();

    /** Failures to connect that were counted already: pools hand them on as the cause of their own. */
    final WeakIdentityMap<Boolean> counted = new WeakIdentityMap<>();

    final Accepted accepted = new Accepted();

    private final WeakIdentityMap<Source> sources = new WeakIdentityMap<>();

    /** What was said to connections that nothing is known of yet, or to wrappers, of which nothing ever is. */
    private final WeakIdentityMap<List<Consumer<SessionSettings>>> saidBefore = new WeakIdentityMap<>();

    Known(Guard guard) {
        this.guard = guard;
        this.offline = new OfflineConnections(this);
        guard.whenRulesChange(() -> {
            databases.clear();
            preparing.needed();
        });
    }

    /** What the rules in force say of it. */
    Database database(String url) {
        Database known = databases.get(url);
        if (known == null || !known.current()) {
            known = new Database(guard, url);
            if (databases.size() < MOST_DATABASES) {
                databases.put(url, known);
            }
        }
        return known;
    }

    /** A connection was lost on the way to a statement: counts as an attempt to connect that failed. */
    void count(Endpoint endpoint, String url, @Nullable String user, Throwable failure) {
        JdbcCall call = guard.beginConnect(endpoint, new ConnectRequest(ShownUrl.of(url), user));
        if (call.admit() instanceof Ruling.Proceed) {
            call.failed(failure);
        }
    }

    /** Whether an attempt was counted where it was made, or is only a pool's: exhausted, closed. */
    boolean isCounted(Throwable failure) {
        boolean lost = false;
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < 16; depth++) {
            if (counted.get(cause) != null) {
                return true;
            }
            lost |= isOfConnecting(cause);
            cause = cause.getCause();
        }
        if (lost) {
            counted.put(failure, true);
        }
        return !lost;
    }

    /** H2's states say nothing of it, but its class does. */
    private static boolean isOfConnecting(Throwable failure) {
        return failure instanceof SQLNonTransientConnectionException
                || (failure instanceof SQLException e
                        && e.getSQLState() != null
                        && e.getSQLState().startsWith("08"));
    }

    void put(Object statement, StatementState state) {
        statements.put(statement, state);
        guarding.up();
    }

    void put(ResultSet result, Recording begun) {
        recordings.put(result, begun);
        recording.up();
    }

    Source source(DataSource source) {
        Source known = sources.get(source);
        if (known == null) {
            known = Source.of(source);
            sources.put(source, known);
        }
        return known;
    }

    /**
     * What is known of a connection that was not seen when it was made. Asks the connection itself, once.
     */
    ConnectionState resolve(Connection connection) {
        ConnectionState known = connections.get(connection);
        if (known != null) {
            return known;
        }
        return met(connection, ask(connection));
    }

    /** A connection that was not seen when it was made is known from now on, and what was said to it before. */
    ConnectionState met(Connection connection, ConnectionState state) {
        connections.put(connection, state);
        if (state != ConnectionState.UNKNOWN && !state.offline) {
            state.session.isOf(connection);
        }
        List<Consumer<SessionSettings>> before = saidBefore.remove(connection);
        if (before != null && state != ConnectionState.UNKNOWN) {
            before.forEach(said -> said.accept(state.session));
            // None of it is a statement, which a rollback could take back.
            state.session.committed();
        }
        return state;
    }

    /** Something that is part of what is asked was said to a connection: it is remembered of one that nothing is known of yet. */
    void said(Object connection, Consumer<SessionSettings> said) {
        ConnectionState state = connections.get(connection);
        if (state == null) {
            saidBefore(connection, said);
        } else if (state != ConnectionState.UNKNOWN) {
            said.accept(state.session);
        }
    }

    private void saidBefore(Object connection, Consumer<SessionSettings> said) {
        List<Consumer<SessionSettings>> before = saidBefore.get(connection);
        List<Consumer<SessionSettings>> all = before == null ? new ArrayList<>(1) : new ArrayList<>(before);
        all.add(said);
        saidBefore.put(connection, all.size() > MOST_SAID_BEFORE ? List.of(SessionSettings::unknowable) : all);
    }

    private static ConnectionState ask(Connection connection) {
        OnThread thread = OnThread.get();
        ThreadMarks.enter();
        try {
            DatabaseMetaData metaData = connection.getMetaData();
            String url = metaData == null ? null : metaData.getURL();
            ConnectionState offline = thread.found;
            if (offline != null) {
                // A pool lends a statement again that it made while there was no database.
                return offline;
            }
            return url == null
                    ? ConnectionState.UNKNOWN
                    : new ConnectionState(new Origin(null, url, null, metaData.getUserName(), Map.of()), false);
        } catch (SQLException | RuntimeException | AbstractMethodError untold) {
            return ConnectionState.UNKNOWN;
        } finally {
            thread.found = null;
            ThreadMarks.exit();
        }
    }
}
