package dev.resilience.testapps.benchmarks;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * Runs the benchmarks of one call at one thread and at two, each with its allocation, and closes with one table. Arguments are
 * JMH's own, such as a pattern of benchmark names.
 */
public final class CallBenchmarks {

    private static final int[] THREADS = {1, 2};
    private static final String ALLOCATED = "gc.alloc.rate.norm";

    private final Map<String, List<String>> rows = new LinkedHashMap<>();

    private CallBenchmarks() {}

    public static void main(String[] arguments) throws RunnerException, CommandLineOptionException {
        CallBenchmarks benchmarks = new CallBenchmarks();
        CommandLineOptions given = new CommandLineOptions(arguments);
        for (int threads : THREADS) {
            benchmarks.add(new Runner(new OptionsBuilder()
                            .parent(given)
                            .addProfiler(GCProfiler.class)
                            .threads(threads)
                            .build())
                    .run());
        }
        benchmarks.print();
    }

    private void add(Collection<RunResult> results) {
        for (RunResult result : results) {
            Result<?> time = result.getPrimaryResult();
            List<String> row = rows.computeIfAbsent(name(result), name -> new ArrayList<>());
            row.add(String.format(Locale.ROOT, "%,.1f", time.getScore()));
            row.add(String.format(Locale.ROOT, "± %.1f", time.getScoreError()));
            row.add(String.format(Locale.ROOT, "%,.0f", allocated(result)));
        }
    }

    private static String name(RunResult result) {
        String name = result.getParams().getBenchmark();
        String[] parts = name.split("\\.");
        return parts[parts.length - 2] + "." + parts[parts.length - 1];
    }

    private static double allocated(RunResult result) {
        for (Map.Entry<String, ?> secondary : result.getSecondaryResults().entrySet()) {
            if (secondary.getKey().endsWith(ALLOCATED)) {
                return ((Result<?>) secondary.getValue()).getScore();
            }
        }
        return Double.NaN;
    }

    private void print() {
        System.out.printf(
                Locale.ROOT,
                "%n%-52s %22s %10s %22s %10s%n",
                "per call",
                "1 thread, ns",
                "bytes",
                "2 threads, ns",
                "bytes");
        rows.forEach((name, row) -> System.out.printf(
                Locale.ROOT,
                "%-52s %11s %10s %10s %11s %10s %10s%n",
                name,
                row.get(0),
                row.get(1),
                row.get(2),
                row.get(3),
                row.get(4),
                row.get(5)));
    }
}
