package dev.resilience.testapps.benchmarks;

import com.sun.net.httpserver.HttpServer;
import dev.resilience.testapps.harness.FreePort;
import dev.resilience.testapps.harness.JvmUnderTest;
import dev.resilience.testapps.harness.RedisProcess;
import dev.resilience.testapps.harness.TemporaryDirectory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * What a loaded Spring Boot service pays, whose every request makes one call that a rule matches, HTTP and SQL by turns:
 * without an agent, with ours, with OpenTelemetry's. The three services stay up together and are loaded one at a time, in
 * turn in each round, so that whatever else the machine does meets all of them. First as many requests as few connections
 * can send, then a fixed rate, whose latencies count from when a request was due. Figures are medians over the rounds.
 *
 * <p>Linux only. Arguments: {@code --rounds=N} (default 5), {@code --rate=N} requests a second (default 200), {@code
 * --seconds=N} of each measurement (default 6), {@code --warm-up=N} seconds (default 15). System properties as in
 * {@link StartupBenchmark}.
 */
public final class LoadBenchmark {

    private static final int CONNECTIONS = 8;

    /** At a fixed rate so many may be late at once without holding up those that are due. */
    private static final int SENDERS = 32;

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final ExecutorService senders = Executors.newFixedThreadPool(SENDERS);
    private final int rate;
    private final int seconds;

    private LoadBenchmark(int rate, int seconds) {
        this.rate = rate;
        this.seconds = seconds;
    }

    /** One that runs, and what was measured of it. */
    private record Service(Variant variant, JvmUnderTest jvm, int port, List<Map<String, Double>> measured) {}

    public static void main(String[] arguments) throws Exception {
        int rounds = 5;
        int rate = 200;
        int seconds = 6;
        int warmUp = 15;
        for (String argument : arguments) {
            String[] parts = argument.split("=", 2);
            switch (parts[0]) {
                case "--rounds" -> rounds = Integer.parseInt(parts[1]);
                case "--rate" -> rate = Integer.parseInt(parts[1]);
                case "--seconds" -> seconds = Integer.parseInt(parts[1]);
                case "--warm-up" -> warmUp = Integer.parseInt(parts[1]);
                case "" -> {}
                default -> {
                    System.err.println("usage: LoadBenchmark [--rounds=N] [--rate=N] [--seconds=N] [--warm-up=N]");
                    System.exit(2);
                }
            }
        }
        HttpServer prices = prices();
        try (TemporaryDirectory temporary = new TemporaryDirectory("load-");
                RedisProcess redis = new RedisProcess(temporary.child("redis"))) {
            Path config = Files.writeString(temporary.path().resolve("benchmark.yaml"), StartupBenchmark.CONFIG);
            List<Service> services = new ArrayList<>();
            LoadBenchmark benchmark = new LoadBenchmark(rate, seconds);
            try {
                for (Variant variant : Variant.all(
                        StartupBenchmark.built("agent.jar"),
                        config,
                        StartupBenchmark.built("opentelemetry.jar"),
                        redis.url())) {
                    services.add(start(variant, temporary.child(variant.name()), prices));
                }
                for (Service service : services) {
                    benchmark.flood(service, warmUp);
                }
                for (int round = 0; round < rounds; round++) {
                    for (int i = 0; i < services.size(); i++) {
                        Service service = services.get((round + i) % services.size());
                        Map<String, Double> figures = benchmark.flood(service, seconds);
                        figures.putAll(benchmark.atFixedRate(service));
                        service.measured.add(figures);
                    }
                }
                benchmark.print(services, rounds);
            } finally {
                services.forEach(service -> service.jvm.close());
                benchmark.senders.shutdownNow();
            }
        } finally {
            prices.stop(0);
        }
    }

    private static HttpServer prices() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 100);
        byte[] price = "42.00".getBytes(StandardCharsets.UTF_8);
        server.createContext("/prices/", exchange -> {
            exchange.sendResponseHeaders(200, price.length);
            exchange.getResponseBody().write(price);
            exchange.close();
        });
        server.start();
        return server;
    }

    private static Service start(Variant variant, Path directory, HttpServer prices) throws IOException {
        int port = FreePort.next();
        JvmUnderTest.Command command = JvmUnderTest.command()
                .in(directory)
                .jvm("-Xmx256m", "-XX:+UseSerialGC")
                .jvm(variant.jvmArguments().toArray(String[]::new))
                .environment("PORT", Integer.toString(port))
                .environment(
                        "PRICES_URL", "http://127.0.0.1:" + prices.getAddress().getPort());
        variant.environment().forEach(command::environment);
        JvmUnderTest jvm = command.jar(StartupBenchmark.built("spring-boot.jar"));
        jvm.awaitOut("Started ShopApplication");
        return new Service(variant, jvm, port, new ArrayList<>());
    }

    /** As many as go. */
    private Map<String, Double> flood(Service service, int forSeconds) throws InterruptedException, IOException {
        AtomicLong sent = new AtomicLong();
        long begin = System.nanoTime();
        long end = begin + TimeUnit.SECONDS.toNanos(forSeconds);
        long cpu = ProcessFigures.of(service.jvm.pid()).cpuNanos();
        together(CONNECTIONS, () -> {
            while (System.nanoTime() < end) {
                send(service, sent.getAndIncrement());
            }
        });
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put("requests a second", sent.get() * 1e9 / (System.nanoTime() - begin));
        figures.put(
                "CPU of a request, µs", (ProcessFigures.of(service.jvm.pid()).cpuNanos() - cpu) / 1e3 / sent.get());
        return figures;
    }

    private Map<String, Double> atFixedRate(Service service) throws InterruptedException, IOException {
        long[] nanos = new long[rate * seconds];
        long gap = 1_000_000_000L / rate;
        AtomicInteger next = new AtomicInteger();
        long begin = System.nanoTime();
        long cpu = ProcessFigures.of(service.jvm.pid()).cpuNanos();
        together(SENDERS, () -> {
            for (int i = next.getAndIncrement(); i < nanos.length; i = next.getAndIncrement()) {
                long due = begin + i * gap;
                for (long wait = due - System.nanoTime(); wait > 0; wait = due - System.nanoTime()) {
                    LockSupport.parkNanos(wait);
                }
                send(service, i);
                nanos[i] = System.nanoTime() - due;
            }
        });
        cpu = ProcessFigures.of(service.jvm.pid()).cpuNanos() - cpu;
        Arrays.sort(nanos);
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put("at " + rate + " a second: median, ms", nanos[nanos.length / 2] / 1e6);
        figures.put("  99 %, ms", nanos[nanos.length * 99 / 100] / 1e6);
        figures.put("  CPU of a request, µs", cpu / 1e3 / nanos.length);
        return figures;
    }

    private interface Sending {
        void run() throws IOException, InterruptedException;
    }

    private void together(int count, Sending sending) throws InterruptedException, IOException {
        List<Callable<Void>> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(() -> {
                sending.run();
                return null;
            });
        }
        for (Future<Void> done : senders.invokeAll(all)) {
            try {
                done.get();
            } catch (ExecutionException failed) {
                throw new IOException("a request failed", failed.getCause());
            }
        }
    }

    private void send(Service service, long number) throws IOException, InterruptedException {
        String path = number % 2 == 0 ? "/articles/" + number % 50 + "/price" : "/articles";
        int status = client.send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + service.port + path))
                                .build(),
                        BodyHandlers.ofByteArray())
                .statusCode();
        if (status != 200) {
            throw new IOException(service.variant.name() + " answers " + status + " to " + path);
        }
    }

    private void print(List<Service> services, int rounds) {
        System.out.printf(
                Locale.ROOT, "%n%-42s", "Spring Boot under load (" + rounds + " rounds of " + seconds + " s)");
        services.forEach(service -> System.out.printf(Locale.ROOT, "%28s", service.variant.name()));
        System.out.println();
        for (String figure : services.get(0).measured.get(0).keySet()) {
            System.out.printf(Locale.ROOT, "%-42s", figure);
            double without = median(services.get(0), figure);
            for (Service service : services) {
                double median = median(service, figure);
                System.out.printf(
                        Locale.ROOT,
                        "%18.2f%10s",
                        median,
                        service == services.get(0)
                                ? ""
                                : String.format(Locale.ROOT, "(%+.0f %%)", (median / without - 1) * 100));
            }
            System.out.println();
        }
    }

    private static double median(Service service, String figure) {
        return StartupBenchmark.median(
                service.measured.stream().map(figures -> figures.get(figure)).toList());
    }
}
