package dev.resilience.testapps.demo;

import dev.resilience.testapps.harness.CalComStandIn.Arrival;
import dev.resilience.testapps.harness.Traffic.Sample;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What one run came to. Counts requests that callers sent during the outage, whenever they were answered.
 *
 * @param waitedSeconds all their waiting added up
 * @param slowestPercent seconds that the slowest hundredth waited at least
 * @param reached calls that arrived at the broken cal.com
 * @param rejectedPercent seconds that the slowest hundredth waited at least, of requests sent while the circuit of what they
 *     need was OPEN on every instance; empty where that never was
 * @param rejected how many those were
 * @param trials those of them that arrived while no instance saw its circuit CLOSED
 * @param recoverySeconds from the moment when everything was well again until all circuits were CLOSED on all instances
 */
record Measured(
        int requests,
        int answered,
        double waitedSeconds,
        double slowestPercent,
        int reached,
        Optional<Double> rejectedPercent,
        int rejected,
        int trials,
        Optional<Double> recoverySeconds,
        Bookings bookings) {

    /** Moments on the monotonic clock. @param closed empty when the circuits did not close, or there were none */
    record Outage(long brokenNanos, long endedNanos, long mendedNanos, Optional<Long> closed) {

        boolean holds(long nanos) {
            return nanos - brokenNanos >= 0 && nanos - endedNanos < 0;
        }
    }

    /** A change takes this long to be told. */
    private static final long BLUR_NANOS = 100_000_000;

    static Measured of(
            Outage outage,
            List<Sample> samples,
            List<Arrival> arrivals,
            List<CircuitWatch.Change> changes,
            List<String> booked) {
        List<Sample> during = samples.stream()
                .filter(sample -> outage.holds(sample.sentNanos()))
                .toList();
        List<Long> rejected = new ArrayList<>();
        for (Sample sample : during) {
            String service = sample.kind().equals("staff") ? "database" : "calcom";
            if (inStateEverywhere(changes, service, "OPEN", sample.sentNanos())) {
                rejected.add(sample.waitedNanos());
            }
        }
        List<Arrival> reached =
                arrivals.stream().filter(call -> outage.holds(call.nanos())).toList();
        return new Measured(
                during.size(),
                (int) during.stream().filter(Sample::answered).count(),
                during.stream().mapToLong(Sample::waitedNanos).sum() / 1e9,
                slowestPercent(during.stream().map(Sample::waitedNanos).toList()),
                reached.size(),
                rejected.isEmpty() ? Optional.empty() : Optional.of(slowestPercent(rejected)),
                rejected.size(),
                trials(reached, changes),
                outage.closed().map(closed -> Math.max(0, closed - outage.mendedNanos()) / 1e9),
                Bookings.of(outage, samples, booked));
    }

    /** The longest wait but for the slowest hundredth, in seconds. */
    static double slowestPercent(List<Long> waitedNanos) {
        if (waitedNanos.isEmpty()) {
            return 0;
        }
        List<Long> sorted = waitedNanos.stream().sorted().toList();
        return sorted.get((int) Math.ceil(sorted.size() * 0.99) - 1) / 1e9;
    }

    /** Whether all instances were seen in {@code state} then, and had been so long enough for the look to be sure. */
    static boolean inStateEverywhere(List<CircuitWatch.Change> changes, String service, String state, long nanos) {
        Map<Integer, CircuitWatch.Change> last = new HashMap<>();
        for (CircuitWatch.Change change : changes) {
            if (!change.service().equals(service)) {
                continue;
            }
            if (change.nanos() <= nanos) {
                last.put(change.instance(), change);
            } else if (change.nanos() <= nanos + BLUR_NANOS) {
                return false;
            }
        }
        return last.size() == Fleet.SIZE
                && last.values().stream()
                        .allMatch(change -> change.to().equals(state) && change.nanos() + BLUR_NANOS <= nanos);
    }

    private static int trials(List<Arrival> arrivals, List<CircuitWatch.Change> changes) {
        return (int) arrivals.stream()
                .filter(call -> closedNowhere(changes, "calcom", call.nanos()))
                .count();
    }

    private static boolean closedNowhere(List<CircuitWatch.Change> changes, String service, long nanos) {
        Map<Integer, String> last = new HashMap<>();
        for (CircuitWatch.Change change : changes) {
            if (change.service().equals(service) && change.nanos() - nanos <= 0) {
                last.put(change.instance(), change.to());
            }
        }
        return last.size() == Fleet.SIZE && !last.containsValue("CLOSED");
    }

    double answeredShare() {
        return requests == 0 ? 0 : (double) answered / requests;
    }
}
