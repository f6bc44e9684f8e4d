package dev.resilience.guard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.breaker.BreakerSettings;
import dev.resilience.breaker.Circuit;
import dev.resilience.breaker.CircuitRegistry;
import dev.resilience.breaker.FakeTime;
import dev.resilience.breaker.Outcome;
import dev.resilience.fallback.CallStore;
import dev.resilience.fallback.QueuedStatements;
import dev.resilience.store.LocalStore;
import dev.resilience.telemetry.CallTracer;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/** An idle application should cost next to nothing, and the store of its fleet as little. */
class QuietBacklogTest {

    private final FakeTime time = new FakeTime();
    private int asked;

    @Test
    void where_nobody_calls_the_store_is_asked_seldom_and_every_second_once_somebody_does() {
        CircuitRegistry circuits = new CircuitRegistry(new LocalStore(), "one", time, time, time::unixMillis);
        circuits.apply(Map.of("calcom", BreakerSettings.DEFAULTS));
        circuits.start();
        Circuit circuit = circuits.find("calcom");
        OwnClient client = new OwnClient(Executors.defaultThreadFactory());
        QueuedStatements none = (call, timeout) -> {};
        ServiceBacklog backlog = new ServiceBacklog(
                empty(),
                new Attempts(client, CallTracer.NONE, none, time),
                uri -> {},
                time::unixMillis,
                "one",
                more -> {});
        backlog.apply(GuardUnderTest.config("services: {calcom: {}}").services().get("calcom"), circuit);

        assertThat(askedInHalfAMinute(backlog)).isBetween(29, 31);
        time.forward(Duration.ofMinutes(1));
        assertThat(askedInHalfAMinute(backlog)).isBetween(9, 11);

        circuit.settle(circuit.tryAcquire(), Outcome.SUCCESS, 1_000);
        time.forward(Duration.ofSeconds(4));
        assertThat(askedInHalfAMinute(backlog)).isBetween(29, 31);

        client.close();
        circuits.close();
    }

    private int askedInHalfAMinute(ServiceBacklog backlog) {
        asked = 0;
        for (int tick = 0; tick < 120; tick++) {
            time.forward(Duration.ofMillis(250));
            backlog.work(time.getAsLong());
        }
        return asked;
    }

    private CallStore empty() {
        return (CallStore) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {CallStore.class}, (proxy, method, arguments) -> {
                    asked++;
                    return CompletableFuture.completedStage(List.of());
                });
    }
}
