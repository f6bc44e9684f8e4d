package dev.resilience.fallback;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.Date;
import java.sql.Time;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The values that a row or a parameter may have, as bytes. Every type has its own mark, so that {@code 1} is never taken for
 * {@code "1"}. Dates and times of {@code java.sql} travel as what their calendar shows: they mean the same in a JVM of
 * another time zone.
 */
final class SqlValues {

    private static final int NULL = 0;
    private static final int FALSE = 1;
    private static final int TRUE = 2;
    private static final int BYTE = 3;
    private static final int SHORT = 4;
    private static final int INTEGER = 5;
    private static final int LONG = 6;
    private static final int FLOAT = 7;
    private static final int DOUBLE = 8;
    private static final int BIG_DECIMAL = 9;
    private static final int BIG_INTEGER = 10;
    private static final int TEXT = 11;
    private static final int BYTES = 12;
    private static final int SQL_DATE = 13;
    private static final int SQL_TIME = 14;
    private static final int SQL_TIMESTAMP = 15;
    private static final int LOCAL_DATE = 16;
    private static final int LOCAL_TIME = 17;
    private static final int LOCAL_DATE_TIME = 18;
    private static final int OFFSET_DATE_TIME = 19;
    private static final int OFFSET_TIME = 20;
    private static final int ZONED_DATE_TIME = 21;
    private static final int INSTANT = 22;
    private static final int ID = 23;
    private static final int ARRAY = 24;
    private static final int CHARACTER = 25;
    private static final int UTIL_DATE = 26;
    private static final int SPELLED = 27;

    /** More digits than any database keeps; a hostile scale could make a number print as gigabytes. */
    private static final int MOST_SCALE = 200_000;

    private static final int DEEPEST_ARRAY = 6;
    private static final int MOST_ELEMENTS = 1 << 20;

    private SqlValues() {}

    /** @return false for a value of a type that is not kept; what was written of it then is worthless */
    static boolean write(ByteWriter to, @Nullable Object value) {
        return write(to, value, 0);
    }

    private static boolean write(ByteWriter to, @Nullable Object value, int depth) {
        if (value == null) {
            to.octet(NULL);
        } else if (value instanceof String text) {
            to.octet(TEXT);
            to.text(text);
        } else if (value instanceof Number number) {
            return writeNumber(to, number);
        } else if (value instanceof Boolean flag) {
            to.octet(flag ? TRUE : FALSE);
        } else if (value instanceof byte[] bytes) {
            to.octet(BYTES);
            to.blob(bytes);
        } else if (value instanceof UUID id) {
            to.octet(ID);
            to.fixed(id.getMostSignificantBits());
            to.fixed(id.getLeastSignificantBits());
        } else if (value instanceof Character character) {
            to.octet(CHARACTER);
            to.number(character);
        } else if (value instanceof Answer.ArrayValue array) {
            return writeArray(to, array, depth);
        } else if (value instanceof Answer.Spelled spelled) {
            to.octet(SPELLED);
            to.text(spelled.text());
            return depth < DEEPEST_ARRAY && write(to, spelled.value(), depth + 1);
        } else {
            return writeTime(to, value);
        }
        return true;
    }

    private static boolean writeNumber(ByteWriter to, Number number) {
        // By class, not instanceof: an application's own subclass may mean something else.
        Class<?> type = number.getClass();
        if (type == Integer.class) {
            to.octet(INTEGER);
            to.signed(number.intValue());
        } else if (type == Long.class) {
            to.octet(LONG);
            to.signed(number.longValue());
        } else if (type == Double.class) {
            to.octet(DOUBLE);
            to.fixed(Double.doubleToRawLongBits(number.doubleValue()));
        } else if (type == Float.class) {
            to.octet(FLOAT);
            to.signed(Float.floatToRawIntBits(number.floatValue()));
        } else if (type == Short.class) {
            to.octet(SHORT);
            to.signed(number.shortValue());
        } else if (type == Byte.class) {
            to.octet(BYTE);
            to.signed(number.byteValue());
        } else if (type == BigDecimal.class) {
            BigDecimal decimal = (BigDecimal) number;
            if (Math.abs((long) decimal.scale()) > MOST_SCALE) {
                return false;
            }
            to.octet(BIG_DECIMAL);
            to.signed(decimal.scale());
            to.blob(decimal.unscaledValue().toByteArray());
        } else if (type == BigInteger.class) {
            to.octet(BIG_INTEGER);
            to.blob(((BigInteger) number).toByteArray());
        } else {
            return false;
        }
        return true;
    }

    private static boolean writeArray(ByteWriter to, Answer.ArrayValue array, int depth) {
        if (depth >= DEEPEST_ARRAY) {
            return false;
        }
        to.octet(ARRAY);
        to.text(array.baseType());
        to.number(array.elements().size());
        for (Object element : array.elements()) {
            if (!write(to, element, depth + 1)) {
                return false;
            }
        }
        return true;
    }

    private static boolean writeTime(ByteWriter to, Object value) {
        if (value instanceof Timestamp timestamp) {
            to.octet(SQL_TIMESTAMP);
            to.signed(timestamp.getTime());
            writeDateTime(to, timestamp.toLocalDateTime());
        } else if (value instanceof Date date) {
            to.octet(SQL_DATE);
            to.signed(date.toLocalDate().toEpochDay());
        } else if (value instanceof Time time) {
            to.octet(SQL_TIME);
            to.number(time.toLocalTime().toSecondOfDay());
            to.number(Math.floorMod(time.getTime(), 1000));
        } else if (value.getClass() == java.util.Date.class) {
            to.octet(UTIL_DATE);
            to.signed(((java.util.Date) value).getTime());
        } else if (value instanceof LocalDate date) {
            to.octet(LOCAL_DATE);
            to.signed(date.toEpochDay());
        } else if (value instanceof LocalTime time) {
            to.octet(LOCAL_TIME);
            to.number(time.toNanoOfDay());
        } else if (value instanceof LocalDateTime dateTime) {
            to.octet(LOCAL_DATE_TIME);
            writeDateTime(to, dateTime);
        } else if (value instanceof OffsetDateTime dateTime) {
            to.octet(OFFSET_DATE_TIME);
            writeDateTime(to, dateTime.toLocalDateTime());
            to.signed(dateTime.getOffset().getTotalSeconds());
        } else if (value instanceof OffsetTime time) {
            to.octet(OFFSET_TIME);
            to.number(time.toLocalTime().toNanoOfDay());
            to.signed(time.getOffset().getTotalSeconds());
        } else if (value instanceof ZonedDateTime dateTime) {
            to.octet(ZONED_DATE_TIME);
            writeDateTime(to, dateTime.toLocalDateTime());
            to.signed(dateTime.getOffset().getTotalSeconds());
            to.text(dateTime.getZone().getId());
        } else if (value instanceof Instant instant) {
            to.octet(INSTANT);
            to.signed(instant.getEpochSecond());
            to.number(instant.getNano());
        } else {
            return false;
        }
        return true;
    }

    private static void writeDateTime(ByteWriter to, LocalDateTime value) {
        to.signed(value.toLocalDate().toEpochDay());
        to.number(value.toLocalTime().toNanoOfDay());
    }

    /** @throws RuntimeException when the bytes are no such value */
    static @Nullable Object read(ByteReader from) {
        return read(from, 0);
    }

    private static @Nullable Object read(ByteReader from, int depth) {
        int type = from.octet();
        return switch (type) {
            case NULL -> null;
            case FALSE -> Boolean.FALSE;
            case TRUE -> Boolean.TRUE;
            case BYTE -> (byte) from.signed();
            case SHORT -> (short) from.signed();
            case INTEGER -> (int) from.signed();
            case LONG -> from.signed();
            case FLOAT -> Float.intBitsToFloat((int) from.signed());
            case DOUBLE -> Double.longBitsToDouble(from.fixed());
            case BIG_DECIMAL -> readDecimal(from);
            case BIG_INTEGER -> new BigInteger(from.blob());
            case TEXT -> from.text();
            case CHARACTER -> (char) from.number();
            case BYTES -> from.blob();
            case ID -> new UUID(from.fixed(), from.fixed());
            case ARRAY -> readArray(from, depth);
            case SPELLED -> readSpelled(from, depth);
            default -> readTime(type, from);
        };
    }

    private static BigDecimal readDecimal(ByteReader from) {
        long scale = from.signed();
        if (Math.abs(scale) > MOST_SCALE) {
            throw new ByteReader.Malformed("a scale of " + scale);
        }
        return new BigDecimal(new BigInteger(from.blob()), (int) scale);
    }

    private static Answer.ArrayValue readArray(ByteReader from, int depth) {
        if (depth >= DEEPEST_ARRAY) {
            throw new ByteReader.Malformed("an array too deep");
        }
        String baseType = from.text();
        // One byte at least for each element.
        int size = from.count(Math.min(MOST_ELEMENTS, from.remaining()));
        List<@Nullable Object> elements = new ArrayList<>(size);
        for (int i = 0; i < size; i++) {
            elements.add(read(from, depth + 1));
        }
        return new Answer.ArrayValue(baseType, elements);
    }

    private static Answer.Spelled readSpelled(ByteReader from, int depth) {
        String text = from.text();
        Object value = depth < DEEPEST_ARRAY ? read(from, depth + 1) : null;
        if (value == null) {
            throw new ByteReader.Malformed("a spelling of nothing");
        }
        return new Answer.Spelled(value, text);
    }

    private static Object readTime(int type, ByteReader from) {
        return switch (type) {
            case SQL_TIMESTAMP -> readTimestamp(from);
            case SQL_DATE -> Date.valueOf(LocalDate.ofEpochDay(from.signed()));
            case SQL_TIME -> {
                Time time = Time.valueOf(LocalTime.ofSecondOfDay(from.number()));
                time.setTime(time.getTime() + from.count(999));
                yield time;
            }
            case UTIL_DATE -> new java.util.Date(from.signed());
            case LOCAL_DATE -> LocalDate.ofEpochDay(from.signed());
            case LOCAL_TIME -> LocalTime.ofNanoOfDay(from.number());
            case LOCAL_DATE_TIME -> readDateTime(from);
            case OFFSET_DATE_TIME -> OffsetDateTime.of(readDateTime(from), readOffset(from));
            case OFFSET_TIME -> OffsetTime.of(LocalTime.ofNanoOfDay(from.number()), readOffset(from));
            case ZONED_DATE_TIME -> {
                LocalDateTime dateTime = readDateTime(from);
                ZoneOffset offset = readOffset(from);
                yield ZonedDateTime.ofInstant(dateTime, offset, ZoneId.of(from.text()));
            }
            case INSTANT -> Instant.ofEpochSecond(from.signed(), from.count(999_999_999));
            default -> throw new ByteReader.Malformed("a value of unknown type " + type);
        };
    }

    /** The same moment, where it reads the same here; one hour a year reads like the next, and the moment tells them apart. */
    private static Timestamp readTimestamp(ByteReader from) {
        Timestamp moment = new Timestamp(from.signed());
        LocalDateTime shown = readDateTime(from);
        moment.setNanos(shown.getNano());
        return moment.toLocalDateTime().equals(shown) ? moment : Timestamp.valueOf(shown);
    }

    private static LocalDateTime readDateTime(ByteReader from) {
        LocalDate date = LocalDate.ofEpochDay(from.signed());
        return LocalDateTime.of(date, LocalTime.ofNanoOfDay(from.number()));
    }

    private static ZoneOffset readOffset(ByteReader from) {
        return ZoneOffset.ofTotalSeconds((int) from.signed());
    }
}
