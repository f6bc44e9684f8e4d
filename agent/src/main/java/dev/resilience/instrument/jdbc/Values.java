package dev.resilience.instrument.jdbc;

import dev.resilience.fallback.Answer;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.Reader;
import java.io.StringReader;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.net.MalformedURLException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.sql.Array;
import java.sql.Blob;
import java.sql.Clob;
import java.sql.NClob;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.Timestamp;
import java.time.temporal.Temporal;
import java.util.Calendar;
import java.util.HexFormat;
import java.util.UUID;
import javax.sql.rowset.serial.SerialBlob;
import javax.sql.rowset.serial.SerialClob;
import org.jspecify.annotations.Nullable;

/** Makes a kept value into what a getter is asked for, as drivers do. */
final class Values {

    private Values() {}

    /**
     * @param value not null
     * @param type what the caller wants; {@code Object} for what the driver itself would give
     * @param like some object of the application's, by whose class loader driver's own types are found
     * @throws SQLException when the value has no such form (SQLSTATE class 22)
     */
    static Object to(Class<?> type, Object value, Answer.Column column, @Nullable Calendar zone, Object like)
            throws SQLException {
        Object plain = value instanceof Answer.Spelled spelled ? plain(spelled, type, column, like) : value;
        try {
            Object made = type == String.class ? spelling(value, column) : made(type, plain, column, zone, like);
            if (made != null) {
                return made;
            }
        } catch (ArithmeticException | IllegalArgumentException | java.time.DateTimeException bad) {
            throw new SQLException(
                    "Column " + column.label() + " cannot be read as " + type.getName() + ": " + bad.getMessage(),
                    "22003",
                    bad);
        }
        throw new SQLException(
                "Column " + column.label() + " of type " + column.typeName() + " cannot be read as " + type.getName(),
                "22018");
    }

    /** The value itself; the driver's own object, where it is one and may be wanted. */
    private static Object plain(Answer.Spelled spelled, Class<?> type, Answer.Column column, Object like) {
        if (!(spelled.value() instanceof String text)
                || (type != Object.class && !type.getName().startsWith("org.postgresql."))) {
            return spelled.value();
        }
        Object made = DriverObject.make(column.className(), column.typeName(), text, like);
        return made == null ? text : made;
    }

    /** As a driver's {@code getString} gives it, where it is known. */
    private static String spelling(Object value, Answer.Column column) {
        if (value instanceof byte[] bytes && column.typeName().equalsIgnoreCase("bytea")) {
            return "\\x" + HexFormat.of().formatHex(bytes);
        }
        return value instanceof Answer.Spelled spelled ? spelled.text() : text(value);
    }

    /** The usual spelling. */
    static String text(Object value) {
        if (value instanceof BigDecimal decimal) {
            return decimal.toPlainString();
        }
        if (value instanceof byte[] bytes) {
            return new String(bytes, StandardCharsets.UTF_8);
        }
        if (value instanceof java.time.LocalDateTime dateTime) {
            return Moments.text(dateTime);
        }
        return value instanceof Answer.ArrayValue array ? String.valueOf(array.elements()) : value.toString();
    }

    private static @Nullable Object made(
            Class<?> type, Object value, Answer.Column column, @Nullable Calendar zone, Object like)
            throws SQLException {
        if (type == Object.class) {
            return own(value, column, like);
        }
        if (type == Boolean.class || type == boolean.class) {
            return truth(value);
        }
        if (type.isPrimitive() || Number.class.isAssignableFrom(type)) {
            return number(type, value);
        }
        if (Temporal.class.isAssignableFrom(type) || java.util.Date.class.isAssignableFrom(type)) {
            return Moments.to(type, value, zone);
        }
        if (type == Calendar.class) {
            Calendar calendar = zone == null ? Calendar.getInstance() : (Calendar) zone.clone();
            calendar.setTime((Timestamp) Moments.to(Timestamp.class, value, zone));
            return calendar;
        }
        if (type == byte[].class) {
            return bytes(value);
        }
        if (type == UUID.class) {
            return value instanceof UUID ? value : UUID.fromString(text(value));
        }
        if (type == Array.class) {
            return value instanceof Answer.ArrayValue array ? new DetachedArray(array) : null;
        }
        return large(type, value, column, like);
    }

    private static @Nullable Object large(Class<?> type, Object value, Answer.Column column, Object like)
            throws SQLException {
        if (type == InputStream.class) {
            byte[] bytes = bytes(value);
            return new ByteArrayInputStream(bytes == null ? text(value).getBytes(StandardCharsets.UTF_8) : bytes);
        }
        if (type == Reader.class) {
            return new StringReader(text(value));
        }
        if (type == Clob.class || type == NClob.class) {
            return type == NClob.class
                    ? new DetachedNClob(text(value))
                    : new SerialClob(text(value).toCharArray());
        }
        if (type == Blob.class) {
            byte[] bytes = bytes(value);
            return bytes == null ? null : new SerialBlob(bytes);
        }
        if (type == java.net.URL.class) {
            try {
                return URI.create(text(value)).toURL();
            } catch (MalformedURLException bad) {
                throw new SQLException(bad.getMessage(), "22018", bad);
            }
        }
        if (type.isInstance(value)) {
            return value;
        }
        Object own = own(value, column, like);
        if (type.isInstance(own)) {
            return own;
        }
        if (type.isInterface() && type.getName().startsWith("java.sql.")) {
            throw new SQLFeatureNotSupportedException("A stored answer has no " + type.getSimpleName());
        }
        return null;
    }

    /** What the driver's {@code getObject} would give. */
    private static Object own(Object value, Answer.Column column, Object like) throws SQLException {
        if (value instanceof Answer.ArrayValue array) {
            return new DetachedArray(array);
        }
        String wanted = column.className();
        if (value instanceof Temporal) {
            Class<?> type = Moments.sqlType(wanted);
            Object made = type == null ? null : Moments.to(type, value, null);
            return made == null ? value : made;
        }
        if (value instanceof String text && wanted.equals(Clob.class.getName())) {
            return new SerialClob(text.toCharArray());
        }
        if (value instanceof byte[] bytes && wanted.equals(Blob.class.getName())) {
            return new SerialBlob(bytes);
        }
        return value;
    }

    private static @Nullable Object truth(Object value) {
        if (value instanceof Boolean) {
            return value;
        }
        if (value instanceof Number number) {
            return number.doubleValue() != 0;
        }
        if (value instanceof String text) {
            return switch (text.strip().toLowerCase(java.util.Locale.ROOT)) {
                case "1", "t", "true", "y", "yes", "on" -> true;
                case "0", "f", "false", "n", "no", "off", "" -> false;
                default -> null;
            };
        }
        // MySQL's BIT(n).
        return value instanceof byte[] bytes && bytes.length == 1 ? bytes[0] != 0 : null;
    }

    private static @Nullable Object number(Class<?> type, Object value) {
        if (type.isInstance(value)) {
            return value;
        }
        if (type == Double.class || type == double.class) {
            return value instanceof Number number ? number.doubleValue() : Double.parseDouble(numeric(value));
        }
        if (type == Float.class || type == float.class) {
            return value instanceof Number number ? number.floatValue() : Float.parseFloat(numeric(value));
        }
        BigDecimal exact = value instanceof Double || value instanceof Float
                ? BigDecimal.valueOf(((Number) value).doubleValue())
                : new BigDecimal(numeric(value));
        if (type == BigDecimal.class) {
            return exact;
        }
        BigInteger whole = exact.setScale(0, RoundingMode.DOWN).toBigInteger();
        if (type == BigInteger.class) {
            return whole;
        }
        if (type == Long.class || type == long.class) {
            return whole.longValueExact();
        }
        if (type == Integer.class || type == int.class) {
            return whole.intValueExact();
        }
        if (type == Short.class || type == short.class) {
            return whole.shortValueExact();
        }
        return type == Byte.class || type == byte.class ? whole.byteValueExact() : null;
    }

    private static String numeric(Object value) {
        if (value instanceof Boolean flag) {
            return flag ? "1" : "0";
        }
        return value instanceof byte[] bytes
                ? new BigInteger(1, bytes).toString()
                : text(value).strip();
    }

    private static byte @Nullable [] bytes(Object value) {
        if (value instanceof byte[] bytes) {
            return bytes.clone();
        }
        if (value instanceof UUID id) {
            return java.nio.ByteBuffer.allocate(16)
                    .putLong(id.getMostSignificantBits())
                    .putLong(id.getLeastSignificantBits())
                    .array();
        }
        return value instanceof String text ? text.getBytes(StandardCharsets.UTF_8) : null;
    }
}
