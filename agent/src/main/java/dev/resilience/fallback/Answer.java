package dev.resilience.fallback;

import java.net.URI;
import java.sql.Types;
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
     * @param address where a real one came from in the end; null for the address that is asked
     */
    record Http(
            String strategy,
            int status,
            List<Header> headers,
            byte[] body,
            @Nullable URI address) implements Answer {

        /** From the address that is asked. */
        public Http(String strategy, int status, List<Header> headers, byte[] body) {
            this(strategy, status, headers, body, null);
        }
    }

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
            String schema,
            Traits traits) {

        /** Of which no database said more. */
        public Column(
                String label,
                String name,
                int sqlType,
                String typeName,
                String className,
                int precision,
                int scale,
                int nullable,
                String table,
                String schema) {
            this(
                    label,
                    name,
                    sqlType,
                    typeName,
                    className,
                    precision,
                    scale,
                    nullable,
                    table,
                    schema,
                    Traits.assumed(sqlType, Math.max(precision, label.length())));
        }

        public Column with(Traits more) {
            return new Column(
                    label, name, sqlType, typeName, className, precision, scale, nullable, table, schema, more);
        }
    }

    /**
     * What else is said of a column.
     *
     * @param which the sum of the constants below that hold
     */
    record Traits(String catalog, int displaySize, int which) {

        public static final int SIGNED = 1;
        public static final int CASE_SENSITIVE = 2;
        public static final int SEARCHABLE = 4;
        public static final int AUTO_INCREMENT = 8;
        public static final int CURRENCY = 16;
        public static final int READ_ONLY = 32;
        public static final int WRITABLE = 64;
        public static final int DEFINITELY_WRITABLE = 128;

        /** Its values are large objects in the driver's hands, not the bytes or texts themselves. */
        public static final int LOCATOR = 256;

        static Traits assumed(int sqlType, int displaySize) {
            return new Traits("", displaySize, SEARCHABLE | READ_ONLY | (signed(sqlType) ? SIGNED : CASE_SENSITIVE));
        }

        public Traits and(int trait) {
            return new Traits(catalog, displaySize, which | trait);
        }

        public boolean has(int trait) {
            return (which & trait) != 0;
        }

        private static boolean signed(int sqlType) {
            return switch (sqlType) {
                case Types.TINYINT,
                        Types.SMALLINT,
                        Types.INTEGER,
                        Types.BIGINT,
                        Types.REAL,
                        Types.FLOAT,
                        Types.DOUBLE,
                        Types.NUMERIC,
                        Types.DECIMAL -> true;
                default -> false;
            };
        }
    }
}
