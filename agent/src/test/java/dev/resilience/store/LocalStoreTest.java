package dev.resilience.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.breaker.BreakerSettings;
import dev.resilience.breaker.BreakerStore;
import dev.resilience.breaker.CircuitRegistry;
import dev.resilience.breaker.Found;
import dev.resilience.breaker.ModeOrder;
import dev.resilience.breaker.Outcome;
import dev.resilience.breaker.State;
import dev.resilience.breaker.Transition;
import dev.resilience.breaker.TransitionListener;
import dev.resilience.config.Mode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalStoreTest extends CircuitConformance {

    @TempDir
    Path stateDir;

    /** What the disk has not done yet. */
    private final Queue<Runnable> disk = new ArrayDeque<>();

    @Override
    BreakerStore emptyStore() {
        return new LocalStore(time, time::unixMillis);
    }

    @Test
    void no_call_waits_for_the_disk_that_keeps_the_modes() {
        CircuitRegistry registry = whereTheDiskKeeps(Mode.MONITOR);
        registry.start();
        time.forward(Duration.ofMillis(10));
        for (int i = 0; i < 5; i++) {
            registry.find("calcom").settle(registry.find("calcom").tryAcquire(), Outcome.FAILURE, 1);
        }
        assertThat(registry.find("calcom").state()).isEqualTo(State.OPEN);

        disk.remove().run();
        assertThat(registry.find("calcom").mode()).isEqualTo(Mode.MONITOR);
    }

    @Test
    void a_mode_that_the_disk_tells_of_is_found_and_no_change() {
        CircuitRegistry registry = whereTheDiskKeeps(Mode.FORCED_OPEN);
        List<String> told = new ArrayList<>();
        registry.addListener(new TransitionListener() {
            @Override
            public void onTransition(Transition transition) {
                told.add("changed");
            }

            @Override
            public void onFound(Found found) {
                told.add("found " + found.state());
            }
        });
        registry.start();
        time.forward(Duration.ofSeconds(5));
        disk.remove().run();
        time.forward(Duration.ofSeconds(5));
        assertThat(registry.find("calcom").state()).isEqualTo(State.OPEN);
        assertThat(told).containsExactly("found OPEN");
        assertThat(registry.find("calcom").order().who()).isEqualTo("ada");
    }

    @Test
    void what_is_ordered_before_the_disk_told_of_an_older_mode_holds() {
        CircuitRegistry registry = whereTheDiskKeeps(Mode.FORCED_OPEN);
        registry.start();
        registry.mode("calcom", Mode.MONITOR, null, "a try", "bob");
        while (!disk.isEmpty()) {
            disk.remove().run();
        }
        assertThat(registry.find("calcom").mode()).isEqualTo(Mode.MONITOR);
        assertThat(modes().of("calcom").mode()).isEqualTo(Mode.MONITOR);
    }

    private CircuitRegistry whereTheDiskKeeps(Mode mode) {
        modes().keep("calcom", new ModeOrder(mode, "works", "ada", 7, ModeOrder.ENDLESS));
        LocalStore store = new LocalStore(time, time::unixMillis, new KeptModes(modes(), disk::add));
        CircuitRegistry registry = new CircuitRegistry(store, "a", time, time, time::unixMillis);
        registry.apply(Map.of("calcom", BreakerSettings.DEFAULTS));
        return registry;
    }

    /** As another JVM finds them. */
    private ModeFile modes() {
        return new ModeFile(stateDir, time::unixMillis);
    }
}
