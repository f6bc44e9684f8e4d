package dev.resilience.health.forecast;

/** The little statistics that forecasts need. */
final class Statistics {

    private Statistics() {}

    /** Of no values, 0. Leaves them as they are. */
    static double median(double... values) {
        return medianInPlace(values.clone());
    }

    /** Of no values, 0. Reorders them. */
    static double medianInPlace(double[] values) {
        if (values.length == 0) {
            return 0;
        }
        int middle = values.length / 2;
        double upper = select(values, middle);
        return values.length % 2 == 1 ? upper : (select(values, middle - 1) + upper) / 2;
    }

    /**
     * The value that would be at {@code rank} if they were sorted, in linear time on average where sorting all pairs' slopes was most of a
     * forecast (Hoare, Algorithm 65: Find, 1961). Reorders them.
     */
    static double select(double[] values, int rank) {
        int first = 0;
        int last = values.length - 1;
        while (first < last) {
            double pivot = values[rank];
            int up = first;
            int down = last;
            while (up <= down) {
                while (values[up] < pivot) {
                    up++;
                }
                while (pivot < values[down]) {
                    down--;
                }
                if (up <= down) {
                    double low = values[down];
                    values[down--] = values[up];
                    values[up++] = low;
                }
            }
            if (down < rank) {
                first = up;
            }
            if (rank < up) {
                last = down;
            }
        }
        return values[rank];
    }

    /** Chance that of {@code n} trials at least {@code k} succeed when each does with probability {@code p}. */
    static double binomialTail(int k, int n, double p) {
        if (k <= 0) {
            return 1;
        }
        if (k > n || p <= 0) {
            return 0;
        }
        if (p >= 1) {
            return 1;
        }
        double logTerm = k * Math.log(p) + (n - k) * Math.log1p(-p);
        for (int i = 1; i <= k; i++) {
            logTerm += Math.log((double) (n - k + i) / i);
        }
        double term = Math.exp(logTerm);
        double sum = term;
        for (int i = k; i < n && term > 0; i++) {
            term *= (double) (n - i) / (i + 1) * (p / (1 - p));
            sum += term;
        }
        return Math.min(1, sum);
    }

    /**
     * Chance that a standard normal variable is above {@code z}; within 1.5e-7 (Abramowitz and Stegun, 26.2.17).
     */
    static double normalTail(double z) {
        if (z < 0) {
            return 1 - normalTail(-z);
        }
        double t = 1 / (1 + 0.2316419 * z);
        double density = Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI);
        return density
                * t
                * (0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
    }
}
