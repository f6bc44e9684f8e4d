package dev.resilience.guard;

import dev.resilience.CircuitBreakerOpenException;
import dev.resilience.breaker.Circuit;
import dev.resilience.breaker.ModeOrder;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * A circuit that is held open by a person or the file, as the caller of a rejected call is told of it: no trial will end
 * that.
 *
 * @param remainingMillis until it ends; 0 when it has no end
 * @param order null when it is the file's mode
 */
record ForcedOpen(
        String service, long remainingMillis, @Nullable ModeOrder order) {

    static ForcedOpen of(Circuit circuit) {
        ModeOrder order = circuit.order();
        return new ForcedOpen(circuit.service(), order == null ? 0 : Math.max(0, order.remainingMillis()), order);
    }

    CircuitBreakerOpenException exception() {
        return new CircuitBreakerOpenException(
                service,
                remainingMillis,
                "Circuit of service '" + service + "' is forced open " + words()
                        + " (rejected by resilience.jar before any call was made; no stack trace is recorded)");
    }

    private String words() {
        if (order == null) {
            return "until its mode is changed";
        }
        String until = remainingMillis == 0
                ? "until the mode is changed"
                : "until " + Instant.now().plusMillis(remainingMillis).truncatedTo(ChronoUnit.SECONDS);
        return "by " + order.who() + " " + until + (order.reason().isEmpty() ? "" : ": " + order.reason());
    }
}
