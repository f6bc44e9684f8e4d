package dev.resilience.health;

import dev.resilience.breaker.StoreAway;
import dev.resilience.health.ProbeArchive.Minute;
import dev.resilience.health.ProbeArchive.Minutes;
import dev.resilience.log.AgentLog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes down what probes find, here and for the fleet, and reads it again. What this instance found while the fleet's archive
 * was away, and it was the last to probe for the fleet, is told when the archive is back; of minutes of which that knows nothing
 * even so, this instance's own answers are shown. Thread-safe; nothing waits.
 */
public final class ProbeRecords implements ProbeListener {

    private final OwnArchive own;
    private final @Nullable ProbeArchive fleet;
    private final LongSupplier epochMillis;
    private final UntoldAnswers untold = new UntoldAnswers();

    /**
     * @param fleet null where this instance is the fleet
     * @param epochMillis Unix milliseconds on this host's clock
     */
    public ProbeRecords(OwnArchive own, @Nullable ProbeArchive fleet, LongSupplier epochMillis) {
        this.own = own;
        this.fleet = fleet;
        this.epochMillis = epochMillis;
    }

    @Override
    public void onProbe(ProbeResult result) {
        own.add(result.service(), result.fencing(), age(result), result.up(), result.responseMillis());
        if (fleet == null) {
            return;
        }
        if (result.fencing() == Leases.OWN) {
            // Made without asking who probes: others may have asked the same, and one answer would count many times.
            untold.keep(result);
            return;
        }
        untold.held(result.service(), result.fencing());
        tellLate(fleet, result.service());
        tell(fleet, result);
    }

    private void tellLate(ProbeArchive fleet, String service) {
        for (ProbeResult late : untold.take(service)) {
            tell(fleet, late).exceptionally(away -> {
                untold.putBack(late);
                return null;
            });
        }
    }

    private CompletionStage<?> tell(ProbeArchive fleet, ProbeResult result) {
        return fleet.add(result.service(), result.fencing(), age(result), result.up(), result.responseMillis())
                .whenComplete((told, away) -> {
                    if (away != null && !StoreAway.isRootOf(away)) {
                        AgentLog.warn("probe-archive", "a probe's answer stays on this instance", away);
                    }
                });
    }

    private long age(ProbeResult result) {
        return Math.max(0, epochMillis.getAsLong() - result.atMillis());
    }

    @Override
    public CompletionStage<ProbeHistory.@Nullable Entry> latest(String service, Duration within) {
        if (fleet != null) {
            // Another instance holds the probe.
            untold.lost(service);
            tellLate(fleet, service);
        }
        return minutes(service, within).thenApply(told -> {
            ProbeHistory.Entry latest = null;
            for (Minute minute : told.minutes()) {
                for (ProbeHistory.Entry entry : minute.entries()) {
                    latest = entry;
                }
            }
            return latest;
        });
    }

    /** Each minute with a probe from {@code window} ago until now. Completes normally always. */
    public CompletionStage<Minutes> minutes(String service, Duration window) {
        Minutes mine = own.own(service, window);
        if (fleet == null) {
            return CompletableFuture.completedFuture(mine);
        }
        return fleet.minutes(service, window).handle((theirs, away) -> away == null ? filled(theirs, mine) : mine);
    }

    /** Each hour with a probe, of five weeks. Completes normally always. */
    public CompletionStage<List<ProbeArchive.Hour>> hours(String service) {
        if (fleet == null) {
            return own.hours(service);
        }
        return fleet.hours(service)
                .handle((theirs, away) -> away == null ? CompletableFuture.completedFuture(theirs) : own.hours(service))
                .thenCompose(hours -> hours);
    }

    private static Minutes filled(Minutes theirs, Minutes mine) {
        TreeMap<Long, Minute> all = new TreeMap<>();
        mine.minutes().forEach(minute -> all.put(minute.startMillis(), minute));
        theirs.minutes().forEach(minute -> all.put(minute.startMillis(), minute));
        return new Minutes(theirs.nowMillis(), new ArrayList<>(all.values()));
    }
}
