package dev.resilience.health.forecast;

import static dev.resilience.health.forecast.BackTest.HOUR;
import static dev.resilience.health.forecast.BackTest.MINUTE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.health.forecast.BackTest.Result;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/**
 * The back-test on series that were recorded: response times, in microseconds, of a real HTTP server and of a real PostgreSQL,
 * asked once a second on a machine of two cores that built and tested software meanwhile, lived through here as if they had
 * been asked every 30 s. From the middle on one query's table, which has no index, grows by 500 rows between two questions.
 */
class RecordedTest {

    private static final int PROBE_MILLIS = 30_000;
    private static final List<String[]> ROWS = rows();

    @Test
    void a_server_on_a_busy_machine_raises_no_false_alarm() {
        assertThat(run(2, 50).total()).isZero();
    }

    @Test
    void a_query_on_a_busy_machine_raises_no_false_alarm() {
        assertThat(run(1, 200).total()).isZero();
    }

    @Test
    void a_query_without_an_index_is_announced_before_its_table_is_too_large() {
        double limit = 200;
        long grows = ROWS.size() / 2L * PROBE_MILLIS;
        long tooSlow = firstAbove(limit);

        List<Long> alarms = run(3, limit).alarms().getOrDefault("response_time", List.of());

        assertThat(alarms).isNotEmpty().allMatch(at -> at > grows);
        assertThat(alarms.get(0)).isLessThan(tooSlow - 10 * MINUTE);
        System.out.printf(
                "recorded growth: announced %d min before, %d min after it began%n",
                (tooSlow - alarms.get(0)) / MINUTE, (alarms.get(0) - grows) / MINUTE);
    }

    private static Result run(int column, double limit) {
        return BackTest.run(since -> millis(column, (int) (since / PROBE_MILLIS)), HOUR, length(), limit);
    }

    /** When half of the answers of ten minutes are above the limit. */
    private static long firstAbove(double limit) {
        int lately = (int) (10 * MINUTE / PROBE_MILLIS);
        for (int row = lately; row < ROWS.size(); row++) {
            double[] some = new double[lately];
            for (int i = 0; i < lately; i++) {
                some[i] = millis(3, row - i);
            }
            Arrays.sort(some);
            if (some[lately / 2] > limit) {
                return (long) row * PROBE_MILLIS;
            }
        }
        throw new IllegalStateException("never above " + limit);
    }

    private static long length() {
        return (long) ROWS.size() * PROBE_MILLIS;
    }

    private static double millis(int column, int row) {
        return Long.parseLong(ROWS.get(row)[column]) / 1_000.0;
    }

    private static List<String[]> rows() {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                Objects.requireNonNull(RecordedTest.class.getResourceAsStream("recorded.csv")),
                StandardCharsets.UTF_8))) {
            return lines.lines().map(line -> line.split(",")).toList();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
