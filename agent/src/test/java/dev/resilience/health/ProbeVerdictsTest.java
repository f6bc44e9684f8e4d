package dev.resilience.health;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.breaker.BreakerSettings;
import dev.resilience.breaker.CircuitRegistry;
import dev.resilience.breaker.FakeTime;
import dev.resilience.breaker.ModeOrder;
import dev.resilience.breaker.Outcome;
import dev.resilience.breaker.ServiceCircuit;
import dev.resilience.breaker.State;
import dev.resilience.config.AgentConfig;
import dev.resilience.config.Mode;
import dev.resilience.config.ServiceConfig;
import dev.resilience.config.ServiceConfig.ProbeConfig;
import dev.resilience.config.ServiceConfig.Reaction;
import dev.resilience.store.LocalStore;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class ProbeVerdictsTest {

    private final FakeTime time = new FakeTime();
    private Opinions.Heard heard = new Opinions.Heard(0, List.of());

    /** When the others take their time. */
    private CompletableFuture<Opinions.Heard> answers;

    private AgentConfig config;
    private FakeCircuits circuits;
    private ProbeVerdicts verdicts;
    private ProbeTrials trials;

    @Test
    void a_probe_is_a_trial_call_so_that_an_idle_service_recovers_by_itself() {
        CircuitRegistry circuits = real(new Reaction(true, false));
        var circuit = circuits.find("calcom");
        failTenTimes(circuit);
        time.forward(Duration.ofSeconds(2));
        assertThat(circuit.state()).isEqualTo(State.OPEN);
        trials.onProbe(up());
        time.settle();
        assertThat(circuit.state()).isEqualTo(State.OPEN);

        time.forward(Duration.ofSeconds(62));
        assertThat(circuit.state()).isEqualTo(State.HALF_OPEN);
        trials.onProbe(down());
        time.forward(Duration.ofSeconds(1));
        assertThat(circuit.state()).isEqualTo(State.OPEN);

        time.forward(Duration.ofSeconds(62));
        for (int probe = 0; probe < 2; probe++) {
            trials.onProbe(up());
            time.forward(Duration.ofSeconds(1));
        }
        assertThat(circuit.state()).isEqualTo(State.CLOSED);
    }

    @Test
    void a_probe_that_began_while_the_circuit_was_open_and_ends_when_trials_are_due_reopens_nothing() {
        CircuitRegistry circuits = real(new Reaction(true, false));
        var circuit = circuits.find("calcom");
        failTenTimes(circuit);
        while (circuit.state() != State.HALF_OPEN) {
            time.forward(Duration.ofMillis(100));
        }
        time.forward(Duration.ofSeconds(2));
        ProbeResult late =
                new ProbeResult("calcom", "http", "", 0, Duration.ofSeconds(5).toNanos(), "no answer", 0);
        trials.onProbe(late);
        time.forward(Duration.ofSeconds(1));
        assertThat(circuit.state()).isEqualTo(State.HALF_OPEN);
        time.forward(Duration.ofSeconds(3));
        trials.onProbe(late);
        time.forward(Duration.ofSeconds(1));
        assertThat(circuit.state()).isEqualTo(State.OPEN);
    }

    @Test
    void two_failures_in_a_row_hold_the_circuit_open_until_the_probe_answers() {
        FakeCircuits.Fake circuit = fake(new Reaction(false, true));
        verdicts.onProbe(down());
        assertThat(circuit.order()).isNull();
        verdicts.onProbe(down());
        assertThat(circuit.order().mode()).isEqualTo(Mode.FORCED_OPEN);
        assertThat(circuit.order().who()).isEqualTo("probe");
        assertThat(circuit.order().reason()).contains("status 503");
        assertThat(circuit.order().remainingMillis()).isEqualTo(125_000);
        verdicts.onProbe(up());
        assertThat(circuit.order()).isNull();
    }

    @Test
    void a_failure_that_only_this_instance_sees_opens_nothing() {
        FakeCircuits.Fake circuit = fake(new Reaction(false, true));
        heard = new Opinions.Heard(2, List.of(false, true));
        fail(5);
        assertThat(circuit.order()).isNull();
        heard = new Opinions.Heard(2, List.of());
        fail(5);
        assertThat(circuit.order()).isNull();
        heard = new Opinions.Heard(2, List.of(false));
        fail(1);
        assertThat(circuit.order().reason()).contains("as 1 more found");
    }

    @Test
    void failures_before_another_instance_probed_are_not_in_a_row_with_those_after_it() {
        FakeCircuits.Fake circuit = fake(new Reaction(false, true));
        fail(1);
        verdicts.onProbe(down().under(9));
        assertThat(circuit.order()).isNull();
        verdicts.onProbe(down().under(9));
        assertThat(circuit.order().mode()).isEqualTo(Mode.FORCED_OPEN);
    }

    @Test
    void what_others_say_of_a_service_that_answers_again_opens_nothing() {
        FakeCircuits.Fake circuit = fake(new Reaction(false, true));
        answers = new CompletableFuture<>();
        fail(2);
        verdicts.onProbe(up());
        fail(1);
        answers.complete(new Opinions.Heard(1, List.of(false)));
        assertThat(circuit.order()).isNull();
    }

    @Test
    void an_operators_order_that_comes_before_the_others_say_is_left_alone() {
        FakeCircuits.Fake circuit = fake(new Reaction(false, true));
        answers = new CompletableFuture<>();
        fail(2);
        circuit.order = new ModeOrder(Mode.FORCED_CLOSED, "we know", "ann", 3, -1);
        answers.complete(new Opinions.Heard(1, List.of(false)));
        assertThat(circuit.order().who()).isEqualTo("ann");
    }

    @Test
    void an_opening_that_is_under_way_when_the_probe_answers_is_given_back() {
        FakeCircuits.Fake circuit = fake(new Reaction(false, true));
        CompletableFuture<Void> wire = new CompletableFuture<>();
        circuits.wire = wire;
        fail(2);
        verdicts.onProbe(up());
        wire.complete(null);
        assertThat(circuit.order()).isNull();
    }

    @Test
    void an_operators_order_is_left_alone() {
        FakeCircuits.Fake circuit = fake(new Reaction(false, true));
        circuit.order = new ModeOrder(Mode.FORCED_CLOSED, "we know", "ann", 3, -1);
        fail(5);
        assertThat(circuit.order().who()).isEqualTo("ann");
        verdicts.onProbe(up());
        assertThat(circuit.order().who()).isEqualTo("ann");
    }

    @Test
    void observing_does_nothing() {
        FakeCircuits.Fake circuit = fake(Reaction.OBSERVE);
        fail(5);
        assertThat(circuit.order()).isNull();
    }

    private void fail(int times) {
        for (int i = 0; i < times; i++) {
            verdicts.onProbe(down());
        }
    }

    private FakeCircuits.Fake fake(Reaction reaction) {
        configure(reaction);
        circuits = new FakeCircuits(config.services().keySet());
        verdicts = new ProbeVerdicts(() -> config, circuits, new Asked());
        return circuits.byName.get("calcom");
    }

    private static void failTenTimes(ServiceCircuit circuit) {
        for (int call = 0; call < 10; call++) {
            circuit.settle(circuit.tryAcquire(), Outcome.FAILURE, 1_000_000);
        }
    }

    private CircuitRegistry real(Reaction reaction) {
        configure(reaction);
        CircuitRegistry circuits =
                new CircuitRegistry(new LocalStore(time, time::unixMillis), "test", time, time, time::unixMillis);
        ServiceConfig service = config.services().get("calcom");
        circuits.apply(Map.of("calcom", BreakerSettings.of(service)));
        circuits.start();
        trials = new ProbeTrials(() -> config, circuits, result -> {});
        return circuits;
    }

    private void configure(Reaction reaction) {
        ProbeConfig probe = new ProbeConfig.Redis("default", Duration.ofSeconds(30), Duration.ofSeconds(5), reaction);
        config = Samples.config(Samples.service("calcom", List.of(), probe));
    }

    private static ProbeResult up() {
        return new ProbeResult("calcom", "redis", "default", 0, 1_000_000, null, 7);
    }

    private static ProbeResult down() {
        return new ProbeResult("calcom", "redis", "default", 0, 1_000_000, "status 503", 7);
    }

    private final class Asked implements Opinions {

        @Override
        public CompletionStage<Heard> ask(String service, Duration patience) {
            return answers == null ? CompletableFuture.completedFuture(heard) : answers;
        }

        @Override
        public void answer(Function<String, CompletionStage<Boolean>> probe) {
            // Nobody asks.
        }
    }
}
