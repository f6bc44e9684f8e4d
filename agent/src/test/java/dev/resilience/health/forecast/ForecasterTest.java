package dev.resilience.health.forecast;

import static dev.resilience.health.forecast.BackTest.DAY;
import static dev.resilience.health.forecast.BackTest.HOUR;
import static dev.resilience.health.forecast.BackTest.MINUTE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.health.forecast.BackTest.Result;
import dev.resilience.health.forecast.BackTest.Service;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The back-test: synthetic services at a probe every 30 s, lived through minute by minute. */
class ForecasterTest {

    private static final double LIMIT = 1_000;

    @Test
    void false_alarms_are_at_most_one_a_week_and_service() {
        List<Quiet> weeks = IntStream.rangeClosed(1, 3)
                .parallel()
                .mapToObj(ForecasterTest::quietWeeks)
                .flatMap(List::stream)
                .toList();
        weeks.forEach(System.out::println);
        int alarms = weeks.stream().mapToInt(week -> week.result.total()).sum();
        System.out.println("false alarms: " + alarms + " in " + weeks.size() + " weeks");
        assertThat(weeks).allSatisfy(week -> assertThat(week.result.total()).isLessThanOrEqualTo(1));
        assertThat(alarms).isLessThanOrEqualTo(weeks.size());
    }

    private static List<Quiet> quietWeeks(int seed) {
        Random random = new Random(seed);
        return List.of(
                quiet("steady", since -> normal(random, 120, 0.1)),
                quiet("noisy", since -> normal(random, 150, 0.6)),
                quiet("spikes", since -> random.nextInt(50) == 0 ? 3_000 : normal(random, 120, 0.2)),
                quiet("rare failures", since -> random.nextInt(500) == 0 ? -1 : normal(random, 120, 0.2)),
                quiet("daily load", since -> normal(random, 300 - 200 * Math.cos(2 * Math.PI * since / DAY), 0.15)),
                quiet(
                        "heavy daily load",
                        since -> normal(random, 500 - 350 * Math.cos(2 * Math.PI * since / DAY), 0.15)),
                quiet("wandering", wandering(random)),
                quiet("steps", since -> normal(random, since / (5 * HOUR) % 2 == 0 ? 120 : 480, 0.1)),
                quiet("flapping", since -> since / (3 * MINUTE) % 2 == 0 ? -1 : normal(random, 120, 0.2)));
    }

    @Test
    void a_drift_is_found_ten_minutes_before_the_limit_at_the_latest() {
        Stream.of(40 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR)
                .flatMap(length -> Stream.of(0.05, 0.15, 0.3)
                        .flatMap(noise -> IntStream.rangeClosed(1, 5).mapToObj(seed -> new Drift(length, noise, seed))))
                .toList()
                .parallelStream()
                .forEach(Drift::isFound);
    }

    @Test
    void a_failure_at_the_same_hour_of_each_day_is_expected_from_the_fourth_day_on() {
        Random random = new Random(1);
        Service daily =
                since -> since % DAY >= 15 * HOUR && since % DAY < 15 * HOUR + 20 * MINUTE && random.nextInt(3) > 0
                        ? -1
                        : normal(random, 120, 0.2);
        Result result = BackTest.run(daily, 3 * DAY, 10 * DAY, LIMIT);

        List<Long> alarms = result.alarms().get("time_of_day");
        assertThat(alarms).hasSize(7).allSatisfy(at -> assertThat(at % DAY).isEqualTo(14 * HOUR));
        assertThat(result.said().get("time_of_day").summary()).contains("15:00 UTC", "each day");
    }

    @Test
    void a_failure_at_the_same_hour_of_each_week_is_expected_too() {
        Random random = new Random(1);
        long sunday = 6 * DAY + 3 * HOUR;
        Service weekly = since -> {
            long inWeek = since % (7 * DAY);
            return inWeek >= sunday && inWeek < sunday + 20 * MINUTE ? -1 : normal(random, 120, 0.2);
        };
        Result result = BackTest.run(weekly, 26 * DAY, 29 * DAY, LIMIT);

        assertThat(result.count("time_of_day")).isEqualTo(1);
        assertThat(result.said().get("time_of_day").summary()).contains("03:00 UTC", "each Sunday");
    }

    @Test
    void failing_more_often_than_usual_is_told() {
        Random random = new Random(1);
        Service failing =
                since -> random.nextDouble() < (since > 20 * HOUR ? 0.35 : 0.005) ? -1 : normal(random, 120, 0.2);
        Result result = BackTest.run(failing, 18 * HOUR, 21 * HOUR, LIMIT);

        assertThat(result.count("failure_rate")).isPositive();
        assertThat(result.alarms().get("failure_rate").get(0)).isBetween(20 * HOUR, 20 * HOUR + 15 * MINUTE);
    }

    @Test
    void too_little_is_unknown() {
        Forecast forecast = Forecaster.of(new Past(List.of(), List.of()), LIMIT, BackTest.START);
        assertThat(forecast.trend()).isEqualTo(Forecast.Direction.UNKNOWN);
        assertThat(forecast.expected()).isEmpty();
    }

    @Test
    void what_gets_quicker_falls() {
        Random random = new Random(1);
        List<Past.Sample> samples = new ArrayList<>();
        for (long since = 0; since < 2 * HOUR; since += 30_000) {
            samples.add(new Past.Sample(
                    BackTest.START + since, 1, 0, normal(random, 900 - 500.0 * since / (2 * HOUR), 0.1)));
        }
        Forecast forecast = Forecaster.of(new Past(samples, List.of()), LIMIT, BackTest.START + 2 * HOUR);
        assertThat(forecast.trend()).isEqualTo(Forecast.Direction.FALLING);
        assertThat(forecast.perHour()).isBetween(-350.0, -150.0);
    }

    private static Quiet quiet(String name, Service service) {
        return new Quiet(name, BackTest.run(service, DAY, 8 * DAY, LIMIT));
    }

    /** A week of which nothing is to be forecast. */
    private record Quiet(String name, Result result) {

        @Override
        public String toString() {
            return name + ": " + result.total() + " false alarms in a week " + result.alarms();
        }
    }

    /** From 120 ms to the limit in the given time, in a straight line. */
    private record Drift(long length, double noise, int seed) {

        void isFound() {
            Random random = new Random(seed);
            long begin = 20 * HOUR;
            Service drifting =
                    since -> normal(random, 120 + Math.max(0, since - begin) * (LIMIT - 120) / length, noise);
            Result result = BackTest.run(drifting, begin - HOUR, begin + length, LIMIT);
            assertThat(result.count("response_time")).as(toString()).isPositive();
            long found = first(result, begin);
            long said = result.said().get("response_time").atMillis() - BackTest.START - found;
            long lead = begin + length - found;
            System.out.printf("%s: found %d min before, said in %d min%n", this, lead / MINUTE, said / MINUTE);
            assertThat(lead).as(toString()).isGreaterThanOrEqualTo(10 * MINUTE);
        }

        @Override
        public String toString() {
            return "drift over %d min, noise %.2f, seed %d".formatted(length / MINUTE, noise, seed);
        }
    }

    private static long first(Result result, long from) {
        return result.alarms().get("response_time").stream()
                .filter(at -> at >= from)
                .findFirst()
                .orElse(Long.MAX_VALUE);
    }

    /** A mean that walks at random and is drawn back, so that neighbours resemble each other. */
    private static Service wandering(Random random) {
        double[] level = {120};
        return since -> {
            level[0] += 0.02 * (120 - level[0]) + 3 * random.nextGaussian();
            return normal(random, Math.max(20, level[0]), 0.1);
        };
    }

    private static double normal(Random random, double median, double sigma) {
        return median * Math.exp(sigma * random.nextGaussian());
    }
}
