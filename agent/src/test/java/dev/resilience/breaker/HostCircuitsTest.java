package dev.resilience.breaker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.config.Mode;
import dev.resilience.store.LocalStore;
import dev.resilience.store.Settings;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class HostCircuitsTest {

    private final FakeTime time = new FakeTime();
    private final AtomicReference<Runnable> meanwhile = new AtomicReference<>();
    private final CircuitRegistry registry = new CircuitRegistry(
            new LocalStore(time, time::unixMillis), "a", time, this::lookAtTheClock, time::unixMillis);

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

    /** The monotonic clock has any beginning, on Linux that of the host. */
    @Test
    void a_circuit_that_never_changed_is_as_old_as_its_instance() {
        time.forward(Duration.ofDays(60));
        start();
        Circuit host = registry.at("calcom", "eu.cal.com");
        time.forward(Duration.ofSeconds(5));
        assertThat(registry.find("calcom").view().sinceMillis()).isBetween(5_000L, 6_000L);
        assertThat(host.view().sinceMillis()).isBetween(5_000L, 6_000L);
    }

    @Test
    void what_is_ordered_of_their_service_is_shown_of_each_host() {
        start();
        Circuit host = registry.at("calcom", "eu.cal.com");
        assertThat(host.order()).isNull();
        registry.mode("calcom", Mode.FORCED_OPEN, Duration.ofHours(2), "works", "ada");
        time.forward(Duration.ofSeconds(2));
        assertThat(host.mode()).isEqualTo(Mode.FORCED_OPEN);
        assertThat(host.order()).isNotNull().satisfies(order -> {
            assertThat(order.who()).isEqualTo("ada");
            assertThat(order.reason()).isEqualTo("works");
        });
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

    /** Dead hosts that nobody calls any more would keep all places for good: without traffic no circuit closes. */
    @Test
    void a_host_that_failed_and_is_no_longer_called_gives_its_place_away_once_its_open_time_is_over() {
        start();
        for (int i = 0; i < HostCircuits.MOST; i++) {
            fail(registry.at("calcom", "host" + i));
        }
        time.forward(Duration.ofSeconds(59));
        assertThat(registry.at("calcom", "one-more").service()).isEqualTo("calcom@*");
        time.forward(Duration.ofSeconds(270));
        assertThat(registry.at("calcom", "one-more").service()).isEqualTo("calcom@one-more");
        Circuit back = registry.at("calcom", "host7");
        time.settle();
        assertThat(back.state()).isEqualTo(State.HALF_OPEN);
    }

    @Test
    void an_open_circuit_keeps_its_place_for_its_time() {
        registry.apply(Map.of("calcom", withTimeout(Duration.ofHours(1))));
        registry.start();
        fail(registry.at("calcom", "open"));
        for (int i = 1; i < HostCircuits.MOST; i++) {
            registry.at("calcom", "host" + i);
        }
        time.forward(Duration.ofMinutes(10));
        registry.at("calcom", "one-more");
        assertThat(registry.at("calcom", "one-more").service()).isEqualTo("calcom@one-more");
        assertThat(registry.find("calcom@open")).isNotNull();
        assertThat(registry.at("calcom", "open").state()).isEqualTo(State.OPEN);
    }

    @Test
    void a_host_that_is_called_often_does_not_share_for_long_and_the_least_used_does() {
        start();
        for (int minute = 0; minute < 3; minute++) {
            for (int second = 0; second < 60; second += 5) {
                for (int i = 0; i < HostCircuits.MOST; i++) {
                    if (i != 7 || second == 0) {
                        registry.at("calcom", "host" + i);
                    }
                }
                for (int call = 0; call < 20; call++) {
                    registry.at("calcom", "busy");
                }
                registry.at("calcom", "rare" + second);
                time.forward(Duration.ofSeconds(5));
            }
        }
        assertThat(registry.at("calcom", "busy").service()).isEqualTo("calcom@busy");
        assertThat(registry.at("calcom", "host7").service()).isEqualTo("calcom@*");
        assertThat(registry.at("calcom", "host8").service()).isEqualTo("calcom@host8");
        assertThat(registry.at("calcom", "rare5").service()).isEqualTo("calcom@*");
        assertThat(registry.all()).hasSize(HostCircuits.MOST + 2);
    }

    /** A flood of hosts on one instance must not blind it for what the fleet knows. */
    @Test
    void a_host_that_others_found_open_takes_a_place_where_there_is_none_left_from_one_that_is_hardly_called() {
        LocalStore store = new LocalStore(time, time::unixMillis);
        CircuitRegistry flooded = registryOver(store, "flooded");
        CircuitRegistry other = registryOver(store, "other");
        for (int i = 0; i < HostCircuits.MOST; i++) {
            for (int call = 0; call < (i == 7 ? 5 : 20); call++) {
                flooded.at("calcom", "host" + i);
            }
        }
        assertThat(flooded.at("calcom", "dead").service()).isEqualTo("calcom@*");
        fail(other.at("calcom", "dead"));
        assertThat(flooded.at("calcom", "dead").tryAcquire().granted()).isFalse();
        assertThat(flooded.find("calcom@host7")).isNull();
        assertThat(flooded.find("calcom@host8")).isNotNull();
        fail(other.at("calcom", "as-dead"));
        assertThat(flooded.at("calcom", "as-dead").service())
                .as("the others are called")
                .isEqualTo("calcom@*");
        assertThat(flooded.all()).hasSize(HostCircuits.MOST + 2);
    }

    private CircuitRegistry registryOver(LocalStore store, String instance) {
        CircuitRegistry made = new CircuitRegistry(store, instance, time, time, time::unixMillis);
        made.apply(Map.of("calcom", BreakerSettings.DEFAULTS));
        made.start();
        return made;
    }

    @Test
    void of_ten_thousand_hosts_that_come_and_go_a_thousand_and_one_have_circuits() {
        start();
        for (int round = 0; round < 4; round++) {
            for (int i = 0; i < 10_000; i++) {
                registry.at("calcom", "host" + round + "-" + i);
            }
            assertThat(registry.all()).hasSizeLessThanOrEqualTo(HostCircuits.MOST + 2);
            time.forward(Duration.ofMinutes(3));
        }
        // Each ticks, and nothing else is left behind.
        assertThat(time.waiting()).isLessThanOrEqualTo(2 * (HostCircuits.MOST + 2));
    }

    @Test
    void a_service_that_goes_while_a_call_asks_for_its_host_leaves_nothing_behind() {
        start();
        registry.at("calcom", "one");
        meanwhile.set(() -> registry.apply(Map.of()));
        Circuit late = registry.at("calcom", "two");
        assertThat(late.tryAcquire().granted()).isTrue();
        fail(late);
        assertThat(late.tryAcquire().granted()).isTrue();
        assertThat(registry.all()).isEmpty();
        time.forward(Duration.ofSeconds(5));
        assertThat(time.waiting()).isZero();
    }

    @Test
    void settings_that_change_while_a_circuit_is_made_are_its_own() {
        start();
        registry.at("calcom", "one");
        meanwhile.set(() -> registry.apply(Map.of("calcom", withTimeout(Duration.ofHours(1)))));
        Circuit made = registry.at("calcom", "two");
        fail(made);
        assertThat(made.retryAfterMillis()).isGreaterThan(Duration.ofMinutes(59).toMillis());
    }

    @Test
    void a_service_that_has_one_circuit_for_all_from_now_on_lets_the_calls_of_its_hosts_pass() {
        start();
        Circuit host = registry.at("calcom", "host");
        fail(host);
        assertThat(host.tryAcquire().granted()).isFalse();
        registry.apply(Map.of("calcom", BreakerSettings.DEFAULTS), Set.of());
        assertThat(host.tryAcquire().granted()).isTrue();
        assertThat(registry.all()).hasSize(1);
        assertThat(registry.at("calcom", "host")).isSameAs(registry.find("calcom"));
    }

    @Test
    void the_circuits_of_hosts_go_with_their_service() {
        registry.apply(Map.of("calcom", BreakerSettings.DEFAULTS));
        registry.at("calcom", "host");
        registry.apply(Map.of("retell", BreakerSettings.DEFAULTS));
        assertThat(registry.at("calcom", "host")).isNull();
        assertThat(registry.all()).hasSize(1);
    }

    private void start() {
        registry.apply(Map.of("calcom", BreakerSettings.DEFAULTS));
        registry.start();
    }

    private static BreakerSettings withTimeout(Duration timeout) {
        return Settings.with(s -> {
            s.timeoutMillis = timeout.toMillis();
            s.longestTimeoutMillis = timeout.toMillis();
        });
    }

    private static void fail(Circuit circuit) {
        for (int i = 0; i < 5; i++) {
            circuit.settle(circuit.tryAcquire(), Outcome.FAILURE, 1_000_000);
        }
    }

    /** What else happens, happens just then: when a host is looked up. */
    private long lookAtTheClock() {
        Runnable happens = meanwhile.getAndSet(null);
        if (happens != null) {
            happens.run();
        }
        return time.getAsLong();
    }
}
