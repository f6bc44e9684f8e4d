package dev.resilience.instrument.jdbc;

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
import java.util.Calendar;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Dates and times in the types of {@code java.sql} and {@code java.time}. What has no zone is taken to be in the calendar's,
 * or else the JVM's, as drivers do.
 */
final class Moments {

    /** Infinity and its opposite, as PostgreSQL's driver gives them. */
    private static final Set<Object> NEVER = Set.of(
            LocalDate.MAX, LocalDate.MIN, LocalDateTime.MAX, LocalDateTime.MIN, OffsetDateTime.MAX, OffsetDateTime.MIN);

    private Moments() {}

    /** @return null when the value is no date or time, or has no such form */
    static @Nullable Object to(Class<?> type, Object value, @Nullable Calendar calendar) {
        if (type.isInstance(value) && calendar == null) {
            return value;
        }
        ZoneId zone = calendar == null
                ? ZoneId.systemDefault()
                : calendar.getTimeZone().toZoneId();
        Object moment = value instanceof String text ? parsed(text) : value;
        if (moment == null) {
            return null;
        }
        if (java.util.Date.class.isAssignableFrom(type) && NEVER.contains(moment)) {
            return infinite(type, moment.toString().startsWith("+"));
        }
        LocalTime time = time(moment, zone);
        if (type == Time.class || type == LocalTime.class || type == OffsetTime.class) {
            return time == null ? null : ofTime(type, moment, time, zone);
        }
        ZonedDateTime dateTime = dateTime(moment, zone);
        if (dateTime == null) {
            return null;
        }
        boolean instant = moment instanceof OffsetDateTime
                || moment instanceof OffsetTime
                || moment instanceof Instant
                || moment instanceof ZonedDateTime;
        LocalDateTime local =
                instant ? dateTime.withZoneSameInstant(zone).toLocalDateTime() : dateTime.toLocalDateTime();
        if (type == Timestamp.class || type == java.util.Date.class) {
            return calendar == null && !instant ? Timestamp.valueOf(local) : Timestamp.from(dateTime.toInstant());
        }
        if (type == Date.class) {
            return calendar == null
                    ? Date.valueOf(local.toLocalDate())
                    : new Date(
                            local.toLocalDate().atStartOfDay(zone).toInstant().toEpochMilli());
        }
        if (type == LocalDate.class) {
            return local.toLocalDate();
        }
        if (type == LocalDateTime.class) {
            return local;
        }
        if (type == OffsetDateTime.class) {
            return moment instanceof OffsetDateTime ? moment : dateTime.toOffsetDateTime();
        }
        if (type == ZonedDateTime.class) {
            return dateTime;
        }
        return type == Instant.class ? dateTime.toInstant() : null;
    }

    /** As PostgreSQL's driver tells its infinity, in {@code PGStatement.DATE_POSITIVE_INFINITY} and its opposite. */
    private static @Nullable Object infinite(Class<?> type, boolean positive) {
        long millis = positive ? 9_223_372_036_825_200_000L : -9_223_372_036_832_400_000L;
        if (type == Timestamp.class) {
            return new Timestamp(millis);
        }
        return type == Date.class ? new Date(millis) : type == Time.class ? null : new java.util.Date(millis);
    }

    /** The type of {@code java.sql} with this name, null when it is another. */
    static @Nullable Class<?> sqlType(String className) {
        return switch (className) {
            case "java.sql.Date" -> Date.class;
            case "java.sql.Time" -> Time.class;
            case "java.sql.Timestamp" -> Timestamp.class;
            default -> null;
        };
    }

    /** {@code 2024-01-31 09:05:00.5}: a blank, seconds always, no zeros at the end of the fraction. */
    static String text(LocalDateTime value) {
        LocalTime time = value.toLocalTime();
        StringBuilder text =
                new StringBuilder(29).append(value.toLocalDate()).append(' ').append(time.withNano(0));
        if (time.getSecond() == 0) {
            text.append(":00");
        }
        if (time.getNano() != 0) {
            String fraction = String.format(java.util.Locale.ROOT, "%09d", time.getNano());
            int end = fraction.length();
            while (fraction.charAt(end - 1) == '0') {
                end--;
            }
            text.append('.').append(fraction, 0, end);
        }
        return text.toString();
    }

    private static @Nullable Object ofTime(Class<?> type, Object moment, LocalTime time, ZoneId zone) {
        if (type == LocalTime.class) {
            return time;
        }
        if (type == OffsetTime.class) {
            return moment instanceof OffsetTime
                    ? moment
                    : time.atOffset(LocalDate.EPOCH.atTime(time).atZone(zone).getOffset());
        }
        ZonedDateTime onEpoch = moment instanceof OffsetTime offset
                ? offset.atDate(LocalDate.EPOCH).toZonedDateTime()
                : LocalDate.EPOCH.atTime(time).atZone(zone);
        return new Time(onEpoch.toInstant().toEpochMilli());
    }

    private static @Nullable LocalTime time(Object moment, ZoneId zone) {
        if (moment instanceof LocalTime time) {
            return time;
        }
        if (moment instanceof OffsetTime time) {
            return time.toLocalTime();
        }
        if (moment instanceof Time time) {
            return time.toLocalTime().plusNanos(Math.floorMod(time.getTime(), 1000) * 1_000_000L);
        }
        ZonedDateTime dateTime = dateTime(moment, zone);
        return dateTime == null ? null : dateTime.withZoneSameInstant(zone).toLocalTime();
    }

    private static @Nullable ZonedDateTime dateTime(Object moment, ZoneId zone) {
        if (moment instanceof LocalDateTime local) {
            return local.atZone(zone);
        }
        if (moment instanceof LocalDate date) {
            return date.atStartOfDay(zone);
        }
        if (moment instanceof OffsetDateTime offset) {
            return offset.toZonedDateTime();
        }
        if (moment instanceof ZonedDateTime zoned) {
            return zoned;
        }
        if (moment instanceof Instant instant) {
            return instant.atZone(ZoneOffset.UTC);
        }
        if (moment instanceof Timestamp timestamp) {
            return timestamp.toLocalDateTime().atZone(zone);
        }
        if (moment instanceof Date date) {
            return date.toLocalDate().atStartOfDay(zone);
        }
        if (moment instanceof LocalTime time) {
            return LocalDate.EPOCH.atTime(time).atZone(zone);
        }
        if (moment instanceof OffsetTime time) {
            return time.atDate(LocalDate.EPOCH).toZonedDateTime();
        }
        return null;
    }

    private static @Nullable Object parsed(String text) {
        String trimmed = text.strip();
        if (trimmed.length() > 10 && trimmed.charAt(10) == ' ') {
            trimmed = trimmed.substring(0, 10) + 'T' + trimmed.substring(11);
        }
        for (Parser parser : PARSERS) {
            try {
                return parser.parse(trimmed);
            } catch (java.time.DateTimeException other) {
                // The next form may fit.
            }
        }
        return null;
    }

    private interface Parser {
        Object parse(String text);
    }

    private static final Parser[] PARSERS = {
        LocalDateTime::parse, LocalDate::parse, OffsetDateTime::parse, LocalTime::parse, OffsetTime::parse
    };
}
