package dev.resilience.testapps.benchmarks;

import dev.resilience.testapps.harness.TemporaryDirectory;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * What {@code SELECT 1} costs without an agent, with ours, with OpenTelemetry's, and through datasource-proxy and p6spy, which
 * tell nobody anything: each in a JVM of its own, in turn in each round. Times are medians over the rounds, differences
 * medians of the differences within a round.
 *
 * <p>Arguments: {@code --rounds=N} (default 3), {@code --only=h2|postgresql}, {@code --short} for one round of short
 * iterations, some two minutes in all. System properties say where things were built: {@code agent.jar},
 * {@code opentelemetry.jar}.
 */
public final class JdbcBenchmarks {

    private static final String ALLOCATED = "gc.alloc.rate.norm";

    private static String config(String url, String fallback) {
        return """
                admin: {enabled: false}
                services:
                  database:
                    endpoints:
                      - name: all
                        jdbc: {url: "%s"}
                        fallback: [%s]
                """.formatted(url, fallback);
    }

    private record Case(String name, List<String> jvmArguments) {}

    /** @param nanos per call @param bytes allocated per call */
    private record Figures(double nanos, double bytes) {}

    private final List<Case> cases;
    private final int rounds;
    private final boolean brief;

    private JdbcBenchmarks(List<Case> cases, int rounds, boolean brief) {
        this.cases = cases;
        this.rounds = rounds;
        this.brief = brief;
    }

    public static void main(String[] arguments) throws IOException, RunnerException {
        int rounds = 3;
        String only = "";
        boolean brief = false;
        for (String argument : arguments) {
            if (argument.startsWith("--rounds=")) {
                rounds = Integer.parseInt(argument.substring("--rounds=".length()));
            } else if (argument.startsWith("--only=")) {
                only = argument.substring("--only=".length());
            } else if (argument.equals("--short")) {
                brief = true;
                rounds = 1;
            } else if (!argument.isEmpty()) {
                System.err.println("usage: JdbcBenchmarks [--short] [--rounds=N] [--only=h2|postgresql]");
                System.exit(2);
            }
        }
        System.setProperty("java.class.path", withoutOurs(System.getProperty("java.class.path")));
        try (TemporaryDirectory directory = new TemporaryDirectory("jdbc-benchmark-")) {
            JdbcBenchmarks benchmarks = new JdbcBenchmarks(cases(directory.path()), rounds, brief);
            if (!only.equals("postgresql")) {
                benchmarks.run("H2 in memory", "jdbc:h2:mem:benchmark;DB_CLOSE_DELAY=-1");
            }
            if (!only.equals("h2")) {
                try (EmbeddedPostgres server = EmbeddedPostgres.start()) {
                    benchmarks.run("PostgreSQL", server.getJdbcUrl("postgres", "postgres"));
                }
            }
        }
    }

    /** What JMH's forks run on: an application has no class of ours, and beside them the jar would not find itself. */
    private static String withoutOurs(String classPath) {
        return Arrays.stream(classPath.split(File.pathSeparator))
                .filter(entry -> !entry.contains("/agent/target/") && !entry.contains("/agent-bootstrap/target/"))
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static List<Case> cases(Path directory) throws IOException {
        String ours = "-javaagent:" + built("agent.jar") + "=";
        Path none = Files.writeString(directory.resolve("none.yaml"), config("jdbc:oracle:*", ""));
        Path matching = Files.writeString(directory.resolve("matching.yaml"), config("jdbc:*", ""));
        Path recording = Files.writeString(directory.resolve("recording.yaml"), config("jdbc:*", "stale_cache"));
        return List.of(
                new Case("without", List.of()),
                new Case("resilience.jar, no rule matches", List.of(ours + none)),
                new Case("resilience.jar, a rule matches", List.of(ours + matching)),
                new Case("resilience.jar, and keeps stale results", List.of(ours + recording)),
                new Case(
                        "OpenTelemetry agent",
                        List.of(
                                "-javaagent:" + built("opentelemetry.jar"),
                                "-Dotel.traces.exporter=none",
                                "-Dotel.metrics.exporter=none",
                                "-Dotel.logs.exporter=none")),
                new Case("datasource-proxy", List.of("-D" + SelectOneBenchmark.WRAPPED + "=datasource-proxy")),
                new Case(
                        "p6spy",
                        List.of(
                                "-D" + SelectOneBenchmark.WRAPPED + "=p6spy",
                                // By itself it would write a line for every statement to a file.
                                "-Dp6spy.config.modulelist=com.p6spy.engine.spy.P6SpyFactory",
                                "-Dp6spy.config.logfile=" + directory.resolve("spy.log"))));
    }

    private void run(String title, String url) throws RunnerException {
        Map<String, List<Map<String, Figures>>> measured = new LinkedHashMap<>();
        cases.forEach(each -> measured.put(each.name, new ArrayList<>()));
        for (int round = 0; round < rounds; round++) {
            for (int i = 0; i < cases.size(); i++) {
                Case turn = cases.get((round + i) % cases.size());
                measured.get(turn.name).add(figures(turn, url));
            }
        }
        for (String benchmark : measured.get(cases.get(0).name).get(0).keySet()) {
            print(title + ", " + benchmark, benchmark, measured);
        }
    }

    private Map<String, Figures> figures(Case with, String url) throws RunnerException {
        List<String> jvm = new ArrayList<>(with.jvmArguments);
        jvm.add("-D" + SelectOneBenchmark.URL + "=" + url);
        ChainedOptionsBuilder options = new OptionsBuilder()
                .include("SelectOneBenchmark")
                .forks(1)
                .jvmArgsAppend(jvm.toArray(String[]::new))
                .addProfiler(GCProfiler.class)
                .verbosity(VerboseMode.SILENT)
                .shouldFailOnError(true);
        if (brief) {
            options.warmupIterations(2).measurementIterations(2).measurementTime(TimeValue.milliseconds(500));
        }
        Map<String, Figures> figures = new LinkedHashMap<>();
        for (RunResult result : new Runner(options.build()).run()) {
            double bytes = result.getSecondaryResults().entrySet().stream()
                    .filter(secondary -> secondary.getKey().endsWith(ALLOCATED))
                    .mapToDouble(secondary -> secondary.getValue().getScore())
                    .findFirst()
                    .orElse(Double.NaN);
            String name = result.getParams().getBenchmark();
            figures.put(
                    name.substring(name.lastIndexOf('.') + 1),
                    new Figures(result.getPrimaryResult().getScore(), bytes));
        }
        System.out.printf(Locale.ROOT, "%-42s %s%n", with.name, figures);
        return figures;
    }

    private void print(String title, String benchmark, Map<String, List<Map<String, Figures>>> measured) {
        System.out.printf(
                Locale.ROOT,
                "%n%-42s %12s %12s %12s %12s%n",
                title + " (" + rounds + " rounds)",
                "ns",
                "added",
                "bytes",
                "added");
        List<Figures> without = of(benchmark, measured.get(cases.get(0).name));
        measured.forEach((name, rows) -> {
            List<Figures> figures = of(benchmark, rows);
            List<Double> nanos = new ArrayList<>();
            List<Double> bytes = new ArrayList<>();
            for (int round = 0; round < rounds; round++) {
                nanos.add(figures.get(round).nanos - without.get(round).nanos);
                bytes.add(figures.get(round).bytes - without.get(round).bytes);
            }
            System.out.printf(
                    Locale.ROOT,
                    "%-42s %,12.0f %+,12.0f %,12.0f %+,12.0f%n",
                    name,
                    median(figures.stream().map(Figures::nanos).toList()),
                    median(nanos),
                    median(figures.stream().map(Figures::bytes).toList()),
                    median(bytes));
        });
    }

    private static List<Figures> of(String benchmark, List<Map<String, Figures>> rows) {
        return rows.stream().map(row -> row.get(benchmark)).toList();
    }

    private static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    private static Path built(String property) throws IOException {
        String path = System.getProperty(property);
        if (path == null || !Files.isRegularFile(Path.of(path))) {
            throw new IOException("-D" + property + "=" + path + " names no file; run this by mvn -Pbenchmarks verify");
        }
        return Path.of(path).toAbsolutePath();
    }
}
