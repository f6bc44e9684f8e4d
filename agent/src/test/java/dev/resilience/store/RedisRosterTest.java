package dev.resilience.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.health.roster.RosterStore;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RedisRosterTest {

    @RegisterExtension
    static final RedisConnected redis = new RedisConnected();

    @Test
    void instances_are_listed_with_what_they_told_last() throws Exception {
        tell("a", "{\"version\":\"1\"}", true);
        tell("b", "{}", true);
        tell("a", "{\"version\":\"2\"}", false);
        Map<String, RosterStore.Told> all = roster().all().toCompletableFuture().get(10, TimeUnit.SECONDS);
        assertThat(all).containsOnlyKeys("a", "b");
        assertThat(Objects.requireNonNull(all.get("a")).text()).isEqualTo("{\"version\":\"2\"}");
        assertThat(Objects.requireNonNull(all.get("a")).silentMillis()).isBetween(0L, 60_000L);
        assertThat(redis.server().command("TTL", "circuit_breaker:instances")).doesNotContain("-1");
    }

    @Test
    void who_tells_hears_what_was_told_last_under_that_name() throws Exception {
        assertThat(tell("twin", "{\"since\":1}", true)).isEmpty();
        assertThat(tell("twin", "{\"since\":2}", true)).isEqualTo("{\"since\":1}");
        assertThat(tell("twin", "{\"since\":1}", false)).isEqualTo("{\"since\":2}");
    }

    @Test
    void those_long_gone_are_not_listed_and_forgotten_when_another_comes() throws Exception {
        redis.server().command("HSET", "circuit_breaker:instances", "gone", "1000 {}");
        redis.server().command("HSET", "circuit_breaker:instances", "damaged", "no time");
        assertThat(roster().all().toCompletableFuture().get(10, TimeUnit.SECONDS))
                .isEmpty();
        tell("a", "{}", true);
        assertThat(redis.server().command("HLEN", "circuit_breaker:instances")).contains("1");
    }

    private String tell(String instance, String text, boolean first) throws Exception {
        return roster().tell(instance, text, first).toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    private RosterStore roster() {
        return Objects.requireNonNull(redis.stores().roster());
    }
}
