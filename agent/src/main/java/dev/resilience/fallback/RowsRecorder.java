package dev.resilience.fallback;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes a result's rows one by one, as the application reads them. Not thread-safe; never throws; does nothing after its end
 * or over its limit.
 */
public interface RowsRecorder {

    /** @return false when the result grew too large to keep, and no more rows are wanted */
    boolean row(@Nullable Object[] values);

    /** All rows were read: only now may they be kept. */
    void complete(List<Answer.Column> columns);

    void abandon();
}
