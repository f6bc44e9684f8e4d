package dev.resilience.instrument.jdbc;

import dev.resilience.fallback.Answer;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.Array;
import java.sql.SQLException;
import java.sql.SQLType;
import java.time.temporal.Temporal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Calendar;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The parameters that the application set on a prepared statement. Used by one thread at a time. */
final class Parameters {

    /** More than any database allows. */
    private static final int MOST = 65_535;

    private static final Object UNSET = new Object();
    private static final Object UNKNOWN = new Object();

    private @Nullable Object[] values = new @Nullable Object[4];
    private int size;

    /** Whether something about them cannot be told by position: names, results given back through them. */
    private boolean unknowable;

    /**
     * @param position as the application gave it: from 1, or a name
     * @param third a target type, scale, length or calendar; null when there is none
     */
    void set(@Nullable Object position, @Nullable Object value, @Nullable Object third) {
        if (!(position instanceof Integer number) || number < 1 || number > MOST) {
            unknowable = true;
            return;
        }
        if (number > values.length) {
            values = Arrays.copyOf(values, Math.max(number, 2 * values.length));
        }
        while (size < number) {
            values[size++] = UNSET;
        }
        values[number - 1] = value == null ? null : kept(value, third);
    }

    private static Object kept(Object value, @Nullable Object third) {
        if (third instanceof Calendar calendar) {
            return value instanceof java.util.Date date ? HowSet.shown(date, calendar) : value;
        }
        Integer type = third instanceof SQLType named
                ? named.getVendorTypeNumber()
                : third instanceof Integer number ? number : null;
        return type == null ? value : new Typed(value, type);
    }

    /** A parameter whose value cannot be told from here. */
    void unknown(@Nullable Object position) {
        set(position, UNKNOWN, null);
    }

    void unknowable() {
        unknowable = true;
    }

    void clear() {
        size = 0;
    }

    /** In types whose equality is that of their values; null when not all can be told. */
    @Nullable
    List<@Nullable Object> list() {
        if (unknowable) {
            return null;
        }
        List<@Nullable Object> list = new ArrayList<>(size);
        for (int i = 0; i < size; i++) {
            Object value = values[i];
            Object told = told(value);
            if (told == UNKNOWN) {
                return null;
            }
            list.add(told);
        }
        return list;
    }

    private static @Nullable Object told(@Nullable Object value) {
        if (value == null
                || value instanceof Answer.Spelled
                || value instanceof String
                || value instanceof Boolean
                || value instanceof Integer
                || value instanceof Long
                || value instanceof Short
                || value instanceof Byte
                || value instanceof Double
                || value instanceof Float
                || value instanceof BigDecimal
                || value instanceof BigInteger
                || value instanceof UUID
                || value instanceof Temporal
                || value instanceof Character
                || value instanceof byte[]) {
            return value;
        }
        if (value instanceof Typed typed) {
            Object told = told(typed.value);
            return told == null || told == UNKNOWN ? told : HowSet.as(told, typed.sqlType);
        }
        if (value instanceof java.util.Date date) {
            return date.clone();
        }
        if (value instanceof Calendar calendar) {
            return HowSet.calendar(calendar);
        }
        if (value instanceof Enum<?> constant) {
            return constant.name();
        }
        try {
            if (value instanceof Array array) {
                return told(array);
            }
            if (DriverObject.is(value)) {
                String text = DriverObject.text(value);
                return text == null ? null : HowSet.named(text, DriverObject.type(value));
            }
        } catch (SQLException | RuntimeException untold) {
            return UNKNOWN;
        }
        return value instanceof Object[] elements ? told("", elements) : UNKNOWN;
    }

    /** Asked of an array that the application made itself, so it holds its elements. */
    private static Object told(Array array) throws SQLException {
        return array.getArray() instanceof Object[] elements ? told(array.getBaseTypeName(), elements) : UNKNOWN;
    }

    private static Object told(String baseType, Object[] elements) {
        List<@Nullable Object> list = new ArrayList<>(elements.length);
        for (Object element : elements) {
            Object told = told(element);
            if (told instanceof Answer.Spelled spelled) {
                // Its array says of what type it is.
                told = spelled.value();
            }
            if (told == UNKNOWN) {
                return UNKNOWN;
            }
            list.add(told);
        }
        return new Answer.ArrayValue(String.valueOf(baseType), list);
    }

    /** @param value not told yet: it may change until the statement runs */
    private record Typed(Object value, int sqlType) {}
}
