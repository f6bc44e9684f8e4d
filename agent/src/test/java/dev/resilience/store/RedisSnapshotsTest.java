package dev.resilience.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.health.snapshot.SnapshotStore;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RedisSnapshotsTest {

    @RegisterExtension
    static final RedisConnected redis = new RedisConnected();

    @Test
    void snapshots_come_back_newest_first_and_bounded() throws Exception {
        for (int i = 0; i < SnapshotStore.MOST + 5; i++) {
            snapshots().add("{\"n\":" + i + "}").toCompletableFuture().get(10, TimeUnit.SECONDS);
        }
        List<String> newest = snapshots().newest(1_000).toCompletableFuture().get(10, TimeUnit.SECONDS);
        assertThat(newest).hasSize(SnapshotStore.MOST);
        assertThat(snapshots().newest(2).toCompletableFuture().get(10, TimeUnit.SECONDS))
                .hasSize(2);
        assertThat(redis.server().command("TTL", "circuit_breaker:snapshots")).doesNotContain("-1");
    }

    private SnapshotStore snapshots() {
        return Objects.requireNonNull(redis.stores().snapshots());
    }
}
