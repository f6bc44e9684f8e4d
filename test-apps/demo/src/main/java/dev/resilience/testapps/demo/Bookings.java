package dev.resilience.testapps.demo;

import dev.resilience.testapps.harness.Traffic.Sample;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What became of the bookings of one run. Counts those that callers sent during the outage, and of the whole run those that
 * were answered "taken in charge".
 *
 * @param lost sent during the outage and neither made nor taken in charge
 * @param promised answered 202
 * @param delivered those of them that cal.com has
 * @param twice bookings of the run that cal.com has more than once
 */
record Bookings(int lost, int promised, int delivered, int twice) {

    private static final int TAKEN_IN_CHARGE = 202;

    /** @param booked what cal.com has */
    static Bookings of(Measured.Outage outage, List<Sample> samples, List<String> booked) {
        Set<String> once = new HashSet<>();
        Set<String> more = new HashSet<>();
        for (String booking : booked) {
            if (!once.add(booking)) {
                more.add(booking);
            }
        }
        int lost = 0;
        for (Sample sample : samples) {
            if (sample.kind().equals("booking") && outage.holds(sample.sentNanos()) && !sample.answered()) {
                lost++;
            }
        }
        List<String> promised = promised(samples);
        return new Bookings(
                lost,
                promised.size(),
                (int) promised.stream().filter(once::contains).count(),
                more.size());
    }

    static List<String> promised(List<Sample> samples) {
        return samples.stream()
                .filter(sample -> sample.kind().equals("booking") && sample.status() == TAKEN_IN_CHARGE)
                .map(Sample::body)
                .toList();
    }
}
