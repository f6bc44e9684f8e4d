package dev.resilience.breaker;

import static org.awaitility.Awaitility.await;

import dev.resilience.store.Settings;
import java.lang.ref.WeakReference;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Calls in flight of a circuit that watches slowness. */
class FollowedTest {

    @Test
    void a_call_that_never_ends_is_held_no_longer_than_it_takes_to_be_slow() {
        SimulatedFleet fleet = new SimulatedFleet(1, Settings.with(s -> s.slowNanos = 1_000_000_000), 42);
        fleet.forward(1_000);
        WeakReference<Permit> dropped =
                new WeakReference<>(fleet.instances.get(0).circuit.tryAcquire());

        fleet.forward(3_000);

        await().atMost(Duration.ofMinutes(1)).until(() -> {
            System.gc();
            return dropped.refersTo(null);
        });
    }
}
