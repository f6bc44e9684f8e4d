package dev.resilience.instrument.jdbc;

import dev.resilience.fallback.Answer;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.Types;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An SQL array with its elements at hand and no connection. Immutable. */
final class DetachedArray implements Array {

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
        for (Object element : value.elements()) {
            if (element instanceof Integer) {
                return Types.INTEGER;
            }
            if (element instanceof Long) {
                return Types.BIGINT;
            }
            if (element instanceof String) {
                return Types.VARCHAR;
            }
        }
        return Types.OTHER;
    }

    @Override
    public Object getArray() {
        return array(value.elements());
    }

    @Override
    public Object getArray(Map<String, Class<?>> map) {
        return getArray();
    }

    @Override
    public Object getArray(long index, int count) throws SQLException {
        int from = (int) index - 1;
        if (from < 0 || count < 0 || from + count > value.elements().size()) {
            throw new SQLException("No elements " + index + " to " + (index + count - 1) + " in this array", "2202E");
        }
        return array(value.elements().subList(from, from + count));
    }

    @Override
    public Object getArray(long index, int count, Map<String, Class<?>> map) throws SQLException {
        return getArray(index, count);
    }

    @Override
    public ResultSet getResultSet() throws SQLException {
        throw new SQLFeatureNotSupportedException("A stored array has no result set");
    }

    @Override
    public ResultSet getResultSet(Map<String, Class<?>> map) throws SQLException {
        return getResultSet();
    }

    @Override
    public ResultSet getResultSet(long index, int count) throws SQLException {
        return getResultSet();
    }

    @Override
    public ResultSet getResultSet(long index, int count, Map<String, Class<?>> map) throws SQLException {
        return getResultSet();
    }

    @Override
    public void free() {
        // Nothing is held.
    }

    /** Of the elements' own type, as drivers give it, where they have one. */
    private static Object array(List<@Nullable Object> elements) {
        Object[] plain = new Object[elements.size()];
        Class<?> type = null;
        for (int i = 0; i < plain.length; i++) {
            Object element = elements.get(i);
            plain[i] = element instanceof Answer.ArrayValue inner ? array(inner.elements()) : element;
            if (plain[i] != null) {
                type = type == null || type == plain[i].getClass() ? plain[i].getClass() : Object.class;
            }
        }
        if (type == null || type == Object.class) {
            return plain;
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
