package dev.resilience.instrument.jdbc;

import dev.resilience.fallback.Answer;
import dev.resilience.fallback.RowsRecorder;
import dev.resilience.guard.ThreadMarks;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes down a result's rows, each when the application has stepped onto it. What the application does not read to the end,
 * reads out of order, or holds values that cannot be made again is not kept. Used by one thread at a time; never throws.
 */
final class Recording {

    private final RowsRecorder recorder;
    private final @Nullable String url;
    private @Nullable RowReader reader;
    private boolean over;
    private int rows;

    private Recording(RowsRecorder recorder, @Nullable String url) {
        this.recorder = recorder;
        this.url = url;
    }

    static void begin(Known known, StatementState state, ResultSet result, RowsRecorder recorder) {
        Recording recording = new Recording(recorder, state.connection.url());
        known.put(result, recording);
        state.recording(result, recording);
    }

    boolean over() {
        return over;
    }

    /** The application stepped onto the next row of {@code result}, or past the last one. */
    void stepped(ResultSet result, boolean onRow) {
        if (over) {
            return;
        }
        ThreadMarks.enter();
        try {
            RowReader from = reader;
            if (from == null) {
                from = RowReader.of(result, url);
                reader = from;
            }
            if (from == null) {
                abandon();
            } else if (!onRow) {
                over = true;
                recorder.complete(from.columns());
            } else if (!record(result, from)) {
                abandon();
            }
        } catch (SQLException | RuntimeException | AbstractMethodError unreadable) {
            abandon();
        } finally {
            ThreadMarks.exit();
        }
    }

    private boolean record(ResultSet result, RowReader from) throws SQLException {
        @Nullable Object[] row = from.read(result);
        rows++;
        return row != null && recorder.row(row);
    }

    /**
     * The application closes {@code result}: kept all the same when it stood on the last row, which it need not step past to
     * know. Asked only where the driver has all rows at hand.
     */
    void closing(ResultSet result) {
        if (over) {
            return;
        }
        boolean last = false;
        List<Answer.Column> columns = List.of();
        ThreadMarks.enter();
        try {
            RowReader from = reader;
            if (from != null && rows > 0) {
                int fetched = result.getFetchSize();
                last = (fetched == 0 || rows < fetched) && result.isLast();
                columns = from.columns();
            }
        } catch (SQLException | RuntimeException | AbstractMethodError untold) {
            last = false;
        } finally {
            ThreadMarks.exit();
        }
        if (last) {
            over = true;
            recorder.complete(columns);
        } else {
            abandon();
        }
    }

    void abandon() {
        if (!over) {
            over = true;
            recorder.abandon();
        }
    }
}
