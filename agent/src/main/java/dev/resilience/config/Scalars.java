package dev.resilience.config;

import dev.resilience.config.EndpointConfig.StatusRange;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** From the text of a scalar to the value that its key wants; null when it is none. Written by hand to be quick on a cold JVM. */
final class Scalars {

    private static final BigDecimal NANOS_A_SECOND = BigDecimal.valueOf(1_000_000_000L);
    private static final BigDecimal LONGEST_SECONDS = BigDecimal.valueOf(365L * 86_400);
    private static final Duration SHORTEST = Duration.ofMillis(1);

    /** No number that makes sense is longer; bounds the work on hostile digits and exponents. */
    private static final int LONGEST_NUMBER = 20;

    private Scalars() {}

    static @Nullable Object parse(String text, Type type) {
        String trimmed = text.trim();
        if (type instanceof Type.Text wanted) {
            return wanted.form().accepts(text) ? text : null;
        } else if (type instanceof Type.Whole whole) {
            Integer number = whole(trimmed);
            return number != null && whole.least() <= number && number <= whole.most() ? number : null;
        } else if (type instanceof Type.Share) {
            return within(trimmed.endsWith("%") ? percent(trimmed, 100) : number(trimmed), 0, 1);
        } else if (type instanceof Type.Percent) {
            return within(trimmed.endsWith("%") ? percent(trimmed, 1) : number(trimmed), 0, 100);
        } else if (type instanceof Type.Factor factor) {
            return within(number(trimmed), factor.least(), factor.most());
        } else if (type instanceof Type.Length) {
            return duration(trimmed);
        } else if (type instanceof Type.Flag) {
            return flag(trimmed);
        } else if (type instanceof Type.Choice choice) {
            return choice.values().contains(trimmed) ? trimmed : null;
        } else if (type instanceof Type.Status) {
            return status(trimmed);
        } else if (type instanceof Type.Reason reason) {
            return reason.words().contains(trimmed) ? trimmed : status(trimmed);
        }
        return null;
    }

    /** A cell of a declared row, typed by its look as in YAML 1.2's core schema. */
    static Object cell(String text) {
        if (text.equalsIgnoreCase("true") || text.equalsIgnoreCase("false")) {
            return Boolean.valueOf(text.toLowerCase(Locale.ROOT));
        }
        BigDecimal number = decimal(text);
        if (number == null) {
            return text;
        }
        if (text.indexOf('.') >= 0) {
            return number;
        }
        try {
            return number.longValueExact();
        } catch (ArithmeticException tooLong) {
            return number;
        }
    }

    static @Nullable Duration duration(String text) {
        int digits = 0;
        while (digits < text.length() && "0123456789._".indexOf(text.charAt(digits)) >= 0) {
            digits++;
        }
        BigDecimal number = decimal(text.substring(0, digits));
        BigDecimal unit = unit(text.substring(digits).trim());
        if (number == null || unit == null) {
            return null;
        }
        BigDecimal seconds = number.multiply(unit);
        if (seconds.compareTo(LONGEST_SECONDS) > 0) {
            return null;
        }
        Duration length = Duration.ofNanos(seconds.multiply(NANOS_A_SECOND).longValue());
        return length.compareTo(SHORTEST) < 0 ? null : length;
    }

    private static @Nullable BigDecimal unit(String unit) {
        return switch (unit) {
            case "ms" -> new BigDecimal("0.001");
            case "", "s" -> BigDecimal.ONE;
            case "m" -> BigDecimal.valueOf(60);
            case "h" -> BigDecimal.valueOf(3_600);
            case "d" -> BigDecimal.valueOf(86_400);
            default -> null;
        };
    }

    private static @Nullable Integer whole(String text) {
        BigDecimal number = decimal(text);
        try {
            return number == null ? null : Integer.valueOf(number.intValueExact());
        } catch (ArithmeticException notWhole) {
            return null;
        }
    }

    private static @Nullable Double number(String text) {
        BigDecimal number = decimal(text);
        return number == null ? null : Double.valueOf(number.doubleValue());
    }

    private static @Nullable Double percent(String text, int divisor) {
        BigDecimal number = decimal(text.substring(0, text.length() - 1).trim());
        return number == null ? null : Double.valueOf(number.doubleValue() / divisor);
    }

    private static @Nullable Double within(@Nullable Double number, double least, double most) {
        return number != null && least <= number && number <= most ? number : null;
    }

    /** Digits with an optional sign and point, {@code _} between digits allowed; no exponents, no other bases. */
    private static @Nullable BigDecimal decimal(String text) {
        if (text.isEmpty() || text.length() > LONGEST_NUMBER) {
            return null;
        }
        boolean digit = false;
        boolean point = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= '0' && c <= '9') {
                digit = true;
            } else if (c == '.' && !point && digit && i < text.length() - 1) {
                point = true;
            } else if (!((c == '-' || c == '+') && i == 0) && !(c == '_' && digit && i < text.length() - 1)) {
                return null;
            }
        }
        return digit ? new BigDecimal(text.replace("_", "")) : null;
    }

    private static @Nullable Boolean flag(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "true", "yes", "on" -> Boolean.TRUE;
            case "false", "no", "off" -> Boolean.FALSE;
            default -> null;
        };
    }

    private static @Nullable StatusRange status(String text) {
        int dash = text.indexOf('-');
        Integer from = whole((dash < 0 ? text : text.substring(0, dash)).trim());
        Integer to = dash < 0 ? from : whole(text.substring(dash + 1).trim());
        if (from == null || to == null || from < 100 || to < from || to > 599) {
            return null;
        }
        return new StatusRange(from, to);
    }
}
