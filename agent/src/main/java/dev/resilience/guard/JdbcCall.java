package dev.resilience.guard;

import dev.resilience.fallback.Answer;
import org.jspecify.annotations.Nullable;

/** A guarded statement execution. */
public interface JdbcCall extends GuardedCall {

    /** The statement ran. Settles the call. */
    void succeeded();

    /**
     * Takes the rows as the application reads them, when they may be kept; null when not. To be asked once, after
     * {@link #succeeded()}.
     */
    @Nullable
    RowsRecorder recorder();

    /** Takes a result's rows one by one. Not thread-safe; never throws; does nothing after its end or over its limit. */
    interface RowsRecorder {

        /** @return false when the result grew too large to keep, and no more rows are wanted */
        boolean row(@Nullable Object[] values);

        /** All rows were read: only now may they be kept. */
        void complete(java.util.List<Answer.Column> columns);

        void abandon();
    }
}
