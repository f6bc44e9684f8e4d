package dev.resilience.guard;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the JDBC adapter tells of a statement about to run. */
public interface JdbcRequestView {

    String url();

    String sql();

    /** Database user of the connection; null when unknown. */
    @Nullable
    String user();

    /** Schema or catalog in force, where the application set one; null when it did not. */
    @Nullable
    String schema();

    /**
     * Parameters by position, in types with a value-like {@code equals} and {@code toString}; null when they cannot all be
     * known, and the statement then has no stored answer.
     */
    @Nullable
    List<@Nullable Object> parameters();

    /** Whether rows, rather than an update count, are expected. */
    boolean query();
}
