package dev.resilience.health.forecast;

import dev.resilience.health.forecast.Forecast.Expected;
import dev.resilience.health.forecast.Past.Hour;
import dev.resilience.health.forecast.Past.Sample;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Lives through a series as the agent would: every few minutes it makes a forecast from the day before, and notes what was
 * forecast, and when. An alarm that goes on is one; one that was silent for an hour is another.
 */
final class BackTest {

    static final long MINUTE = 60_000;
    static final long HOUR = 60 * MINUTE;
    static final long DAY = 24 * HOUR;

    /** Monday, midnight UTC. */
    static final long START = 1_760_313_600_000L;

    private static final long PROBE = 30_000;

    /** The agent looks each minute ({@code -Dbacktest.step=1}); a third of that shows the same, in a third of the time. */
    private static final long STEP = Long.getLong("backtest.step", 3) * MINUTE;

    /** What a probe finds: milliseconds, or a negative number when it failed. */
    interface Service {
        double answer(long sinceStart);
    }

    /** @param alarms by kind, when each began, milliseconds since the start; @param said what the first one of each said */
    record Result(Map<String, List<Long>> alarms, Map<String, Expected> said) {

        int count(String kind) {
            return alarms.getOrDefault(kind, List.of()).size();
        }

        int total() {
            return alarms.values().stream().mapToInt(List::size).sum();
        }
    }

    private BackTest() {}

    static Result run(Service service, long from, long until, double limit) {
        List<Sample> samples = new ArrayList<>();
        TreeMap<Long, long[]> hours = new TreeMap<>();
        Map<String, List<Long>> alarms = new TreeMap<>();
        Map<String, Long> lastSeen = new TreeMap<>();
        Map<String, Expected> said = new TreeMap<>();
        int oldest = 0;
        for (long since = 0; since < until; since += PROBE) {
            double answer = service.answer(since);
            long now = START + since;
            samples.add(new Sample(now, answer < 0 ? 0 : 1, answer < 0 ? 1 : 0, Math.max(0, answer)));
            hours.computeIfAbsent(now / HOUR * HOUR, hour -> new long[2])[answer < 0 ? 1 : 0]++;
            if (since % STEP != 0 || since < from) {
                continue;
            }
            while (samples.get(oldest).atMillis() < now - DAY) {
                oldest++;
            }
            List<Hour> weeks = new ArrayList<>();
            hours.tailMap(now - 35 * DAY).forEach((hour, counts) -> weeks.add(new Hour(hour, counts[0], counts[1])));
            Past past = new Past(samples.subList(oldest, samples.size()), weeks);
            for (Expected expected : Forecaster.of(past, limit, now).expected()) {
                Long before = lastSeen.put(expected.kind(), since);
                if (before == null || since - before > HOUR) {
                    alarms.computeIfAbsent(expected.kind(), kind -> new ArrayList<>())
                            .add(since);
                    said.putIfAbsent(expected.kind(), expected);
                }
            }
        }
        return new Result(alarms, said);
    }
}
