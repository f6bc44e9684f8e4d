package dev.resilience.guard;

import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The {@code Retry-After} header, RFC 9110 section 10.2.3: seconds, or a date. */
final class RetryAfter {

    /** No dependency is taken at its word for longer than this; the breaker has a shorter bound of its own. */
    private static final long LONGEST_SECONDS = 366L * 24 * 60 * 60;

    private static final int MOST_DIGITS = 10;

    private RetryAfter() {}

    /**
     * @param date the response's own {@code Date}: a date is counted from it, because clocks differ
     * @param nowMillis Unix milliseconds, for a response without one
     * @return milliseconds, -1 where nothing sensible is asked for
     */
    static long millis(List<String> retryAfter, List<String> date, long nowMillis) {
        if (retryAfter.isEmpty()) {
            return -1;
        }
        String value = retryAfter.get(0).trim();
        if (!value.isEmpty() && value.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return value.length() > MOST_DIGITS
                    ? LONGEST_SECONDS * 1_000
                    : Math.min(Long.parseLong(value), LONGEST_SECONDS) * 1_000;
        }
        Instant until = instant(value);
        if (until == null) {
            return -1;
        }
        Instant from = date.isEmpty() ? null : instant(date.get(0).trim());
        // The year may be one whose milliseconds no number holds.
        Duration left = Duration.between(from == null ? Instant.ofEpochMilli(nowMillis) : from, until);
        if (left.getSeconds() >= LONGEST_SECONDS) {
            return LONGEST_SECONDS * 1_000;
        }
        return left.getSeconds() < 0 || left.toMillis() == 0 ? -1 : left.toMillis();
    }

    private static @Nullable Instant instant(String value) {
        try {
            return ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
        } catch (DateTimeParseException unknown) {
            return null;
        }
    }
}
