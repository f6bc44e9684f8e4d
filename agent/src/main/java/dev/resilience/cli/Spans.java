package dev.resilience.cli;

import dev.resilience.config.Durations;
import java.time.Duration;

/** Time spans in options, written as in the configuration. */
final class Spans {

    private Spans() {}

    /** @throws Unreachable when it is none */
    static Duration parse(String text, String option) {
        Duration span = Durations.parse(text);
        if (span == null) {
            throw new Unreachable(option + " has to be a duration such as 500ms, 30s, 5m or 2h");
        }
        return span;
    }
}
