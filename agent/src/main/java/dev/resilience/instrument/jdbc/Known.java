package dev.resilience.instrument.jdbc;

import dev.resilience.guard.Guard;
import dev.resilience.guard.ThreadMarks;
import dev.resilience.instrument.Wake;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;

/** All that is known of the application's JDBC objects, and the guard that is asked about them. Thread-safe. */
final class Known {

    final Guard guard;
    final OfflineConnections offline;

    final WeakIdentityMap<Connection, ConnectionState> connections = new WeakIdentityMap<>();
    final WeakIdentityMap<Statement, StatementState> statements = new WeakIdentityMap<>();
    final WeakIdentityMap<ResultSet, Recording> recordings = new WeakIdentityMap<>();

    /** Up when the first statement is known, or the first result recorded. */
    final Wake guarding = new Wake();

    final Wake recording = new Wake();

    /** Failures to connect that were counted already: pools hand them on as the cause of their own. */
    final WeakIdentityMap<Throwable, Boolean> counted = new WeakIdentityMap<>();

    private final WeakIdentityMap<DataSource, Source> sources = new WeakIdentityMap<>();

    Known(Guard guard) {
        this.guard = guard;
        this.offline = new OfflineConnections(this);
    }

    void put(Statement statement, StatementState state) {
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
        ConnectionState told = ask(connection);
        connections.put(connection, told);
        return told;
    }

    private static ConnectionState ask(Connection connection) {
        ThreadMarks.enter();
        try {
            DatabaseMetaData metaData = connection.getMetaData();
            String url = metaData == null ? null : metaData.getURL();
            return url == null
                    ? ConnectionState.UNKNOWN
                    : new ConnectionState(new Origin(null, url, null, metaData.getUserName()), false);
        } catch (SQLException | RuntimeException | AbstractMethodError untold) {
            return ConnectionState.UNKNOWN;
        } finally {
            ThreadMarks.exit();
        }
    }
}
