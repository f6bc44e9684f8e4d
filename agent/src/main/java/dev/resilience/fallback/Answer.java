package dev.resilience.fallback;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What an application gets in place of its own call's result, in no client's type. Immutable. */
public sealed interface Answer {

    /** Which strategy made it; one of the names of the {@code X-Resilience-Fallback} mark. */
    String strategy();

    /**
     * An HTTP response. Marks are among the headers already.
     *
     * @param body read only, never null
     */
    record Http(String strategy, int status, List<Header> headers, byte[] body) implements Answer {}

    record Header(String name, String value) {}

    /** The rows of a query. */
    record RowSet(String strategy, Rows rows) implements Answer {}

    /** The update count of a statement that was taken in charge. */
    record UpdateCount(String strategy, long count) implements Answer {}

    /**
     * A result set, detached from any connection.
     *
     * @param values one array per row, one element per column: null, a boxed primitive, BigDecimal, String, byte[], the date
     *     and time classes of {@code java.sql} and {@code java.time}, UUID, {@link ArrayValue}, or {@link Spelled}
     */
    record Rows(List<Column> columns, List<@Nullable Object[]> values) {}

    /**
     * An SQL array among a row's values.
     *
     * @param baseType the database's own name of the elements' type
     */
    record ArrayValue(String baseType, List<@Nullable Object> elements) {}

    /**
     * A value that says more than itself.
     *
     * @param text of a row's: what its {@code getString} gave, where its driver spells it in a way of its own; of a
     *     parameter's: how it was set
     */
    record Spelled(Object value, String text) {}

    /** A column, as {@code java.sql.ResultSetMetaData} described it. @param sqlType of {@code java.sql.Types} */
    record Column(
            String label,
            String name,
            int sqlType,
            String typeName,
            String className,
            int precision,
            int scale,
            int nullable,
            String table,
            String schema) {}
}
