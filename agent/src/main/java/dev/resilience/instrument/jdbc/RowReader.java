package dev.resilience.instrument.jdbc;

import dev.resilience.fallback.Answer;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.Array;
import java.sql.Blob;
import java.sql.Clob;
import java.sql.Date;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.SQLXML;
import java.sql.Time;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Reads the row that a result set stands on, in types that can be kept and made into all others again. */
final class RowReader {

    /** Longest large object that is read, characters or bytes. */
    private static final int LONGEST = 1 << 20;

    /** Well after the 15th of October 1582, in any zone, in milliseconds. */
    private static final long FIRST_GREGORIAN = -12_200_000_000_000L;

    /** Of what can be a date, and is no infinity. */
    private static final long LAST_YEAR = 1_000_000_000_000_000_000L;

    private final List<Answer.Column> columns;

    private RowReader(List<Answer.Column> columns) {
        this.columns = columns;
    }

    /** Null where reading its rows would take something from the application. */
    static @Nullable RowReader of(ResultSet result, @Nullable String url) throws SQLException {
        // PostgreSQL's driver runs a query to tell the table and what is said of its columns.
        boolean told = Vendor.of(url) != Vendor.POSTGRESQL;
        ResultSetMetaData metaData = result.getMetaData();
        List<Answer.Column> columns = new ArrayList<>();
        for (int i = 1; i <= metaData.getColumnCount(); i++) {
            String typeName = text(TypeNames.of(metaData, i));
            if (isReadOnce(url, metaData.getColumnType(i), typeName)) {
                return null;
            }
            columns.add(new Answer.Column(
                    text(metaData.getColumnLabel(i)),
                    text(metaData.getColumnName(i)),
                    metaData.getColumnType(i),
                    typeName,
                    text(metaData.getColumnClassName(i)),
                    metaData.getPrecision(i),
                    metaData.getScale(i),
                    told ? metaData.isNullable(i) : ResultSetMetaData.columnNullableUnknown,
                    told ? text(metaData.getTableName(i)) : "",
                    told ? text(metaData.getSchemaName(i)) : "",
                    traits(metaData, i, told)));
        }
        return new RowReader(columns);
    }

    /**
     * Oracle's LONG is a stream, over when it was read once or when another column was read: the application has its own order.
     * PostgreSQL's driver fetches a cursor to its end when it is asked for the value.
     */
    private static boolean isReadOnce(@Nullable String url, int sqlType, String typeName) {
        return typeName.equals("refcursor")
                || (url != null
                        && url.regionMatches(true, 5, "oracle:", 0, 7)
                        && (sqlType == Types.LONGVARCHAR || sqlType == Types.LONGVARBINARY));
    }

    private static Answer.Traits traits(ResultSetMetaData metaData, int column, boolean told) throws SQLException {
        int which = (metaData.isSigned(column) ? Answer.Traits.SIGNED : 0)
                | (metaData.isCaseSensitive(column) ? Answer.Traits.CASE_SENSITIVE : 0)
                | (metaData.isSearchable(column) ? Answer.Traits.SEARCHABLE : 0)
                | (told && metaData.isAutoIncrement(column) ? Answer.Traits.AUTO_INCREMENT : 0)
                | (metaData.isCurrency(column) ? Answer.Traits.CURRENCY : 0)
                | (metaData.isReadOnly(column) ? Answer.Traits.READ_ONLY : 0)
                | (metaData.isWritable(column) ? Answer.Traits.WRITABLE : 0)
                | (metaData.isDefinitelyWritable(column) ? Answer.Traits.DEFINITELY_WRITABLE : 0);
        return new Answer.Traits(text(metaData.getCatalogName(column)), metaData.getColumnDisplaySize(column), which);
    }

    List<Answer.Column> columns() {
        return List.copyOf(columns);
    }

    /** The row's values, null when one of them cannot be kept. */
    @Nullable
    Object @Nullable [] read(ResultSet result) throws SQLException {
        @Nullable Object[] row = new @Nullable Object[columns.size()];
        for (int i = 0; i < row.length; i++) {
            Object value = value(result, i + 1);
            if (value != null) {
                Object kept = kept(result, i + 1, columns.get(i), value);
                if (kept == null) {
                    return null;
                }
                row[i] = kept;
                if (value instanceof Clob || value instanceof Blob) {
                    locator(i);
                }
            }
        }
        return row;
    }

    private void locator(int index) {
        Answer.Column column = columns.get(index);
        if (!column.traits().has(Answer.Traits.LOCATOR)) {
            columns.set(index, column.with(column.traits().and(Answer.Traits.LOCATOR)));
        }
    }

    /** Some values only have a text: MySQL's driver has no date for the year 0, and no time for a hundred hours. */
    private static @Nullable Object value(ResultSet result, int index) throws SQLException {
        try {
            return result.getObject(index);
        } catch (SQLException noObject) {
            return result.getString(index);
        }
    }

    private static @Nullable Object kept(ResultSet result, int index, Answer.Column column, Object value)
            throws SQLException {
        if (value instanceof String
                || value instanceof Integer
                || value instanceof Long
                || value instanceof Short
                || value instanceof Byte
                || value instanceof BigInteger
                || value instanceof UUID
                || (value instanceof byte[] && column.sqlType() != Types.BIT)) {
            return value;
        }
        if (value instanceof byte[] && column.sqlType() == Types.BIT) {
            return spelled(value, result.getString(index));
        }
        if (value instanceof Array array) {
            Answer.ArrayValue kept = kept(array);
            return kept == null ? null : spelled(kept, result.getString(index));
        }
        if (value instanceof Clob clob) {
            return clob.length() > LONGEST ? null : result.getString(index);
        }
        if (value instanceof Blob blob) {
            return blob.length() > LONGEST ? null : result.getBytes(index);
        }
        if (value instanceof SQLXML xml) {
            String text = xml.getString();
            return text == null || text.length() > LONGEST ? null : text;
        }
        if (value instanceof Boolean
                || value instanceof BigDecimal
                || value instanceof Double
                || value instanceof Float
                || value instanceof LocalDateTime
                || value instanceof OffsetDateTime
                || value instanceof LocalDate
                || value instanceof LocalTime
                || value instanceof OffsetTime
                || value instanceof java.time.ZonedDateTime
                || value instanceof java.time.Instant) {
            return spelled(value, result.getString(index));
        }
        if (value instanceof java.util.Date) {
            return spelled(moment(result, index, column, value), result.getString(index));
        }
        if (DriverObject.is(value)) {
            // A spelled text: this is how it is told from one that is a text for the driver, too.
            String text = DriverObject.text(value);
            String spelling = result.getString(index);
            return text == null ? null : new Answer.Spelled(text, spelling == null ? text : spelling);
        }
        return null;
    }

    /** Dates and times of {@code java.sql} in the type of {@code java.time} that loses nothing and needs no time zone. */
    private static Object moment(ResultSet result, int index, Answer.Column column, Object value) {
        try {
            if (value instanceof Date date) {
                // Older dates than 1582 are counted otherwise by the classes of java.sql.
                return date.getTime() < FIRST_GREGORIAN || date.getTime() > LAST_YEAR
                        ? orElse(result.getObject(index, LocalDate.class), date.toLocalDate())
                        : date.toLocalDate();
            }
            if (value instanceof Time) {
                return zoned(column)
                        ? orElse(result.getObject(index, OffsetTime.class), value)
                        : orElse(result.getObject(index, LocalTime.class), value);
            }
            if (value instanceof Timestamp) {
                return zoned(column)
                        ? orElse(result.getObject(index, OffsetDateTime.class), value)
                        : orElse(result.getObject(index, LocalDateTime.class), value);
            }
        } catch (SQLException | RuntimeException | AbstractMethodError unsupported) {
            // Older drivers know the types of java.sql only.
        }
        return value instanceof Date date ? date.toLocalDate() : value;
    }

    private static boolean zoned(Answer.Column column) {
        return column.sqlType() == Types.TIMESTAMP_WITH_TIMEZONE
                || column.sqlType() == Types.TIME_WITH_TIMEZONE
                || column.typeName().equalsIgnoreCase("timestamptz")
                || column.typeName().equalsIgnoreCase("timetz");
    }

    private static Answer.@Nullable ArrayValue kept(Array array) throws SQLException {
        return array.getArray() instanceof Object[] elements ? kept(text(array.getBaseTypeName()), elements) : null;
    }

    private static Answer.@Nullable ArrayValue kept(String baseType, Object[] elements) throws SQLException {
        List<@Nullable Object> kept = new ArrayList<>(elements.length);
        for (Object element : elements) {
            Object told = element;
            if (element instanceof Object[] inner) {
                told = kept(baseType, inner);
            } else if (element instanceof Array inner) {
                told = kept(inner);
            } else if (element != null && DriverObject.is(element)) {
                told = DriverObject.text(element);
            }
            if (told == null && element != null) {
                return null;
            }
            kept.add(told);
        }
        return new Answer.ArrayValue(baseType, kept);
    }

    private static Object spelled(Object value, @Nullable String text) {
        return text == null || text.equals(Values.text(value)) ? value : new Answer.Spelled(value, text);
    }

    private static Object orElse(@Nullable Object value, Object otherwise) {
        return value == null ? otherwise : value;
    }

    private static String text(@Nullable String value) {
        return value == null ? "" : value;
    }
}
