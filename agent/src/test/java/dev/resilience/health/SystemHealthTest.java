package dev.resilience.health;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.breaker.State;
import dev.resilience.config.AgentConfig;
import dev.resilience.health.HealthReport.Status;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SystemHealthTest {

    private final AgentConfig config = Samples.chain();
    private final FakeCircuits circuits = new FakeCircuits(config.services().keySet());
    private final SystemHealth health = new SystemHealth(() -> config, circuits);

    @ParameterizedTest
    @CsvSource({
        "CLOSED,    CLOSED,    CLOSED,    HEALTHY",
        "HALF_OPEN, CLOSED,    CLOSED,    DEGRADED",
        "OPEN,      CLOSED,    CLOSED,    DEGRADED",
        "CLOSED,    CLOSED,    OPEN,      DEGRADED",
        "HALF_OPEN, HALF_OPEN, HALF_OPEN, DEGRADED",
        "HALF_OPEN, OPEN,      CLOSED,    DEGRADED",
        "OPEN,      CLOSED,    OPEN,      CRITICAL",
        "OPEN,      OPEN,      CLOSED,    CRITICAL",
        "OPEN,      HALF_OPEN, CLOSED,    CRITICAL",
    })
    void judges_the_system_by_its_circuits(State calcom, State retell, State database, Status expected) {
        set(calcom, retell, database);

        assertThat(health.report().status()).isEqualTo(expected);
    }

    @Test
    void is_healthy_with_no_reasons_while_everything_is_closed() {
        assertThat(health.report().services().values()).allSatisfy(service -> {
            assertThat(service.healthy()).isTrue();
            assertThat(service.reasons()).isEmpty();
        });
    }

    @Test
    void says_of_each_service_why_it_is_not_healthy_through_all_levels() {
        set(State.OPEN, State.CLOSED, State.CLOSED);

        var services = health.report().services();

        assertThat(services.get("calcom").reasons()).containsExactly("Circuit is OPEN");
        assertThat(services.get("retell").reasons()).containsExactly("Dependency 'calcom' circuit is OPEN");
        assertThat(services.get("appointments").reasons()).containsExactly("Dependency 'calcom' circuit is OPEN");
        assertThat(services.get("appointments").healthy()).isFalse();
        assertThat(services.get("database").healthy()).isTrue();
    }

    @Test
    void a_half_open_circuit_is_healthy_and_so_are_its_dependents() {
        set(State.HALF_OPEN, State.CLOSED, State.CLOSED);

        assertThat(health.report().services().get("calcom").healthy()).isTrue();
        assertThat(health.report().services().get("retell").healthy()).isTrue();
        assertThat(health.report().halfOpenCircuits()).containsExactly("calcom");
    }

    @Test
    void a_cascade_tells_its_path_and_its_impact() {
        set(State.OPEN, State.HALF_OPEN, State.CLOSED);

        assertThat(health.report().cascades())
                .containsExactly(new HealthReport.Cascade(
                        "calcom", List.of("calcom", "retell"), List.of("retell", "appointments")));
    }

    @Test
    void an_open_circuit_of_one_host_makes_its_service_and_those_who_stand_on_it_unhealthy() {
        AgentConfig perHost = Samples.config(Samples.perHost("maps"), Samples.service("routes", List.of("maps"), null));
        FakeCircuits circuits = new FakeCircuits(perHost.services().keySet());
        circuits.add("maps@eu.example.com");
        circuits.set("maps@eu.example.com", State.OPEN);
        SystemHealth health = new SystemHealth(() -> perHost, circuits);

        var services = health.report().services();

        assertThat(services.get("maps").reasons()).containsExactly("Circuit of 'maps@eu.example.com' is OPEN");
        assertThat(services.get("routes").reasons())
                .containsExactly("Dependency 'maps@eu.example.com' circuit is OPEN");
        assertThat(services.get("maps@eu.example.com").reasons()).containsExactly("Circuit is OPEN");
        assertThat(health.graph().allDependents("maps@eu.example.com")).containsExactly("routes");
    }

    @Test
    void an_open_circuit_of_a_failover_region_leaves_the_service_healthy() {
        circuits.add("calcom@eu.example.com");
        circuits.set("calcom@eu.example.com", State.OPEN);

        assertThat(health.report().services().get("calcom").healthy()).isTrue();
        assertThat(health.report().services().get("retell").healthy()).isTrue();
    }

    @Test
    void walks_of_a_cyclic_graph_end() {
        DependencyGraph graph = DependencyGraph.of(
                Samples.config(Samples.service("a", List.of("b"), null), Samples.service("b", List.of("a"), null)));

        assertThat(graph.allDependencies("a")).containsExactly("b");
        assertThat(graph.path("a", "b")).containsExactly("a", "b");
        assertThat(graph.path("a", "elsewhere")).isEmpty();
    }

    private void set(State calcom, State retell, State database) {
        circuits.set("calcom", calcom);
        circuits.set("retell", retell);
        circuits.set("database", database);
    }
}
