package dev.resilience.instrument.jdbc;

import dev.resilience.fallback.Answer;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.Reader;
import java.io.StringReader;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.MalformedURLException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.sql.Array;
import java.sql.Blob;
import java.sql.Clob;
import java.sql.NClob;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.SQLXML;
import java.sql.Timestamp;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.Temporal;
import java.util.Calendar;
import java.util.HexFormat;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Makes a kept value into what a getter is asked for, as drivers do. */
final class Values {

    private static final Pattern NUMBER = Pattern.compile("[+-]?\\d+(\\.\\d+)?([eE][+-]?\\d{1,3})?");

    private Values() {}

    /**
     * @param value not null
     * @param type what the caller wants; {@code Object} for what the driver itself would give
     * @param home whose value it is
     * @throws SQLException when the value has no such form (SQLSTATE class 22)
     */
    static Object to(Class<?> type, Object value, Answer.Column column, @Nullable Calendar zone, Home home)
            throws SQLException {
        Object plain = value instanceof Answer.Spelled spelled ? plain(spelled, type, column, home) : value;
        try {
            Object made = spelled(type, value, column, home);
            if (made == null) {
                made = made(type, plain, column, zone, home);
            }
            if (made != null) {
                return made;
            }
        } catch (ArithmeticException | IllegalArgumentException | java.time.DateTimeException bad) {
            throw Refusal.OUT_OF_RANGE.of(
                    home.vendor,
                    "Column " + column.label() + " cannot be read as " + type.getName() + ": " + bad.getMessage(),
                    bad);
        }
        throw Refusal.CONVERSION.of(
                home.vendor,
                "Column " + column.label() + " of type " + column.typeName() + " cannot be read as " + type.getName(),
                null);
    }

    /** What stands for {@code getAsciiStream} and its like: the text as bytes. */
    static final class Ascii {
        private Ascii() {}
    }

    /** @param like some object of the application's, by whose class loader driver's own types are found */
    record Home(@Nullable Object like, Vendor vendor) {}

    /** What is made of the text that the driver has for a value rather than of the value itself; null for what is not. */
    private static @Nullable Object spelled(Class<?> type, Object value, Answer.Column column, Home home)
            throws SQLException {
        if (type == String.class) {
            return spelling(value, column);
        }
        if (type == Ascii.class && !(home.vendor.takesBytes() && value instanceof byte[])) {
            return new ByteArrayInputStream(spelling(value, column).getBytes(StandardCharsets.UTF_8));
        }
        if (type == Reader.class) {
            return new StringReader(spelling(value, column));
        }
        if (type == Clob.class || type == NClob.class) {
            return new DetachedClob(spelling(value, column));
        }
        boolean bytes = value instanceof byte[] || (value instanceof Answer.Spelled s && s.value() instanceof byte[]);
        if (type == InputStream.class && !bytes && !(home.vendor == Vendor.H2 && value instanceof UUID)) {
            return new ByteArrayInputStream(spelling(value, column).getBytes(StandardCharsets.UTF_8));
        }
        return null;
    }

    /** The value itself; the driver's own object, where it is one and may be wanted. */
    private static Object plain(Answer.Spelled spelled, Class<?> type, Answer.Column column, Home home) {
        if (isNumeric(type) && NUMBER.matcher(spelled.text()).matches() && !(spelled.value() instanceof byte[])) {
            // MySQL has numbers that it calls truths and years.
            return spelled.value() instanceof Number number && type != BigDecimal.class ? number : spelled.text();
        }
        if (!(spelled.value() instanceof String text)
                || (type != Object.class && !type.getName().startsWith("org.postgresql."))) {
            return spelled.value();
        }
        Object made = DriverObject.make(column.className(), column.typeName(), text, home.like);
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
            Class<?> type, Object value, Answer.Column column, @Nullable Calendar zone, Home home) throws SQLException {
        if (type == Object.class) {
            return own(value, column);
        }
        if (type == Boolean.class || type == boolean.class) {
            return truth(value, home.vendor);
        }
        if (isNumeric(type)) {
            Object counted =
                    value instanceof LocalDate year && column.typeName().equals("YEAR") ? year.getYear() : value;
            return number(type, counted, home.vendor);
        }
        if (type == OffsetDateTime.class && value instanceof LocalDateTime local && home.vendor == Vendor.POSTGRESQL) {
            return local.atOffset(ZoneOffset.UTC);
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
            return bytes(value, home.vendor);
        }
        if (type.isArray()) {
            return value instanceof Answer.ArrayValue array
                    ? new DetachedArray(array).as(type.getComponentType())
                    : null;
        }
        if (type == UUID.class) {
            return value instanceof UUID ? value : UUID.fromString(text(value));
        }
        if (type == Array.class) {
            return value instanceof Answer.ArrayValue array ? new DetachedArray(array) : null;
        }
        return large(type, value, column, home);
    }

    private static @Nullable Object large(Class<?> type, Object value, Answer.Column column, Home home)
            throws SQLException {
        if (type == InputStream.class || type == Ascii.class) {
            byte[] bytes = bytes(value, home.vendor);
            return bytes == null ? null : new ByteArrayInputStream(bytes);
        }
        if (type == Blob.class) {
            byte[] bytes = bytes(value, home.vendor);
            return bytes == null ? null : new DetachedBlob(bytes);
        }
        if (type == SQLXML.class) {
            return column.className().equals(SQLXML.class.getName()) ? new DetachedSqlXml(text(value)) : null;
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
        Object own = own(value, column);
        if (type.isInstance(own)) {
            return own;
        }
        if (type.isInterface() && type.getName().startsWith("java.sql.")) {
            throw new SQLFeatureNotSupportedException("A stored answer has no " + type.getSimpleName());
        }
        return null;
    }

    /** What the driver's {@code getObject} would give. */
    private static Object own(Object value, Answer.Column column) throws SQLException {
        if (value instanceof Answer.ArrayValue array) {
            return new DetachedArray(array);
        }
        String wanted = column.className();
        if (value instanceof Temporal) {
            Class<?> type = Moments.sqlType(wanted);
            Object made = type == null ? null : Moments.to(type, value, null);
            return made == null ? value : made;
        }
        boolean locator = column.traits().has(Answer.Traits.LOCATOR);
        if (locator && value instanceof String text) {
            return new DetachedClob(text);
        }
        if (locator && value instanceof byte[] bytes) {
            return new DetachedBlob(bytes);
        }
        if (value instanceof String text && wanted.equals(SQLXML.class.getName())) {
            return new DetachedSqlXml(text);
        }
        return value;
    }

    private static @Nullable Object truth(Object value, Vendor vendor) {
        if (value instanceof Boolean) {
            return value;
        }
        if (value instanceof Number number) {
            return vendor.truth(number.doubleValue());
        }
        if (value instanceof String text) {
            return vendor.truth(text);
        }
        // MySQL's BIT(n).
        return value instanceof byte[] bytes && vendor.takesBytes() ? new BigInteger(1, bytes).signum() != 0 : null;
    }

    private static boolean isNumeric(Class<?> type) {
        return (type.isPrimitive() && type != boolean.class) || Number.class.isAssignableFrom(type);
    }

    private static @Nullable Object number(Class<?> type, Object value, Vendor vendor) {
        if (type.isInstance(value)) {
            return value;
        }
        if (vendor == Vendor.MYSQL && value.equals("")) {
            return number(type, 0, Vendor.OTHER);
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
        if (type == BigInteger.class) {
            return exact.toBigInteger();
        }
        BigInteger whole = exact.setScale(0, vendor.whole()).toBigInteger();
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

    private static byte @Nullable [] bytes(Object value, Vendor vendor) {
        if (value instanceof byte[] bytes) {
            return bytes.clone();
        }
        if (value instanceof UUID id && vendor == Vendor.H2) {
            return java.nio.ByteBuffer.allocate(16)
                    .putLong(id.getMostSignificantBits())
                    .putLong(id.getLeastSignificantBits())
                    .array();
        }
        return value instanceof String || value instanceof UUID
                ? value.toString().getBytes(StandardCharsets.UTF_8)
                : null;
    }
}
