package dev.resilience.instrument.jdbc;

import dev.resilience.fallback.Answer;
import java.io.ByteArrayInputStream;
import java.io.CharArrayReader;
import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.sql.Date;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Time;
import java.sql.Timestamp;
import java.sql.Types;
import java.util.Calendar;
import java.util.GregorianCalendar;
import java.util.TimeZone;
import org.jspecify.annotations.Nullable;

/**
 * Parameters that are more than a value: by a target type, with a calendar, as a stream. They are told as {@link
 * Answer.Spelled}, the value and in words how it was set, so that none is taken for another and each can be set again.
 */
final class HowSet {

    /** Longest stream whose content is told, bytes or characters. */
    static final int MOST = 1 << 20;

    private HowSet() {}

    /** @param told a value as {@link Parameters} tells it */
    static Object as(Object told, int sqlType) {
        return told instanceof Answer.Spelled ? told : new Answer.Spelled(told, "as " + sqlType);
    }

    /** A value of a database's own type, that its text makes again. */
    static Object named(String text, String type) {
        return new Answer.Spelled(text, "named " + type);
    }

    /** The database gets what the calendar shows. */
    static Object shown(java.util.Date value, Calendar calendar) {
        int nanos = value instanceof Timestamp timestamp ? timestamp.getNanos() : 0;
        return new Answer.Spelled(
                value.getTime(),
                value.getClass().getSimpleName() + " " + nanos + " "
                        + calendar.getTimeZone().getID());
    }

    static Object calendar(Calendar value) {
        return new Answer.Spelled(
                value.getTimeInMillis(), "Calendar 0 " + value.getTimeZone().getID());
    }

    /**
     * What a stream that holds its content in memory will give; its position stays. Others can only be read once, and waiting
     * for them is not ours.
     *
     * @param setter the method that it was given to
     * @param length as given to the method, or something else
     * @return null when it cannot be told
     */
    static @Nullable Object streamed(String setter, @Nullable Object stream, @Nullable Object length) {
        long most = length instanceof Number given ? given.longValue() : Long.MAX_VALUE;
        if (most < 0) {
            return null;
        }
        Object content = null;
        if (stream instanceof ByteArrayInputStream bytes) {
            content = content(bytes, most);
        } else if (stream instanceof StringReader || stream instanceof CharArrayReader) {
            content = content((Reader) stream, most);
        }
        return content == null ? null : new Answer.Spelled(content, setter);
    }

    private static byte @Nullable [] content(ByteArrayInputStream stream, long most) {
        int size = (int) Math.min(most, stream.available());
        if (size > MOST) {
            return null;
        }
        byte[] content = new byte[size];
        stream.mark(size);
        int read = stream.read(content, 0, size);
        stream.reset();
        return Math.max(read, 0) == size ? content : null;
    }

    private static @Nullable String content(Reader reader, long most) {
        int limit = (int) Math.min(most, MOST + 1);
        StringBuilder content = new StringBuilder();
        char[] portion = new char[Math.min(limit, 4_096)];
        try {
            reader.mark(limit);
            while (content.length() < limit) {
                int read = reader.read(portion, 0, Math.min(portion.length, limit - content.length()));
                if (read <= 0) {
                    break;
                }
                content.append(portion, 0, read);
            }
            reader.reset();
        } catch (IOException closed) {
            return null;
        }
        return content.length() > MOST ? null : content.toString();
    }

    /** Sets the parameter as the application did. */
    static void set(PreparedStatement statement, int index, Object value, String how) throws SQLException {
        String[] words = how.split(" ", 3);
        switch (words[0]) {
            case "as" -> statement.setObject(index, value, Integer.parseInt(words[1]));
            case "named" -> statement.setObject(index, value, Types.OTHER);
            case "setAsciiStream" -> statement.setAsciiStream(index, stream(value), size(value));
            case "setBinaryStream" -> statement.setBinaryStream(index, stream(value), size(value));
            case "setBlob" -> statement.setBlob(index, stream(value));
            case "setCharacterStream" -> statement.setCharacterStream(index, reader(value), size(value));
            case "setNCharacterStream" -> statement.setNCharacterStream(index, reader(value));
            case "setClob" -> statement.setClob(index, reader(value));
            case "setNClob" -> statement.setNClob(index, reader(value));
            default -> setMoment(statement, index, (Long) value, words);
        }
    }

    private static void setMoment(PreparedStatement statement, int index, long millis, String[] words)
            throws SQLException {
        Calendar calendar = new GregorianCalendar(TimeZone.getTimeZone(words[2]));
        switch (words[0]) {
            case "Timestamp" -> {
                Timestamp timestamp = new Timestamp(millis);
                timestamp.setNanos(Integer.parseInt(words[1]));
                statement.setTimestamp(index, timestamp, calendar);
            }
            case "Date" -> statement.setDate(index, new Date(millis), calendar);
            case "Time" -> statement.setTime(index, new Time(millis), calendar);
            case "Calendar" -> {
                calendar.setTimeInMillis(millis);
                statement.setObject(index, calendar);
            }
            default -> throw new SQLException("a parameter set by " + words[0] + " cannot be set again");
        }
    }

    private static ByteArrayInputStream stream(Object value) {
        return new ByteArrayInputStream((byte[]) value);
    }

    private static StringReader reader(Object value) {
        return new StringReader((String) value);
    }

    private static int size(Object value) {
        return value instanceof byte[] bytes ? bytes.length : ((String) value).length();
    }
}
