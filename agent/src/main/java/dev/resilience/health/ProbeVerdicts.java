package dev.resilience.health;

import dev.resilience.breaker.Circuit;
import dev.resilience.breaker.Circuits;
import dev.resilience.breaker.ModeOrder;
import dev.resilience.config.AgentConfig;
import dev.resilience.config.Mode;
import dev.resilience.config.ServiceConfig;
import dev.resilience.config.ServiceConfig.ProbeConfig;
import dev.resilience.log.AgentLog;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where the configuration says {@code on_failure: open}, a failing probe holds its circuit open, once two probes in a row have
 * failed and no other instance finds the service up. Such an opening is an order like an operator's, with an end of its own
 * should this instance die, and never stands in the way of an operator's. Thread-safe; nothing waits.
 */
public final class ProbeVerdicts implements ProbeListener {

    static final String WHO = "probe";

    private static final int FAILURES_BEFORE_OPEN = 2;

    private final Supplier<AgentConfig> config;
    private final Circuits circuits;
    private final Opinions opinions;
    private final Map<String, Failures> failuresInARow = new ConcurrentHashMap<>();

    /** @param fencing token of the lease that they were found under: between two of them others may have found it up */
    private record Failures(long fencing, int inARow) {

        Failures and(Failures next) {
            return next.fencing == fencing ? new Failures(fencing, inARow + next.inARow) : next;
        }
    }

    /** @param config the configuration in force; asked each time */
    public ProbeVerdicts(Supplier<AgentConfig> config, Circuits circuits, Opinions opinions) {
        this.config = config;
        this.circuits = circuits;
        this.opinions = opinions;
    }

    @Override
    public void onProbe(ProbeResult result) {
        ServiceConfig service = config.get().services().get(result.service());
        Circuit circuit = circuits.find(result.service());
        ProbeConfig probe = service == null ? null : service.probe();
        if (circuit == null || probe == null) {
            return;
        }
        if (probe.reaction().opens()) {
            open(circuit, probe, result);
        }
    }

    private void open(Circuit circuit, ProbeConfig probe, ProbeResult result) {
        if (result.up()) {
            failuresInARow.remove(result.service());
            giveBack(circuit);
            return;
        }
        int failures = failuresInARow
                .merge(result.service(), new Failures(result.fencing(), 1), Failures::and)
                .inARow();
        if (!mayOpen(circuit)) {
            return;
        }
        opinions.ask(result.service(), probe.timeout().plusSeconds(2)).thenAccept(heard -> {
            // They took their time: by now the service may answer again, or somebody have ordered something.
            if (heard.confirmsDown() && mayOpen(circuit)) {
                String others = heard.up().isEmpty() ? "" : ", as " + heard.up().size() + " more found";
                order(
                                circuit,
                                Mode.FORCED_OPEN,
                                probe.interval().multipliedBy(4).plus(probe.timeout()),
                                failures + " probes failed (" + result.failure() + ")" + others)
                        .thenRun(() -> holdWhileFailing(circuit));
            } else if (heard.up().contains(true)) {
                AgentLog.warn(
                        "probe-opinion-" + result.service(),
                        "the probe of " + result.service() + " fails here (" + result.failure()
                                + ") and not on another instance: look at this host's network");
            }
        });
    }

    /** Whether enough probes in a row have failed, and nothing is in force that is not ours. */
    private boolean mayOpen(Circuit circuit) {
        boolean free = circuit.order() == null && circuit.mode() == Mode.ENFORCE;
        return isFailing(circuit) && (free || ordered(circuit));
    }

    private boolean isFailing(Circuit circuit) {
        Failures failures = failuresInARow.get(circuit.service());
        return failures != null && failures.inARow >= FAILURES_BEFORE_OPEN;
    }

    /** The probe may have answered while the order was under way, and found none to give back. */
    private void holdWhileFailing(Circuit circuit) {
        if (!failuresInARow.containsKey(circuit.service())) {
            giveBack(circuit);
        }
    }

    private void giveBack(Circuit circuit) {
        if (ordered(circuit)) {
            order(circuit, null, null, "the probe answers again");
        }
    }

    private static boolean ordered(Circuit circuit) {
        ModeOrder order = circuit.order();
        return order != null && order.who().equals(WHO) && order.mode() == Mode.FORCED_OPEN;
    }

    private CompletionStage<ModeOrder> order(
            Circuit circuit, @Nullable Mode mode, @Nullable Duration length, String reason) {
        return circuits.mode(circuit.service(), mode, length, reason, WHO).exceptionally(failure -> {
            AgentLog.warn("probe-order", "a probe's verdict could not be passed on", failure);
            return ModeOrder.NONE;
        });
    }
}
