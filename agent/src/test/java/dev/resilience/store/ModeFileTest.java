package dev.resilience.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.breaker.BreakerSettings;
import dev.resilience.breaker.CircuitRegistry;
import dev.resilience.breaker.FakeTime;
import dev.resilience.breaker.ModeOrder;
import dev.resilience.config.Mode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A JVM without Redis ends, and another begins with the same state directory. */
class ModeFileTest {

    @TempDir
    Path directory;

    private final FakeTime time = new FakeTime();

    @Test
    void a_mode_ordered_at_run_time_holds_after_a_restart_with_its_reason_and_its_end() throws IOException {
        CircuitRegistry before = started();
        before.mode("calcom", Mode.FORCED_OPEN, Duration.ofHours(2), "maintenance", "ada");
        before.mode("retell", Mode.MONITOR, null, "", "ada");
        before.close();
        time.forward(Duration.ofHours(1));

        CircuitRegistry after = started();

        assertThat(after.find("calcom").mode()).isEqualTo(Mode.FORCED_OPEN);
        ModeOrder order = after.find("calcom").order();
        assertThat(order.reason()).isEqualTo("maintenance");
        assertThat(order.who()).isEqualTo("ada");
        assertThat(order.remainingMillis()).isEqualTo(Duration.ofHours(1).toMillis());
        assertThat(after.find("retell").mode()).isEqualTo(Mode.MONITOR);
        time.forward(Duration.ofHours(2));
        assertThat(after.find("calcom").mode()).isEqualTo(Mode.ENFORCE);
        assertThat(after.find("retell").mode()).isEqualTo(Mode.MONITOR);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
                .isEqualTo("rw-------");
    }

    @Test
    void one_that_ended_or_was_given_back_does_not_return() {
        CircuitRegistry before = started();
        before.mode("calcom", Mode.FORCED_OPEN, Duration.ofMinutes(1), "", "ada");
        before.mode("retell", Mode.DISABLED, null, "", "ada");
        before.mode("retell", null, null, "", "ada");
        before.close();
        time.forward(Duration.ofMinutes(2));

        CircuitRegistry after = started();

        assertThat(after.find("calcom").mode()).isEqualTo(Mode.ENFORCE);
        assertThat(after.find("retell").mode()).isEqualTo(Mode.ENFORCE);
    }

    @Test
    void a_damaged_file_orders_nothing_and_the_next_order_takes_its_place() throws IOException {
        for (String damaged :
                new String[] {"", "{\"calcom\":", "[1]", "{\"calcom\":{\"mode\":\"nonsense\"}}", "{\"calcom\":7}"}) {
            Files.createDirectories(directory);
            Files.writeString(file(), damaged);
            CircuitRegistry registry = started();
            assertThat(registry.find("calcom").mode()).as(damaged).isEqualTo(Mode.ENFORCE);
            registry.mode("calcom", Mode.MONITOR, null, "", "ada");
            registry.close();
            assertThat(started().find("calcom").mode()).as(damaged).isEqualTo(Mode.MONITOR);
        }
    }

    @Test
    void where_nothing_can_be_written_the_mode_holds_all_the_same() throws IOException {
        Files.writeString(directory.resolve("taken"), "a file where a directory should be");
        CircuitRegistry registry = started(directory.resolve("taken"));

        registry.mode("calcom", Mode.MONITOR, null, "", "ada");

        assertThat(registry.find("calcom").mode()).isEqualTo(Mode.MONITOR);
    }

    private Path file() {
        return directory.resolve("modes.json");
    }

    private CircuitRegistry started() {
        return started(directory);
    }

    private CircuitRegistry started(Path stateDir) {
        KeptModes modes = new KeptModes(new ModeFile(stateDir, time::unixMillis), Runnable::run);
        LocalStore store = new LocalStore(time, time::unixMillis, modes);
        CircuitRegistry registry = new CircuitRegistry(store, "a", time, time, time::unixMillis);
        registry.apply(Map.of("calcom", BreakerSettings.DEFAULTS, "retell", BreakerSettings.DEFAULTS));
        registry.start();
        time.settle();
        return registry;
    }
}
