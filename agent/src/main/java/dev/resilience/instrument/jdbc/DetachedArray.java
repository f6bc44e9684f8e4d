package dev.resilience.instrument.jdbc;

import dev.resilience.fallback.Answer;
import java.math.BigDecimal;
import java.sql.Array;
import java.sql.Date;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Time;
import java.sql.Timestamp;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** An SQL array with its elements at hand and no connection. Immutable. */
final class DetachedArray implements Array {

    /** @param type of an array, {@code Object} where the driver gives no other, null where it is not known */
    private record ElementType(int sqlType, @Nullable Class<?> type) {}

    /** By the names of PostgreSQL, that types its arrays, and of H2, in capitals where they are the same. */
    private static final Map<String, ElementType> ELEMENTS = Map.ofEntries(
            Map.entry("int2", new ElementType(Types.SMALLINT, Short.class)),
            Map.entry("int4", new ElementType(Types.INTEGER, Integer.class)),
            Map.entry("int8", new ElementType(Types.BIGINT, Long.class)),
            Map.entry("float4", new ElementType(Types.REAL, Float.class)),
            Map.entry("float8", new ElementType(Types.DOUBLE, Double.class)),
            Map.entry("numeric", new ElementType(Types.NUMERIC, BigDecimal.class)),
            Map.entry("bool", new ElementType(Types.BIT, Boolean.class)),
            Map.entry("text", new ElementType(Types.VARCHAR, String.class)),
            Map.entry("varchar", new ElementType(Types.VARCHAR, String.class)),
            Map.entry("bpchar", new ElementType(Types.CHAR, String.class)),
            Map.entry("bytea", new ElementType(Types.BINARY, byte[].class)),
            Map.entry("date", new ElementType(Types.DATE, Date.class)),
            Map.entry("time", new ElementType(Types.TIME, Time.class)),
            Map.entry("timestamp", new ElementType(Types.TIMESTAMP, Timestamp.class)),
            Map.entry("timestamptz", new ElementType(Types.TIMESTAMP, Timestamp.class)),
            Map.entry("uuid", new ElementType(Types.OTHER, UUID.class)),
            Map.entry("json", new ElementType(Types.OTHER, String.class)),
            Map.entry("jsonb", new ElementType(Types.OTHER, String.class)),
            Map.entry("tinyint", new ElementType(Types.TINYINT, Object.class)),
            Map.entry("smallint", new ElementType(Types.SMALLINT, Object.class)),
            Map.entry("integer", new ElementType(Types.INTEGER, Object.class)),
            Map.entry("bigint", new ElementType(Types.BIGINT, Object.class)),
            Map.entry("real", new ElementType(Types.REAL, Object.class)),
            Map.entry("double precision", new ElementType(Types.DOUBLE, Object.class)),
            Map.entry("boolean", new ElementType(Types.BOOLEAN, Object.class)),
            Map.entry("character", new ElementType(Types.CHAR, Object.class)),
            Map.entry("character varying", new ElementType(Types.VARCHAR, Object.class)),
            Map.entry("binary varying", new ElementType(Types.VARBINARY, Object.class)),
            Map.entry("NULL", new ElementType(Types.NULL, Object.class)),
            Map.entry("NUMERIC", new ElementType(Types.NUMERIC, Object.class)),
            Map.entry("DATE", new ElementType(Types.DATE, Object.class)));

    private static final ElementType ARRAY = new ElementType(Types.ARRAY, Object.class);
    private static final ElementType UNKNOWN = new ElementType(Types.OTHER, null);

    private final Answer.ArrayValue value;

    DetachedArray(Answer.ArrayValue value) {
        this.value = value;
    }

    @Override
    public String getBaseTypeName() {
        return value.baseType();
    }

    @Override
    public int getBaseType() {
        return elementType(value.baseType()).sqlType;
    }

    @Override
    public Object getArray() {
        return array(value.elements(), value.baseType());
    }

    @Override
    public Object getArray(Map<String, Class<?>> map) {
        return getArray();
    }

    @Override
    public Object getArray(long index, int count) throws SQLException {
        return array(part(index, count), value.baseType());
    }

    private List<@Nullable Object> part(long index, int count) throws SQLException {
        if (index < 1 || count < 0 || count > value.elements().size() - (index - 1)) {
            throw new SQLException("No elements " + index + " to " + (index + count - 1) + " in this array", "2202E");
        }
        int from = (int) index - 1;
        return value.elements().subList(from, from + count);
    }

    @Override
    public Object getArray(long index, int count, Map<String, Class<?>> map) throws SQLException {
        return getArray(index, count);
    }

    @Override
    public ResultSet getResultSet() {
        return rows(1, value.elements());
    }

    @Override
    public ResultSet getResultSet(Map<String, Class<?>> map) {
        return getResultSet();
    }

    @Override
    public ResultSet getResultSet(long index, int count) throws SQLException {
        return rows((int) index, part(index, count));
    }

    @Override
    public ResultSet getResultSet(long index, int count, Map<String, Class<?>> map) throws SQLException {
        return getResultSet(index, count);
    }

    /** A row for each element, as {@code java.sql.Array} says: where it stands in the array, and the element itself. */
    private ResultSet rows(int first, List<@Nullable Object> elements) {
        ElementType type = elementType(value.baseType());
        List<@Nullable Object[]> rows = new ArrayList<>();
        for (Object element : elements) {
            rows.add(new @Nullable Object[] {first + rows.size(), element});
        }
        boolean nested = elements.stream().anyMatch(Answer.ArrayValue.class::isInstance);
        Class<?> of = type.type == null ? Object.class : type.type;
        return DetachedResultSet.of(new Answer.Rows(
                List.of(
                        column("INDEX", Types.INTEGER, "INTEGER", Integer.class),
                        column("VALUE", nested ? Types.ARRAY : type.sqlType, value.baseType(), of)),
                rows));
    }

    private static Answer.Column column(String name, int sqlType, String typeName, Class<?> type) {
        return new Answer.Column(
                name, name, sqlType, typeName, type.getName(), 0, 0, ResultSetMetaData.columnNullableUnknown, "", "");
    }

    @Override
    public void free() {
        // Nothing is held.
    }

    /** As an array of another type; null when its elements are not of it. */
    @Nullable
    Object as(Class<?> type) {
        if (type.isPrimitive()) {
            return null;
        }
        Object made = java.lang.reflect.Array.newInstance(type, value.elements().size());
        int at = 0;
        for (Object element : value.elements()) {
            if (element != null && !type.isInstance(element)) {
                return null;
            }
            java.lang.reflect.Array.set(made, at++, element);
        }
        return made;
    }

    private static ElementType elementType(String baseType) {
        ElementType known = ELEMENTS.get(baseType);
        if (known == null) {
            known = ELEMENTS.get(baseType.toLowerCase(Locale.ROOT));
        }
        return known != null ? known : baseType.endsWith(" ARRAY") ? ARRAY : UNKNOWN;
    }

    /** Of the elements' own type, as drivers give it, where they have one. H2's arrays of arrays name another type of element. */
    private static Object array(List<@Nullable Object> elements, String baseType) {
        Object[] plain = new Object[elements.size()];
        Class<?> type = null;
        for (int i = 0; i < plain.length; i++) {
            Object element = elements.get(i);
            if (element instanceof Answer.ArrayValue inner) {
                boolean plainly = inner.baseType().equals(baseType);
                plain[i] = plainly ? array(inner.elements(), baseType) : new DetachedArray(inner);
            } else {
                plain[i] = element;
            }
            if (plain[i] != null) {
                type = type == null || type == plain[i].getClass() ? plain[i].getClass() : Object.class;
            }
        }
        Class<?> known = elementType(baseType).type;
        if (known == Object.class || (type == null && known == null) || type == Object.class) {
            return plain;
        }
        if (type == null) {
            type = known;
        }
        Object[] typed = (Object[]) java.lang.reflect.Array.newInstance(type, plain.length);
        System.arraycopy(plain, 0, typed, 0, plain.length);
        return typed;
    }

    @Override
    public String toString() {
        return Arrays.deepToString((Object[]) getArray());
    }
}
