package dev.resilience.breaker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.store.LocalStore;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HostCircuitsTest {

    private final FakeTime time = new FakeTime();
    private final CircuitRegistry registry =
            new CircuitRegistry(new LocalStore(time, time::unixMillis), "a", time, time, time::unixMillis);

    @Test
    void more_hosts_than_there_is_room_for_share_one_circuit() {
        registry.apply(Map.of("calcom", BreakerSettings.DEFAULTS));
        for (int i = 0; i < HostCircuits.MOST; i++) {
            registry.at("calcom", "host" + i);
        }
        assertThat(registry.at("calcom", "one-more").service()).isEqualTo("calcom@*");
        assertThat(registry.at("calcom", "another")).isSameAs(registry.at("calcom", "one-more"));
        assertThat(registry.at("calcom", "host7").service()).isEqualTo("calcom@host7");
        assertThat(registry.all()).hasSize(HostCircuits.MOST + 2);
    }

    @Test
    void a_host_that_is_no_longer_called_gives_its_place_away() {
        registry.apply(Map.of("calcom", BreakerSettings.DEFAULTS));
        for (int i = 0; i < HostCircuits.MOST; i++) {
            registry.at("calcom", "host" + i);
        }
        time.forward(Duration.ofMinutes(6));
        assertThat(registry.at("calcom", "one-more").service()).isEqualTo("calcom@one-more");
    }

    @Test
    void the_circuits_of_hosts_go_with_their_service() {
        registry.apply(Map.of("calcom", BreakerSettings.DEFAULTS));
        registry.at("calcom", "host");
        registry.apply(Map.of("retell", BreakerSettings.DEFAULTS));
        assertThat(registry.at("calcom", "host")).isNull();
        assertThat(registry.all()).hasSize(1);
    }
}
