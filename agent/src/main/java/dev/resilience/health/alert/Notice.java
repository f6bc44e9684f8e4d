package dev.resilience.health.alert;

import java.util.Locale;

/** What people are told of an alert, and why now. Immutable. */
public record Notice(Alert alert, Event event) {

    /** Why now. */
    public enum Event {
        RAISED,
        /** It became critical. */
        ESCALATED,
        /** It still goes on. */
        REPEATED,
        RESOLVED;

        /** The name on every surface. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** In one line, for people. */
    public String line() {
        Finding finding = alert.finding();
        return "alert " + event.label() + ": " + finding.id() + " ("
                + finding.severity().label() + "): " + finding.summary();
    }
}
