package dev.resilience.health.forecast;

import dev.resilience.health.forecast.Past.Sample;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Response times of a window, oldest first: where there are many, each point is the median of a few neighbours. */
record Series(double[] times, double[] values) {

    /** Times count from {@code fromMillis}. Only what was answered has a response time. */
    static Series of(List<Sample> samples, long fromMillis, long untilMillis, int most) {
        List<Sample> answered = new ArrayList<>();
        for (Sample sample : samples) {
            if (sample.atMillis() > fromMillis && sample.atMillis() <= untilMillis && sample.up() > 0) {
                answered.add(sample);
            }
        }
        int group = Math.max(1, (answered.size() + most - 1) / most);
        int points = answered.size() / group;
        double[] times = new double[points];
        double[] values = new double[points];
        // The oldest few that do not fill a group are left out.
        int from = answered.size() - points * group;
        double[] neighbours = new double[group];
        for (int point = 0; point < points; point++) {
            double sum = 0;
            for (int i = 0; i < group; i++) {
                Sample sample = answered.get(from + point * group + i);
                sum += sample.atMillis() - fromMillis;
                neighbours[i] = sample.millis();
            }
            times[point] = sum / group;
            values[point] = Statistics.medianInPlace(neighbours);
        }
        return new Series(times, values);
    }

    int size() {
        return times.length;
    }

    double median() {
        return Statistics.median(values);
    }

    /** The median of the upper fifth. */
    double highest() {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return Statistics.median(
                Arrays.copyOfRange(sorted, sorted.length - Math.max(1, sorted.length / 5), sorted.length));
    }

    /** How far it went from the first to the last, by the medians of the first and the last quarter. */
    double change() {
        int quarter = Math.max(1, values.length / 4);
        double first = Statistics.median(Arrays.copyOfRange(values, 0, quarter));
        double last = Statistics.median(Arrays.copyOfRange(values, values.length - quarter, values.length));
        // Between the middles of these quarters lie three of the four.
        return (last - first) * 4 / 3;
    }

    /** How often it went below {@code low} after it had been at {@code high} or above. */
    int returns(double low, double high) {
        int returns = 0;
        boolean wasHigh = false;
        for (double value : values) {
            if (value >= high) {
                wasHigh = true;
            } else if (value < low && wasHigh) {
                wasHigh = false;
                returns++;
            }
        }
        return returns;
    }

    /**
     * Whether each quarter lies above the one before, by at least the given share of the whole rise: so does a drift, and a
     * step does not.
     */
    boolean risesThroughout(double share) {
        double[] quarters = new double[4];
        for (int quarter = 0; quarter < quarters.length; quarter++) {
            int from = quarter * values.length / quarters.length;
            int to = (quarter + 1) * values.length / quarters.length;
            quarters[quarter] = Statistics.median(Arrays.copyOfRange(values, from, to));
        }
        double whole = quarters[3] - quarters[0];
        for (int quarter = 1; quarter < quarters.length; quarter++) {
            if (quarters[quarter] - quarters[quarter - 1] < share * whole) {
                return false;
            }
        }
        return whole > 0;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Series that && Arrays.equals(times, that.times) && Arrays.equals(values, that.values);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(times) * 31 + Arrays.hashCode(values);
    }

    @Override
    public String toString() {
        return "Series" + Arrays.toString(values);
    }
}
