package dev.resilience.instrument.jdbc;

import dev.resilience.fallback.RowsRecorder;
import dev.resilience.guard.Endpoint;
import java.lang.ref.WeakReference;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is known of one statement, as the application holds it. Used by one thread at a time, like the statement. */
final class StatementState {

    /** Another one where a statement made without a database has got one. */
    ConnectionState connection;

    /** What was prepared; null for a plain statement. */
    final @Nullable String prepared;

    /** Null when no fallback of the statement's endpoint could use them. */
    final @Nullable Parameters parameters;

    /** What its session was set to when it was prepared: some drivers have it mean the same for good. */
    final InForce preparedIn;

    /** What the rules say of what was prepared, and those that said so. */
    private Database.@Nullable Ruled ruled;

    private @Nullable Database ruledBy;

    /** First statement of the batch gathered so far. */
    @Nullable
    String batched;

    int batchSize;

    /** Those of the batch's statements that set something of the session, once they are executed. */
    private List<String> batchedSettings = List.of();

    /** Whether whoever prepared it asked for the keys that the database makes. */
    boolean preparedForKeys;

    /** Whether the execution that runs is asked for them. */
    boolean keysAsked;

    /** By which long values are cut short; 0 for none. */
    int mostOfField;

    /** What {@code getResultSet} and its sisters give instead of the driver's own; null for those. */
    @Nullable
    Given given;

    /** Whether the application cancelled the execution that runs, from whatever thread. */
    volatile boolean cancelled;

    /** Whether the application closed it, maybe from another thread while it is executed. */
    volatile boolean closed;

    /** Whether its connection, which has no database, did not hear of it when it was lent or executed: who made it is past. */
    boolean madeBefore;

    /** Waits for the rows of {@code execute()} to be fetched. */
    @Nullable
    RowsRecorder recorder;

    /** The rows being taken down: a statement's end is their end, too. */
    private @Nullable WeakReference<ResultSet> read;

    private @Nullable Recording recording;

    StatementState(ConnectionState connection, @Nullable String prepared, @Nullable Parameters parameters) {
        this.connection = connection;
        this.prepared = prepared;
        this.parameters = parameters;
        this.preparedIn = connection.session.inForce();
    }

    /** @param prepared null for a plain statement */
    static StatementState of(ConnectionState connection, Database database, @Nullable String prepared) {
        Database.Ruled ruled = prepared == null ? null : database.statement(prepared);
        StatementState state = new StatementState(
                connection, prepared, ruled != null && usesParameters(ruled) ? new Parameters() : null);
        state.ruled = ruled;
        state.ruledBy = database;
        return state;
    }

    /** Whether a fallback or the session's settings could use them. */
    private static boolean usesParameters(Database.Ruled ruled) {
        Endpoint endpoint = ruled.endpoint();
        return ruled.run() || (endpoint != null && endpoint.hasFallback());
    }

    /** The parameters; null where not all are known, as those that were set by a driver's own methods. */
    @Nullable
    List<@Nullable Object> told() {
        List<@Nullable Object> told = parameters == null ? null : parameters.list();
        return told == null || (ruled != null && told.size() < ruled.markers()) ? null : told;
    }

    /** What the rules say of what it is about to execute: what was prepared, if it was. */
    Database.Ruled ruled(Database database, String sql) {
        Database.Ruled known = ruled;
        if (known == null || ruledBy != database) {
            known = database.statement(sql);
            if (prepared != null) {
                ruled = known;
                ruledBy = database;
            }
        }
        return known;
    }

    /** It is about to be executed. @param how what is said beside the statement's text */
    void asked(@Nullable Object how) {
        keysAsked = preparedForKeys || asksForKeys(how);
    }

    /** @param how {@code RETURN_GENERATED_KEYS}, or the columns by number or name */
    static boolean asksForKeys(@Nullable Object how) {
        return how instanceof Integer flag
                ? flag == Statement.RETURN_GENERATED_KEYS
                : how instanceof int[] || how instanceof String[];
    }

    void recording(ResultSet rows, Recording begun) {
        read = new WeakReference<>(rows);
        recording = begun;
    }

    /**
     * Before it is executed, on a connection that has no database. Pools lend statements again that they made there: whoever executes
     * one again has the database asked for, as who makes one.
     */
    void follow(Known known) {
        OfflineConnection standIn = connection.standIn;
        Connection real = standIn == null ? null : standIn.real(madeBefore);
        ConnectionState followed = real == null ? null : known.connections.get(real);
        if (followed != null) {
            connection = followed;
        }
        madeBefore = true;
    }

    void addToBatch(@Nullable String sql) {
        batchSize++;
        if (batched == null) {
            batched = sql == null ? prepared : sql;
        }
        if (sql != null && Concerning.session(sql)) {
            batchedSettings = batchedSettings.isEmpty() ? new ArrayList<>() : batchedSettings;
            batchedSettings.add(sql);
        }
    }

    List<String> batchedSettings() {
        return batchedSettings;
    }

    void endBatch() {
        batched = null;
        batchSize = 0;
        batchedSettings = List.of();
    }

    /** Before the statement and with it its rows are closed. */
    void close() {
        WeakReference<ResultSet> rows = read;
        Recording begun = recording;
        if (rows != null && begun != null) {
            ResultSet open = rows.get();
            if (open == null) {
                begun.abandon();
            } else {
                begun.closing(open);
            }
        }
        closed = true;
        over();
    }

    /** The statement runs anew: what its last execution left is over. */
    void begin() {
        if (cancelled) {
            // What others wait to see costs as much as all the rest.
            cancelled = false;
        }
        over();
    }

    private void over() {
        Given before = given;
        if (before != null) {
            before.close();
        }
        given = null;
        read = null;
        recording = null;
        RowsRecorder unfetched = recorder;
        if (unfetched != null) {
            recorder = null;
            unfetched.abandon();
        }
    }
}
