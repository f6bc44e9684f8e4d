package dev.resilience.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.fallback.CallStore;
import dev.resilience.fallback.CallStore.Held;
import dev.resilience.fallback.CallStore.Place;
import dev.resilience.fallback.QueuedCall;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calls of a fleet whose Redis never answers: an instance does with its own all that the fleet would. */
class RedisAwayCallsTest extends CallStoreConformance {

    @TempDir
    Path directory;

    private final AtomicLong nanos = new AtomicLong(1);
    private final RedisConnections nowhere = new RedisConnections(null, TestThreads.daemons());
    private final List<LocalCalls> journals = new ArrayList<>();
    private CallStore calls;

    @BeforeEach
    void open() {
        calls = instance();
        // A JVM that begins waits for Redis at first.
        pass(Duration.ofSeconds(6));
    }

    @AfterEach
    void close() {
        journals.forEach(LocalCalls::close);
        nowhere.close();
    }

    private CallStore instance() {
        LocalCalls own = new LocalCalls(directory.resolve("queue"), true, TestThreads.daemons(), nanos::get);
        journals.add(own);
        return new SharedCalls(own, new RedisCalls(nowhere, "one"), null, nanos::get, System::currentTimeMillis);
    }

    @Override
    CallStore store() {
        return calls;
    }

    @Override
    void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    @Test
    void what_a_jvm_that_was_killed_accepted_is_made_in_its_order_before_what_comes_now() {
        List<QueuedCall> before = addAll(3, "a");
        assertThat(done(calls.queueUp("calcom", "a"))).isEqualTo(false);
        journals.get(0).close();
        CallStore next = instance();
        pass(Duration.ofSeconds(6));
        QueuedCall now = call("calcom", "a");
        done(next.add(now, 10));
        List<String> made = new ArrayList<>();
        while (made.size() < 4) {
            List<Held> held = done(next.hold("calcom", 10, LEASE));
            assertThat(held).hasSize(1);
            made.add(held.get(0).call().id());
            done(next.settle(held.get(0), new CallStore.Done()));
        }
        List<String> accepted = new ArrayList<>(ids(before));
        accepted.add(now.id());
        assertThat(made).isEqualTo(accepted);
        assertThat(done(next.size(Place.QUEUE, "calcom"))).isZero();
    }
}
