package dev.resilience.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.resilience.config.AgentConfig.RedisConfig;
import dev.resilience.fallback.CallStore;
import dev.resilience.fallback.CallStore.Added;
import dev.resilience.fallback.CallStore.Place;
import dev.resilience.fallback.QueuedCall;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code wait_replicas}, over a real server with a real replica. */
class RedisReplicasTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String ENTRIES = "circuit_breaker:calcom:queue:entries";

    @TempDir
    Path directory;

    private RedisProcess master;
    private RedisProcess replica;
    private Stores stores;

    @BeforeEach
    void start() {
        master = RedisProcess.start("--repl-diskless-sync-delay", "0");
        replica = RedisProcess.start("--replicaof", "127.0.0.1", "" + master.port);
        await().atMost(PATIENCE)
                .until(() -> replica.command("INFO", "replication").contains("master_link_status:up"));
    }

    @AfterEach
    void stop() {
        if (stores != null) {
            stores.close();
        }
        replica.close();
        master.close();
    }

    private CallStore calls(Path kept) {
        RedisConfig config = new RedisConfig(master.url(), List.of(), "circuit_breaker", 1);
        stores = Stores.of(config, "one", TestThreads.daemons(), Path.of("target", "state"));
        stores.breakers().start();
        CallStore calls = stores.calls(kept);
        // Both lines are open when a call is accepted by a replica.
        await().atMost(PATIENCE).until(() -> {
            QueuedCall call = CallStoreConformance.call("reached", null);
            done(calls.add(call, 1_000_000));
            return replica.command("HEXISTS", "circuit_breaker:reached:queue:entries", call.id())
                    .equals("1");
        });
        return calls;
    }

    @Test
    void what_is_accepted_a_replica_has() {
        CallStore calls = calls(directory);
        for (int i = 0; i < 50; i++) {
            QueuedCall call = CallStoreConformance.call("calcom", null);
            assertThat(done(calls.add(call, 100))).isEqualTo(Added.KEPT);
            assertThat(replica.command("HEXISTS", ENTRIES, call.id())).isEqualTo("1");
        }
        QueuedCall review = CallStoreConformance.call("calcom", null).flagged(1, "one", "why");
        done(calls.add(review, 100));
        assertThat(replica.command("HEXISTS", "circuit_breaker:calcom:queue:reviews", review.id()))
                .isEqualTo("1");
    }

    @Test
    void a_silent_replica_is_waited_for_in_bounded_time_and_the_disk_keeps_what_the_master_loses() {
        CallStore calls = calls(directory);
        replica.pause();
        List<CompletionStage<Added>> asked = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            asked.add(calls.add(CallStoreConformance.call("calcom", null), 1_000));
        }
        // One after the other they would take fifty seconds.
        long began = System.nanoTime();
        asked.forEach(one -> assertThat(done(one)).isEqualTo(Added.KEPT));
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(20));
        assertThat(master.command("HLEN", ENTRIES)).isEqualTo("200");
        master.kill();
        master.begin();
        await().atMost(PATIENCE).until(() -> {
            calls.tend();
            return "200".equals(master.command("HLEN", ENTRIES));
        });
    }

    @Test
    void a_silent_redis_is_not_waited_for_either() {
        CallStore calls = calls(directory);
        master.pause();
        try {
            CompletableFuture<Added> added =
                    calls.add(CallStoreConformance.call("calcom", null), 100).toCompletableFuture();
            assertThat(added).succeedsWithin(PATIENCE).isEqualTo(Added.KEPT);
        } finally {
            master.resume();
        }
    }

    @Test
    void with_no_disk_a_call_is_accepted_only_when_a_replica_has_it() throws Exception {
        Path notADirectory = Files.writeString(directory.resolve("file"), "");
        CallStore calls = calls(notADirectory);
        QueuedCall kept = CallStoreConformance.call("calcom", null);
        assertThat(done(calls.add(kept, 10))).isEqualTo(Added.KEPT);
        assertThat(replica.command("HEXISTS", ENTRIES, kept.id())).isEqualTo("1");
        replica.pause();
        QueuedCall refused = CallStoreConformance.call("calcom", null);
        assertThatThrownBy(() -> done(calls.add(refused, 10))).hasMessageContaining("neither a disk nor replicas");
        assertThat(master.command("HEXISTS", ENTRIES, refused.id())).isEqualTo("0");
        replica.resume();
        await().atMost(PATIENCE).until(() -> {
            try {
                return done(calls.add(CallStoreConformance.call("calcom", null), 100)) == Added.KEPT;
            } catch (AssertionError stillLagging) {
                return false;
            }
        });
    }

    @Test
    void without_redis_the_disk_accepts_at_once() {
        CallStore calls = calls(directory);
        master.kill();
        QueuedCall call = CallStoreConformance.call("retell", null);
        assertThat(done(calls.add(call, 10))).isEqualTo(Added.KEPT);
        await().atMost(PATIENCE).until(() -> {
            try {
                return done(calls.find(Place.QUEUE, call.id())) != null;
            } catch (AssertionError notYetKnownToBeAway) {
                return false;
            }
        });
    }

    private static <T> T done(CompletionStage<T> stage) {
        try {
            return stage.toCompletableFuture().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (Exception failure) {
            throw new AssertionError(failure.getMessage(), failure);
        }
    }
}
