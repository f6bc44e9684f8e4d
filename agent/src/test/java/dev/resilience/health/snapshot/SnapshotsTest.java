package dev.resilience.health.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.resilience.breaker.FakeTime;
import dev.resilience.breaker.State;
import dev.resilience.config.AgentConfig;
import dev.resilience.health.FakeCircuits;
import dev.resilience.health.Samples;
import dev.resilience.health.SystemHealth;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

class SnapshotsTest {

    private final FakeTime time = new FakeTime();
    private final AgentConfig config = Samples.chain();
    private final FakeCircuits circuits = new FakeCircuits(config.services().keySet());
    private final LocalSnapshots own = new LocalSnapshots(time);
    private final LocalSnapshots shared = new LocalSnapshots(time);
    private boolean away;
    private boolean onDuty = true;

    @Test
    void what_breaks_together_is_one_snapshot_of_everything() throws Exception {
        Snapshots snapshots = snapshots(null);
        circuits.set("calcom", State.OPEN);
        circuits.set("retell", State.OPEN);
        time.forward(Duration.ofSeconds(1));
        circuits.set("calcom", State.HALF_OPEN);
        time.forward(Duration.ofSeconds(1));

        List<String> newest = newest(snapshots);
        assertThat(newest).hasSize(2);
        JsonNode both = JsonMapper.builder().build().readTree(newest.get(1));
        assertThat(both.get("status").asText()).isEqualTo("critical");
        assertThat(both.get("reason").asText()).contains("calcom CLOSED -> OPEN", "retell CLOSED -> OPEN");
        assertThat(both.at("/services/calcom/state").asText()).isEqualTo("OPEN");
        assertThat(both.at("/services/appointments/healthy").asBoolean()).isFalse();
        assertThat(both.at("/cascades/0/path").toString()).isEqualTo("[\"calcom\",\"retell\"]");
    }

    @Test
    void one_instance_takes_them_for_the_fleet() {
        onDuty = false;
        Snapshots snapshots = snapshots(new Shared());
        circuits.set("calcom", State.OPEN);
        time.forward(Duration.ofSeconds(1));
        assertThat(newest(snapshots)).isEmpty();
        onDuty = true;
        circuits.set("calcom", State.CLOSED);
        time.forward(Duration.ofSeconds(1));
        assertThat(newest(snapshots)).hasSize(1);
    }

    @Test
    void anybody_takes_one_when_asked_to() {
        onDuty = false;
        Snapshots snapshots = snapshots(new Shared());
        String taken = snapshots.take("for the record").toCompletableFuture().join();
        assertThat(newest(snapshots)).containsExactly(taken);
        assertThat(taken).contains("for the record", "booking-1");
    }

    @Test
    void while_the_store_is_away_they_stay_on_this_instance() {
        Snapshots snapshots = snapshots(new Shared());
        away = true;
        circuits.set("calcom", State.OPEN);
        time.forward(Duration.ofSeconds(1));
        assertThat(newest(snapshots)).hasSize(1);
    }

    @Test
    void they_are_kept_for_a_day_and_not_without_bound() {
        Snapshots snapshots = snapshots(null);
        for (int i = 0; i < SnapshotStore.MOST + 50; i++) {
            snapshots.take("number " + i);
        }
        assertThat(snapshots.newest(10_000).toCompletableFuture().join()).hasSize(SnapshotStore.MOST);
        time.forward(Duration.ofHours(25));
        assertThat(newest(snapshots)).isEmpty();
    }

    private Snapshots snapshots(SnapshotStore fleet) {
        Snapshots snapshots = new Snapshots(
                "booking-1",
                circuits,
                new SystemHealth(() -> config, circuits),
                own,
                fleet,
                () -> onDuty,
                time,
                time::unixMillis);
        circuits.addListener(snapshots);
        return snapshots;
    }

    private static List<String> newest(Snapshots snapshots) {
        return snapshots.newest(10).toCompletableFuture().join();
    }

    private final class Shared implements SnapshotStore {

        @Override
        public CompletionStage<?> add(String snapshot) {
            return away ? CompletableFuture.failedFuture(new IllegalStateException("away")) : shared.add(snapshot);
        }

        @Override
        public CompletionStage<List<String>> newest(int most) {
            return away ? CompletableFuture.failedFuture(new IllegalStateException("away")) : shared.newest(most);
        }
    }
}
