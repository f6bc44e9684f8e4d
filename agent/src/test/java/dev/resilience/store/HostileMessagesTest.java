package dev.resilience.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.breaker.Epoch;
import dev.resilience.breaker.Snapshot;
import java.nio.charset.StandardCharsets;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Whatever anybody says on the fleet's channel is refused, or is within the bounds of what a script may say. */
class HostileMessagesTest {

    @Provide
    static Arbitrary<String> figures() {
        return Arbitraries.of(
                        "OPEN",
                        "CLOSED",
                        "HALF_OPEN",
                        "0",
                        "1",
                        "7",
                        "-1",
                        "4503599627370496",
                        "9223372036854775807",
                        "1e9",
                        "",
                        "FAILURES",
                        "START",
                        "calcom",
                        "booking-1",
                        "FORCED_OPEN",
                        "never",
                        "\u0000",
                        "\uD800")
                .list()
                .ofMinSize(0)
                .ofMaxSize(20)
                .map(figures -> String.join("\n", figures));
    }

    @Property
    void any_figures(@ForAll("figures") String message) {
        told(message.getBytes(StandardCharsets.UTF_8));
    }

    @Property
    void any_bytes(@ForAll byte[] message) {
        told(message);
    }

    private static void told(byte[] message) {
        Snapshot snapshot;
        try {
            snapshot = CircuitFigures.told(message);
        } catch (RuntimeException refused) {
            return;
        }
        assertThat(Epoch.isValid(snapshot.epoch())).isTrue();
        assertThat(snapshot.state()).isNotNull();
        assertThat(snapshot.order()).isNotNull();
    }
}
