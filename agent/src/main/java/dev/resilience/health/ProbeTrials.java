package dev.resilience.health;

import dev.resilience.breaker.Circuit;
import dev.resilience.breaker.Circuits;
import dev.resilience.breaker.Outcome;
import dev.resilience.breaker.Permit;
import dev.resilience.breaker.State;
import dev.resilience.config.AgentConfig;
import dev.resilience.config.ServiceConfig;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Lets a probe's verdict count as a trial call where the configuration says so ({@code probe.trial}), so that a service that
 * nobody calls recovers by itself. It takes a trial permit like any call; without one the verdict counts nowhere.
 */
public final class ProbeTrials implements ProbeListener {

    private final Supplier<AgentConfig> config;
    private final Circuits circuits;
    private final ProbeListener next;

    /** @param next is told of every result, before */
    public ProbeTrials(Supplier<AgentConfig> config, Circuits circuits, ProbeListener next) {
        this.config = config;
        this.circuits = circuits;
        this.next = next;
    }

    @Override
    public void onProbe(ProbeResult result) {
        next.onProbe(result);
        ServiceConfig service = config.get().services().get(result.service());
        Circuit circuit = circuits.find(result.service());
        if (service == null || service.probe() == null || !service.probe().trial() || circuit == null) {
            return;
        }
        // One that began in the outage and ends after it tells of the outage, as a late call does.
        if (circuit.state() == State.HALF_OPEN
                && result.responseMillis() <= circuit.view().sinceMillis()) {
            circuit.tryAcquireAsync().thenAccept(permit -> count(circuit, permit, result));
        }
    }

    @Override
    public CompletionStage<ProbeHistory.@Nullable Entry> latest(String service, Duration within) {
        return next.latest(service, within);
    }

    private static void count(Circuit circuit, Permit permit, ProbeResult result) {
        if (permit.trial()) {
            circuit.settle(permit, result.up() ? Outcome.SUCCESS : Outcome.FAILURE, result.responseNanos());
        } else if (permit.granted()) {
            circuit.settle(permit, Outcome.IGNORED, result.responseNanos());
        }
    }
}
