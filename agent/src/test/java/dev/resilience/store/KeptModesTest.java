package dev.resilience.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.breaker.ModeOrder;
import dev.resilience.config.Mode;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeptModesTest {

    @TempDir
    Path stateDir;

    @Test
    void what_is_kept_is_there_for_the_next_jvm() throws Exception {
        keptBefore(order(Mode.FORCED_OPEN, 7));
        ModeOrder found = inTime(new KeptModes(stateDir, TestThreads.daemons()));
        assertThat(found.mode()).isEqualTo(Mode.FORCED_OPEN);
        assertThat(found.version()).isEqualTo(7);
    }

    @Test
    void an_older_order_that_comes_later_is_not_kept() throws Exception {
        KeptModes modes = new KeptModes(stateDir, TestThreads.daemons());
        modes.keep("calcom", order(Mode.FORCED_OPEN, 7));
        modes.keep("calcom", order(Mode.MONITOR, 6));
        assertThat(inTime(modes).mode()).isEqualTo(Mode.FORCED_OPEN);
    }

    @Test
    void an_order_of_a_circuit_that_was_forgotten_is_kept_though_it_is_numbered_anew() {
        AtomicLong now = new AtomicLong(Long.MAX_VALUE);
        KeptModes modes = new KeptModes(new ModeFile(stateDir, System::currentTimeMillis), Runnable::run, now::get);
        modes.keep("calcom", order(Mode.FORCED_OPEN, 7));
        now.addAndGet(TimeUnit.HOURS.toNanos(23));
        modes.keep("calcom", order(Mode.FORCED_OPEN, 7));
        now.addAndGet(TimeUnit.HOURS.toNanos(23));
        modes.keep("calcom", order(Mode.MONITOR, 1));
        assertThat(kept(modes)).isEqualTo(Mode.FORCED_OPEN);
        now.addAndGet(TimeUnit.HOURS.toNanos(2));
        modes.keep("calcom", order(Mode.MONITOR, 1));
        assertThat(kept(modes)).isEqualTo(Mode.MONITOR);
    }

    @Test
    void nobody_waits_for_a_disk_that_hangs() throws Exception {
        keptBefore(order(Mode.FORCED_OPEN, 7));
        CountDownLatch hung = new CountDownLatch(1);
        KeptModes modes = new KeptModes(
                stateDir,
                work -> TestThreads.daemons().newThread(() -> {
                    await(hung);
                    work.run();
                }));
        CompletableFuture<ModeOrder> found = modes.of("calcom").toCompletableFuture();
        modes.keep("calcom", order(Mode.MONITOR, 8));
        assertThat(found).isNotDone();
        hung.countDown();
        assertThat(found.get(30, TimeUnit.SECONDS).mode()).isEqualTo(Mode.FORCED_OPEN);
        assertThat(inTime(modes).mode()).isEqualTo(Mode.MONITOR);
    }

    private void keptBefore(ModeOrder order) {
        new ModeFile(stateDir, System::currentTimeMillis).keep("calcom", order);
    }

    private static ModeOrder inTime(KeptModes modes) throws Exception {
        return modes.of("calcom").toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    private static Mode kept(KeptModes modes) {
        return modes.of("calcom").toCompletableFuture().join().mode();
    }

    private static ModeOrder order(Mode mode, long version) {
        return new ModeOrder(mode, "works", "ada", version, ModeOrder.ENDLESS);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }
}
