package dev.resilience.testapps.benchmarks;

import dev.resilience.testapps.harness.JvmUnderTest;
import dev.resilience.testapps.harness.Pause;
import dev.resilience.testapps.harness.RedisProcess;
import dev.resilience.testapps.harness.TemporaryDirectory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What an application's start costs without an agent, with ours, and with OpenTelemetry's: whole processes, one at a time, the
 * three in turn in each round, so that whatever else the machine does meets all of them. Figures are medians over the rounds,
 * differences are medians of the differences within a round.
 *
 * <p>Linux only. Arguments: {@code --rounds=N} (default 7), {@code --only=hello|spring}. System properties say where things
 * were built: {@code agent.jar}, {@code spring-boot.jar}, {@code opentelemetry.jar}.
 */
public final class StartupBenchmark {

    /** After so long an agent has done what it does behind a start. */
    private static final long SETTLE_MILLIS = 4_000;

    private static final long IDLE_MILLIS = 10_000;

    static final String CONFIG = """
            application: benchmark
            redis: {url: "${BENCHMARK_REDIS}"}
            admin: {port: 0}
            services:
              prices:
                endpoints:
                  - name: price
                    http: {host: 127.0.0.1, path: /prices/**}
                    fallback: [stale_cache]
              database:
                endpoints:
                  - name: all
                    jdbc: {url: "jdbc:h2:*"}
                    fallback: [stale_cache]
            """;

    private final List<Variant> variants;
    private final int rounds;
    private final Path directory;

    private StartupBenchmark(List<Variant> variants, int rounds, Path directory) {
        this.variants = variants;
        this.rounds = rounds;
        this.directory = directory;
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        int rounds = 7;
        String only = "";
        for (String argument : arguments) {
            if (argument.startsWith("--rounds=")) {
                rounds = Integer.parseInt(argument.substring("--rounds=".length()));
            } else if (argument.startsWith("--only=")) {
                only = argument.substring("--only=".length());
            } else if (!argument.isEmpty()) {
                System.err.println("usage: StartupBenchmark [--rounds=N] [--only=hello|spring]");
                System.exit(2);
            }
        }
        try (TemporaryDirectory temporary = new TemporaryDirectory("startup-");
                RedisProcess redis = new RedisProcess(temporary.child("redis"))) {
            Path config = Files.writeString(temporary.path().resolve("benchmark.yaml"), CONFIG);
            List<Variant> variants = Variant.all(built("agent.jar"), config, built("opentelemetry.jar"), redis.url());
            StartupBenchmark benchmark = new StartupBenchmark(variants, rounds, temporary.child("work"));
            if (!only.equals("spring")) {
                benchmark.run("hello world, start to end", benchmark::helloToItsEnd);
                benchmark.run("hello world, " + SETTLE_MILLIS / 1_000 + " s after its start", benchmark::helloAtRest);
            }
            if (!only.equals("hello")) {
                Path springBoot = built("spring-boot.jar");
                benchmark.run(
                        "Spring Boot, until it says that it started", variant -> benchmark.spring(variant, springBoot));
            }
        }
    }

    /** Names of figures, and their values in seconds, MB, or as they are. */
    private interface Measurement {
        Map<String, Double> of(Variant variant) throws IOException, InterruptedException;
    }

    private void run(String title, Measurement measurement) throws IOException, InterruptedException {
        List<List<Map<String, Double>>> measured = new ArrayList<>();
        for (Variant variant : variants) {
            measurement.of(variant); // Into the page cache.
            measured.add(new ArrayList<>());
        }
        for (int round = 0; round < rounds; round++) {
            for (int i = 0; i < variants.size(); i++) {
                int turn = (round + i) % variants.size();
                measured.get(turn).add(measurement.of(variants.get(turn)));
            }
        }
        print(title, measured);
    }

    private Map<String, Double> helloToItsEnd(Variant variant) throws IOException, InterruptedException {
        List<String> line = new ArrayList<>(List.of(
                "bash",
                "-c",
                "export TIMEFORMAT='%R %U %S'; time \"$0\" \"$@\" > /dev/null 2>&1",
                Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        line.addAll(variant.jvmArguments());
        line.addAll(List.of("-cp", classes().toString(), HelloWorld.class.getName()));
        ProcessBuilder builder = new ProcessBuilder(line).directory(directory.toFile());
        builder.environment().remove("JAVA_TOOL_OPTIONS");
        builder.environment().putAll(variant.environment());
        Process process = builder.start();
        String said = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8).trim();
        if (process.waitFor() != 0) {
            throw new IOException("hello world failed: " + said);
        }
        String[] seconds = said.split(" ");
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put("wall, s", Double.valueOf(seconds[0]));
        figures.put("CPU, s", Double.parseDouble(seconds[1]) + Double.parseDouble(seconds[2]));
        return figures;
    }

    private Map<String, Double> helloAtRest(Variant variant) {
        JvmUnderTest.Command command = command(variant);
        try (JvmUnderTest jvm = command.main(classes().toString(), HelloWorld.class.getName(), "stay")) {
            jvm.awaitOut("hello");
            return atRest(jvm.pid());
        }
    }

    private Map<String, Double> spring(Variant variant, Path jar) {
        JvmUnderTest.Command command = command(variant).environment("PORT", "0");
        long begin = System.nanoTime();
        try (JvmUnderTest jvm = command.jar(jar)) {
            jvm.awaitOut("Started ShopApplication");
            Map<String, Double> figures = new LinkedHashMap<>();
            figures.put("wall, s", (System.nanoTime() - begin) / 1e9);
            figures.put("CPU, s", ProcessFigures.of(jvm.pid()).cpuNanos() / 1e9);
            figures.putAll(atRest(jvm.pid()));
            return figures;
        }
    }

    private static Map<String, Double> atRest(long pid) {
        Pause.of(SETTLE_MILLIS);
        ProcessFigures settled = ProcessFigures.of(pid);
        Pause.of(IDLE_MILLIS);
        ProcessFigures later = ProcessFigures.of(pid);
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put("resident, MB", later.residentBytes() / 1e6);
        figures.put("threads", (double) later.threads());
        figures.put("  the agent's", (double) later.ofAgent());
        figures.put("CPU when idle, %", (later.cpuNanos() - settled.cpuNanos()) / (IDLE_MILLIS * 1e4));
        return figures;
    }

    private JvmUnderTest.Command command(Variant variant) {
        JvmUnderTest.Command command =
                JvmUnderTest.command().in(directory).jvm(variant.jvmArguments().toArray(String[]::new));
        variant.environment().forEach(command::environment);
        return command;
    }

    private void print(String title, List<List<Map<String, Double>>> measured) {
        System.out.printf(Locale.ROOT, "%n%-42s", title + " (" + rounds + " rounds)");
        for (Variant variant : variants) {
            System.out.printf(Locale.ROOT, "%28s", variant.name());
        }
        System.out.println();
        List<Map<String, Double>> without = measured.get(0);
        for (String figure : without.get(0).keySet()) {
            System.out.printf(Locale.ROOT, "  %-40s", figure);
            for (List<Map<String, Double>> rows : measured) {
                double median = median(rows.stream().map(row -> row.get(figure)).toList());
                List<Double> added = new ArrayList<>();
                for (int round = 0; round < rounds; round++) {
                    added.add(rows.get(round).get(figure) - without.get(round).get(figure));
                }
                String difference = rows == without ? "" : String.format(Locale.ROOT, "(%+.2f)", median(added));
                System.out.printf(Locale.ROOT, "%18.2f%10s", median, difference);
            }
            System.out.println();
        }
    }

    static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    private static Path classes() {
        return Path.of(HelloWorld.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .getPath());
    }

    static Path built(String property) throws IOException {
        String path = System.getProperty(property);
        if (path == null || !Files.isRegularFile(Path.of(path))) {
            throw new IOException("-D" + property + "=" + path + " names no file; run this by mvn -Pbenchmarks verify");
        }
        return Path.of(path).toAbsolutePath();
    }
}
