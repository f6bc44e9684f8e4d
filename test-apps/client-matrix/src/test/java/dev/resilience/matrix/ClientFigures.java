package dev.resilience.matrix;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a call on loopback costs each client more with an agent than without, ours with no rule that matches and OpenTelemetry's,
 * and what a rule that matches adds to the first. Each client has a JVM of its own with each, in turn in each round. Of a JVM's
 * slices the times of the quickest count (what disturbs a call only adds to it) and the median of bytes. Two JVMs compile the
 * same calls differently, by microseconds: what our rule adds is measured within one, whose configuration changes from slice to
 * slice, and is the median of the differences. Of rounds the medians.
 *
 * <p>The client has one core and the server another, by {@code taskset}: on shared cores figures say more of the scheduler. CPU
 * time and bytes are of the whole client JVM, for async clients work on threads of their own.
 *
 * <p>Arguments: {@code --rounds=N} (default 3), {@code --warm-up=N} and {@code --slices=N} of a quarter of a second each
 * (defaults 60 and 16: compilation takes that long),
 * {@code --clients=NAME,…} of {@link Tour#makers} (default: all). Run by {@code -Pbenchmarks}; Linux with two cores at least.
 */
final class ClientFigures {

    private static final String CLIENT_CORE = "0";
    private static final String SERVER_CORE = "1";

    private static final String ADDED = "%+.1f, %+.1f, %+,.0f";

    private enum Variant {
        WITHOUT("without"),
        NO_RULE("no rule matches"),
        OPEN_TELEMETRY("OpenTelemetry's agent");

        private final String title;

        Variant(String title) {
            this.title = title;
        }
    }

    /** Of one JVM; what a rule adds is null where none comes and goes. */
    private record Measured(Figures calls, @Nullable Figures addedByRule) {}

    /** Per call. */
    record Figures(double cpuMicros, double wallMicros, double bytes) {

        /** From a line that begins with a name. */
        static Figures parse(String line) {
            double[] numbers = Arrays.stream(line.split(" "))
                    .skip(1)
                    .mapToDouble(Double::parseDouble)
                    .toArray();
            return new Figures(numbers[0], numbers[1], numbers[2]);
        }

        String line(String name) {
            return String.format(Locale.ROOT, "%s %.3f %.3f %.1f", name, cpuMicros, wallMicros, bytes);
        }

        Figures less(Figures other) {
            return new Figures(cpuMicros - other.cpuMicros, wallMicros - other.wallMicros, bytes - other.bytes);
        }

        static Figures undisturbed(Collection<Figures> all) {
            return new Figures(
                    all.stream().mapToDouble(Figures::cpuMicros).min().orElseThrow(),
                    all.stream().mapToDouble(Figures::wallMicros).min().orElseThrow(),
                    median(all.stream().map(Figures::bytes).toList()));
        }

        static Figures median(Collection<Figures> all) {
            return new Figures(
                    median(all.stream().map(Figures::cpuMicros).toList()),
                    median(all.stream().map(Figures::wallMicros).toList()),
                    median(all.stream().map(Figures::bytes).toList()));
        }

        private static double median(List<Double> values) {
            List<Double> sorted = values.stream().sorted().toList();
            int middle = sorted.size() / 2;
            return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
        }
    }

    private final Path directory;
    private final Collection<String> clients;
    private final int rounds;
    private final int warmUp;
    private final int slices;

    private ClientFigures(Path directory, Collection<String> clients, int rounds, int warmUp, int slices) {
        this.directory = directory;
        this.clients = clients;
        this.rounds = rounds;
        this.warmUp = warmUp;
        this.slices = slices;
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        Collection<String> clients = Tour.makers().keySet();
        int rounds = 3;
        int warmUp = 60;
        int slices = 16;
        for (String argument : arguments) {
            String value = argument.substring(argument.indexOf('=') + 1);
            switch (argument.substring(0, argument.length() - value.length())) {
                case "" -> {}
                case "--rounds=" -> rounds = Integer.parseInt(value);
                case "--warm-up=" -> warmUp = Integer.parseInt(value);
                case "--slices=" -> slices = Integer.parseInt(value);
                case "--clients=" -> clients = List.of(value.split(","));
                default ->
                    throw new IllegalArgumentException(
                            "usage: ClientFigures [--rounds=N] [--warm-up=N] [--slices=N] [--clients=NAME,...], not "
                                    + argument);
            }
        }
        if (!Tour.makers().keySet().containsAll(clients)) {
            throw new IllegalArgumentException(
                    "clients are " + Tour.makers().keySet() + ", not all of these: " + clients);
        }
        Path directory =
                Files.createDirectories(Path.of("target", "client-figures").toAbsolutePath());
        new ClientFigures(directory, clients, rounds, warmUp, slices).run();
    }

    private void run() throws IOException, InterruptedException {
        Process server = jvm(SERVER_CORE, List.of(), ClientFiguresServer.class, List.of());
        try (BufferedReader told = server.inputReader(StandardCharsets.UTF_8)) {
            String uri = told.readLine();
            Map<String, Map<Variant, List<Measured>>> measured = new LinkedHashMap<>();
            for (int round = 0; round < rounds; round++) {
                for (String client : clients) {
                    for (Variant variant : Variant.values()) {
                        measured.computeIfAbsent(client, name -> new LinkedHashMap<>())
                                .computeIfAbsent(variant, name -> new ArrayList<>())
                                .add(measure(client, variant, uri));
                    }
                }
            }
            print(measured);
        } finally {
            server.destroyForcibly();
        }
    }

    private Measured measure(String client, Variant variant, String uri) throws IOException, InterruptedException {
        List<String> arguments =
                new ArrayList<>(List.of(client, uri, Integer.toString(warmUp), Integer.toString(slices)));
        if (variant == Variant.NO_RULE) {
            arguments.add(config().toString());
        }
        Process process = jvm(CLIENT_CORE, agent(variant), ClientFiguresCalls.class, arguments);
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
            List<String> lines = output.lines().toList();
            process.waitFor(1, TimeUnit.MINUTES);
            Figures calls = figures(lines, ClientFiguresCalls.CALLS);
            if (calls == null) {
                throw new IllegalStateException(
                        client + ", " + variant.title + ": no figures, but\n" + String.join("\n", lines));
            }
            return new Measured(calls, figures(lines, ClientFiguresCalls.ADDED));
        } finally {
            process.destroyForcibly();
        }
    }

    private static @Nullable Figures figures(List<String> lines, String name) {
        return lines.stream()
                .filter(line -> line.startsWith(name + " "))
                .map(Figures::parse)
                .findFirst()
                .orElse(null);
    }

    private List<String> agent(Variant variant) throws IOException {
        return switch (variant) {
            case WITHOUT -> List.of();
            case NO_RULE -> List.of("-javaagent:" + System.getProperty("agent.jar") + "=" + config());
            // Without exporters: nobody listens, and its complaints would cost it time.
            case OPEN_TELEMETRY ->
                List.of(
                        "-javaagent:" + Path.of("target", "beside", "opentelemetry-javaagent.jar"),
                        "-Dotel.traces.exporter=none",
                        "-Dotel.metrics.exporter=none",
                        "-Dotel.logs.exporter=none");
        };
    }

    /** With no rule for what is called, at first. */
    private Path config() throws IOException {
        return ClientFiguresCalls.write(directory.resolve("resilience.yaml"), ClientFiguresCalls.ELSEWHERE);
    }

    private Process jvm(String core, List<String> jvmArguments, Class<?> main, List<String> arguments)
            throws IOException {
        List<String> command = new ArrayList<>(List.of("taskset", "-c", core));
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvmArguments);
        command.addAll(List.of("-Xms256m", "-Xmx256m", "-XX:+UseSerialGC"));
        command.addAll(List.of("-cp", TourUnderTheJar.classPath(), main.getName()));
        command.addAll(arguments);
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    private void print(Map<String, Map<Variant, List<Measured>>> measured) {
        System.out.printf(
                Locale.ROOT,
                "%nµs of CPU, µs from start to end, bytes: a call without, then what is added (%d rounds)%n",
                rounds);
        System.out.println(
                "| client | without | no rule matches | a rule matches: more than none | OpenTelemetry's agent |");
        measured.forEach((client, of) -> System.out.println("| " + client
                + cell("%.1f, %.1f, %,.0f", of.get(Variant.WITHOUT).stream().map(Measured::calls))
                + cell(ADDED, added(of, Variant.NO_RULE))
                + cell("%+.2f, %+.2f, %+,.0f", of.get(Variant.NO_RULE).stream().map(Measured::addedByRule))
                + cell(ADDED, added(of, Variant.OPEN_TELEMETRY))
                + " |"));
    }

    /** In each round, to that round's calls without an agent. */
    private static Stream<Figures> added(Map<Variant, List<Measured>> of, Variant variant) {
        List<Measured> without = of.get(Variant.WITHOUT);
        List<Measured> with = of.get(variant);
        return IntStream.range(0, with.size())
                .mapToObj(round -> with.get(round).calls.less(without.get(round).calls));
    }

    private static String cell(String format, Stream<Figures> rounds) {
        Figures median = Figures.median(rounds.toList());
        return " | " + String.format(Locale.ROOT, format, median.cpuMicros, median.wallMicros, median.bytes);
    }
}
