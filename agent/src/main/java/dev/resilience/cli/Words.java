package dev.resilience.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.resilience.cli.Screen.Tone;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Locale;

/** Figures and states in words, the same in all commands. */
final class Words {

    static final String NONE = "-";

    private static final DateTimeFormatter CLOCK =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT).withZone(ZoneId.systemDefault());

    private Words() {}

    /** Such as {@code 450 ms}, {@code 27 s}, {@code 2 m 3 s}, {@code 3 h 5 m}, {@code 2 d 4 h}. */
    static String span(long millis) {
        Duration span = Duration.ofMillis(millis);
        if (millis < 1_000) {
            return millis + " ms";
        }
        if (millis < 60_000) {
            return span.toSeconds() + " s";
        }
        if (span.toHours() < 1) {
            return span.toMinutes() + " m " + span.toSecondsPart() + " s";
        }
        return span.toDays() < 1
                ? span.toHours() + " h " + span.toMinutesPart() + " m"
                : span.toDays() + " d " + span.toHoursPart() + " h";
    }

    static String span(JsonNode millis) {
        return millis.isNumber() ? span(millis.asLong()) : NONE;
    }

    /** Milliseconds as a latency: three figures. */
    static String latency(JsonNode millis) {
        if (!millis.isNumber()) {
            return NONE;
        }
        double value = millis.asDouble();
        return String.format(Locale.ROOT, value < 10 ? "%.2f ms" : value < 100 ? "%.1f ms" : "%.0f ms", value);
    }

    static String percent(JsonNode percent) {
        return percent.isNumber() ? trimmed(percent.asDouble()) + " %" : NONE;
    }

    static String count(JsonNode count) {
        return count.isNumber() ? Long.toString(count.asLong()) : NONE;
    }

    /** {@code 1 failed call}, {@code 2 failed calls}. */
    static String counted(JsonNode count, String what) {
        return counted(count.asLong(), what);
    }

    static String counted(long count, String what) {
        return count + " " + what + (count == 1 ? "" : "s");
    }

    /** In this host's time zone. */
    static String time(JsonNode timestamp) {
        try {
            return CLOCK.format(Instant.parse(timestamp.asText()));
        } catch (DateTimeParseException none) {
            return NONE;
        }
    }

    /** Unix milliseconds; of what is no time, now. */
    static long millis(JsonNode timestamp) {
        try {
            return Instant.parse(timestamp.asText()).toEpochMilli();
        } catch (DateTimeParseException none) {
            return System.currentTimeMillis();
        }
    }

    /** The mode of a circuit; when a person set it also who, until when and why. */
    static String mode(JsonNode circuit) {
        String mode = text(circuit.path(circuit.has("breaker_mode") ? "breaker_mode" : "mode"));
        if (!circuit.path("mode_source").asText().equals("runtime")) {
            return mode;
        }
        String reason = circuit.path("mode_reason").asText("");
        return mode + " by " + text(circuit.path("mode_by"))
                + (circuit.path("mode_until").isTextual() ? " until " + time(circuit.path("mode_until")) : "")
                + (reason.isEmpty() ? "" : ": " + reason);
    }

    static String clock(long epochMillis) {
        return CLOCK.format(Instant.ofEpochMilli(epochMillis));
    }

    static String text(JsonNode text) {
        return text.isMissingNode() || text.isNull() || text.asText().isEmpty() ? NONE : text.asText();
    }

    /** Of an instance whose name another JVM has, too. */
    static String namesake(JsonNode instance) {
        return instance.path("instance").asText() + " is the name of another JVM, too: "
                + instance.path("namesake").asText();
    }

    /** A fallback's name, and what callers get by it. */
    static String strategy(String name) {
        return switch (name) {
            case "stale_cache" -> name + " (the last good answer)";
            case "queue" -> name + " (202, the call is made later)";
            case "manual_review" -> name + " (202, a person looks at it)";
            case "respond" -> name + " (a declared answer)";
            case "failover" -> name + " (another region's answer)";
            default -> name;
        };
    }

    static String list(JsonNode array) {
        List<String> texts = Json.texts(array);
        return texts.isEmpty() ? NONE : String.join(", ", texts);
    }

    static Tone toneOfState(String state) {
        return switch (state) {
            case "CLOSED" -> Tone.GOOD;
            case "HALF_OPEN" -> Tone.WARN;
            case "OPEN" -> Tone.BAD;
            default -> Tone.PLAIN;
        };
    }

    static Tone toneOfHealth(String status) {
        return switch (status) {
            case "healthy", "up", "yes" -> Tone.GOOD;
            case "degraded" -> Tone.WARN;
            case "critical", "down", "no" -> Tone.BAD;
            default -> Tone.PLAIN;
        };
    }

    private static String trimmed(double value) {
        String text = String.format(Locale.ROOT, "%.2f", value);
        return text.endsWith(".00") ? text.substring(0, text.length() - 3) : text;
    }
}
