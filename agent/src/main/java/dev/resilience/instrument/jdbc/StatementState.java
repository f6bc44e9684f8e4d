package dev.resilience.instrument.jdbc;

import dev.resilience.fallback.RowsRecorder;
import java.lang.ref.WeakReference;
import java.sql.ResultSet;
import org.jspecify.annotations.Nullable;

/** What is known of one statement, as the application holds it. Used by one thread at a time, like the statement. */
final class StatementState {

    final ConnectionState connection;

    /** What was prepared; null for a plain statement. */
    final @Nullable String prepared;

    /** Null when no fallback of the statement's endpoint could use them. */
    final @Nullable Parameters parameters;

    /** First statement of the batch gathered so far. */
    @Nullable
    String batched;

    int batchSize;

    /** What {@code getResultSet} and its sisters give instead of the driver's own; null for those. */
    @Nullable
    Given given;

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
    }

    void recording(ResultSet rows, Recording begun) {
        read = new WeakReference<>(rows);
        recording = begun;
    }

    void endBatch() {
        batched = null;
        batchSize = 0;
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
        begin();
    }

    /** The statement runs anew: what its last execution left is over. */
    void begin() {
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
