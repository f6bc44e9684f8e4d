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
import java.util.stream.Collectors;

/**
 * What a call on loopback costs each client more with an agent than without: ours with a rule that matches, ours with none that
 * does, OpenTelemetry's. Each client has a JVM of its own with each, in turn in each round. Of a JVM's slices the times of the
 * quickest count (what disturbs a call only adds to it) and the median of bytes; of rounds the medians.
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

    private enum Variant {
        WITHOUT("without"),
        NO_RULE("no rule matches"),
        RULE("a rule matches"),
        OPEN_TELEMETRY("OpenTelemetry's agent");

        private final String title;

        Variant(String title) {
            this.title = title;
        }
    }

    /** Per call. */
    record Figures(double cpuMicros, double wallMicros, double bytes) {

        static Figures parse(String line) {
            double[] numbers = Arrays.stream(line.split(" "))
                    .skip(1)
                    .mapToDouble(Double::parseDouble)
                    .toArray();
            return new Figures(numbers[0], numbers[1], numbers[2]);
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
            Map<String, Map<Variant, List<Figures>>> measured = new LinkedHashMap<>();
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

    private Figures measure(String client, Variant variant, String uri) throws IOException, InterruptedException {
        Process process = jvm(
                CLIENT_CORE,
                agent(variant),
                ClientFiguresCalls.class,
                List.of(client, uri, Integer.toString(warmUp), Integer.toString(slices)));
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
            List<String> lines = output.lines().toList();
            process.waitFor(1, TimeUnit.MINUTES);
            return lines.stream()
                    .filter(line -> line.startsWith(ClientFiguresCalls.RESULT))
                    .map(Figures::parse)
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException(
                            client + ", " + variant.title + ": no figures, but\n" + String.join("\n", lines)));
        } finally {
            process.destroyForcibly();
        }
    }

    private List<String> agent(Variant variant) throws IOException {
        return switch (variant) {
            case WITHOUT -> List.of();
            case NO_RULE ->
                List.of("-javaagent:" + System.getProperty("agent.jar") + "=" + config("elsewhere.example"));
            case RULE -> List.of("-javaagent:" + System.getProperty("agent.jar") + "=" + config("127.0.0.1"));
            // Without exporters: nobody listens, and its complaints would cost it time.
            case OPEN_TELEMETRY ->
                List.of(
                        "-javaagent:" + Path.of("target", "beside", "opentelemetry-javaagent.jar"),
                        "-Dotel.traces.exporter=none",
                        "-Dotel.metrics.exporter=none",
                        "-Dotel.logs.exporter=none");
        };
    }

    private Path config(String host) throws IOException {
        return Files.writeString(directory.resolve(host + ".yaml"), """
                application: figures
                admin: {enabled: false}
                services:
                  dependency:
                    endpoints:
                      - name: all
                        http: {host: "%s"}
                """.formatted(host));
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

    private void print(Map<String, Map<Variant, List<Figures>>> measured) {
        System.out.printf(
                Locale.ROOT,
                "%nµs of CPU | µs, start to end | bytes: a call without, then what is added (%d rounds)%n",
                rounds);
        System.out.println("| client | "
                + Arrays.stream(Variant.values()).map(variant -> variant.title).collect(Collectors.joining(" | "))
                + " |");
        measured.forEach((client, figures) -> {
            StringBuilder row = new StringBuilder("| " + client);
            List<Figures> without = figures.get(Variant.WITHOUT);
            figures.forEach((variant, rows) -> {
                List<Figures> shown = new ArrayList<>();
                for (int round = 0; round < rows.size(); round++) {
                    shown.add(
                            variant == Variant.WITHOUT
                                    ? rows.get(round)
                                    : rows.get(round).less(without.get(round)));
                }
                Figures median = Figures.median(shown);
                row.append(String.format(
                        Locale.ROOT,
                        variant == Variant.WITHOUT ? " | %.1f, %.1f, %,.0f" : " | %+.1f, %+.1f, %+,.0f",
                        median.cpuMicros,
                        median.wallMicros,
                        median.bytes));
            });
            System.out.println(row.append(" |"));
        });
    }
}
