package dev.resilience.instrument.jdbc;

import java.math.RoundingMode;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Whose driver an address is for, where drivers make different things of one value. */
enum Vendor {
    POSTGRESQL("postgresql", "pgsql"),
    MYSQL("mysql"),
    MARIADB("mariadb"),
    H2("h2"),
    SQLITE("sqlite"),
    OTHER;

    /** Drivers that hand what follows to another one, as their addresses say it. */
    static final List<String> WRAPPERS = List.of("p6spy:", "otel:", "log4jdbc:", "tracing:");

    private final String[] schemes;

    Vendor(String... schemes) {
        this.schemes = schemes;
    }

    static Vendor of(@Nullable String url) {
        int at = url == null ? 0 : scheme(url);
        for (Vendor vendor : values()) {
            for (String scheme : vendor.schemes) {
                if (url != null && url.regionMatches(true, at, scheme + ":", 0, scheme.length() + 1)) {
                    return vendor;
                }
            }
        }
        return OTHER;
    }

    private static int scheme(String url) {
        int at = behind(url, 0, "jdbc:");
        int before;
        do {
            before = at;
            for (String wrapper : WRAPPERS) {
                at = behind(url, at, wrapper);
            }
            at = behind(url, at, "jdbc:");
        } while (at != before);
        return at;
    }

    private static int behind(String url, int at, String part) {
        return url.regionMatches(true, at, part, 0, part.length()) ? at + part.length() : at;
    }

    /** Of a number with fewer digits wanted than it has. */
    RoundingMode rounding() {
        return this == POSTGRESQL || this == MARIADB ? RoundingMode.HALF_EVEN : RoundingMode.HALF_UP;
    }

    /** Of a number of which only the whole part is wanted. */
    RoundingMode whole() {
        return this == H2 ? RoundingMode.HALF_UP : RoundingMode.DOWN;
    }

    /** Of two mistakes in one, a number of no column and no row to read. */
    boolean looksForColumnsFirst() {
        return this == H2 || this == MARIADB;
    }

    /** Whether bytes that are no text can be read as truths, and as characters as they are. */
    boolean takesBytes() {
        return this == MYSQL || this == MARIADB;
    }

    boolean truth(double number) {
        // MySQL's driver takes minus one and what is above zero for true.
        return this == MYSQL ? number == -1 || number > 0 : number < 0 || number > 0;
    }

    /** Null when the text says neither. */
    @Nullable
    Boolean truth(String text) {
        String word = text.strip().toLowerCase(Locale.ROOT);
        if (this == MARIADB) {
            return !text.equals("0") && !word.equals("false");
        }
        return switch (word) {
            case "1", "t", "true", "y", "yes", "on" -> true;
            case "0", "f", "false", "n", "no", "off", "" -> false;
            default -> null;
        };
    }
}
