package dev.resilience.testapps.benchmarks;

import dev.resilience.config.AgentConfig;
import dev.resilience.config.ConfigLoad;
import dev.resilience.config.ConfigReader;
import dev.resilience.config.Environment;
import dev.resilience.config.ServiceConfig;
import dev.resilience.fallback.Answer;
import dev.resilience.fallback.AnswerKeys;
import dev.resilience.fallback.BodyRecorder;
import dev.resilience.fallback.CallStore;
import dev.resilience.fallback.CallStore.Held;
import dev.resilience.fallback.CallStore.Place;
import dev.resilience.fallback.FallbackChain;
import dev.resilience.fallback.FallbackChains;
import dev.resilience.fallback.QueuedCall;
import dev.resilience.fallback.Request;
import dev.resilience.fallback.Trouble;
import dev.resilience.store.Stores;
import dev.resilience.testapps.harness.Pause;
import dev.resilience.testapps.harness.RedisProcess;
import dev.resilience.testapps.harness.TemporaryDirectory;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import java.util.stream.Stream;

/**
 * What fallbacks take: a stale answer from this JVM and from Redis, a call that is taken in charge and one that is done, and
 * what a hundred thousand waiting calls weigh. Redis runs on the same machine, with nothing on disk.
 */
public final class FallbackBenchmark {

    private static final Trouble REJECTED = new Trouble(true, 10_000, 0, null);
    private static final int BODY = 2_048;
    private static final int KEYS = 20_000;
    private static final int ROUNDS = 300_000;
    private static final int IN_FLIGHT = 64;
    private static final int WAITING = 100_000;
    private static final Duration LEASE = Duration.ofMinutes(10);

    private static final ThreadFactory DAEMONS = work -> {
        Thread thread = new Thread(work, "resilience-benchmark");
        thread.setDaemon(true);
        return thread;
    };

    private int named;

    private FallbackBenchmark() {}

    public static void main(String[] words) throws IOException {
        int waiting = words.length > 0 ? Integer.parseInt(words[0]) : WAITING;
        FallbackBenchmark benchmark = new FallbackBenchmark();
        try (TemporaryDirectory directory = new TemporaryDirectory("fallback-benchmark-");
                RedisProcess redis = new RedisProcess(directory.child("redis"))) {
            benchmark.answers(redis, directory.path());
            benchmark.queue("on this machine's disk", null, directory.child("local"), waiting);
            benchmark.queue("shared by Redis", redis, directory.child("shared"), waiting);
        }
    }

    private void answers(RedisProcess redis, Path directory) {
        say("A stale answer of %,d bytes", BODY);
        try (Stores alone = stores(null, "alone");
                Stores one = stores(redis, "one");
                Stores other = stores(redis, "other")) {
            FallbackChain local = chain(null, alone, directory);
            keep(local, 0);
            sequential("from this JVM, no Redis", ROUNDS, i -> local.answer(request(0), REJECTED, missed -> {}));

            FallbackChain writing = chain(redis, one, directory);
            FallbackChain reading = chain(redis, other, directory);
            await(() -> {
                keep(writing, 0);
                return done(reading.answer(request(0), REJECTED, missed -> {})) != null;
            });
            sequential("from this JVM, Redis behind", ROUNDS, i -> writing.answer(request(0), REJECTED, missed -> {}));
            for (int i = 1; i <= KEYS; i++) {
                keep(writing, i);
                if (i % 50 == 0) {
                    // Writes on their way are bounded; what comes on top would stay near.
                    Pause.of(5);
                }
            }
            int each = KEYS / 2;
            sequential("from Redis", each, i -> reading.answer(request(1 + i), REJECTED, missed -> {}));
            atOnce(
                    "from Redis, " + IN_FLIGHT + " at once",
                    each,
                    i -> reading.answer(request(1 + each + i), REJECTED, missed -> {}));
        }
    }

    private void queue(String where, RedisProcess redis, Path directory, int waiting) throws IOException {
        say("Queued calls, %s", where);
        try (Stores stores = stores(redis, "queue")) {
            CallStore calls = stores.calls(directory);
            await(() -> reached(stores));
            sequential("taken in charge, one caller", 2_000, i -> calls.add(call(), Integer.MAX_VALUE));
            drain(calls, 2_000);
            long heap = heap();
            long there = redis == null ? 0 : usedBy(redis);
            atOnce("taken in charge, " + IN_FLIGHT + " at once", waiting, i -> calls.add(call(), Integer.MAX_VALUE));
            await(() -> {
                calls.tend();
                return done(calls.size(Place.QUEUE, "calcom")) == waiting;
            });
            say("  %,d waiting: %,d bytes of heap each", waiting, (heap() - heap) / waiting);
            if (redis != null) {
                say("  %,d waiting: %,d bytes of Redis each", waiting, (usedBy(redis) - there) / waiting);
            }
            say("  %,d waiting: %,d bytes on disk each", waiting, bytesBelow(directory) / waiting);
            long begin = System.nanoTime();
            drain(calls, waiting);
            figures("held and done, 500 at once", waiting, System.nanoTime() - begin);
        }
    }

    private static void drain(CallStore calls, int count) {
        int drained = 0;
        long patience = System.nanoTime() + 300_000_000_000L;
        while (drained < count && System.nanoTime() < patience) {
            List<Held> held = done(calls.hold("calcom", 500, LEASE));
            List<CompletionStage<Boolean>> settled = new ArrayList<>();
            held.forEach(one -> settled.add(calls.settle(one, new CallStore.Done())));
            settled.forEach(FallbackBenchmark::done);
            drained += held.size();
            if (held.isEmpty()) {
                calls.tend();
                Pause.of(20);
            }
        }
        if (drained < count) {
            throw new IllegalStateException(drained + " of " + count + " could be held");
        }
    }

    private static void sequential(String what, int count, IntFunction<CompletionStage<?>> step) {
        warmUp(count, step);
        long begin = System.nanoTime();
        for (int i = 0; i < count; i++) {
            done(step.apply(i));
        }
        figures(what, count, System.nanoTime() - begin);
    }

    /** What changes something is not warmed up: every round of it counts. */
    private static void warmUp(int count, IntFunction<CompletionStage<?>> step) {
        if (count == ROUNDS) {
            for (int i = 0; i < count / 3; i++) {
                done(step.apply(i));
            }
        }
    }

    private static void atOnce(String what, int count, IntFunction<CompletionStage<?>> step) {
        Semaphore free = new Semaphore(IN_FLIGHT);
        AtomicInteger failed = new AtomicInteger();
        long begin = System.nanoTime();
        for (int i = 0; i < count; i++) {
            free.acquireUninterruptibly();
            step.apply(i).whenComplete((done, failure) -> {
                if (failure != null) {
                    failed.incrementAndGet();
                }
                free.release();
            });
        }
        free.acquireUninterruptibly(IN_FLIGHT);
        figures(what, count, System.nanoTime() - begin);
        if (failed.get() > 0) {
            throw new IllegalStateException(failed + " of " + count + " failed");
        }
    }

    private static void figures(String what, int count, long nanos) {
        say("  %-40s %,10.0f a second  %,9.1f us each", what, count / (nanos / 1e9), nanos / 1e3 / count);
    }

    private static void keep(FallbackChain chain, int number) {
        var cache = chain.staleCache();
        BodyRecorder recorder = cache == null
                ? null
                : cache.keep(
                        request(number),
                        System.nanoTime(),
                        200,
                        List.of(new Answer.Header("Content-Type", "application/json")));
        if (recorder == null) {
            throw new IllegalStateException("the answer is not kept");
        }
        byte[] body = new byte[BODY];
        Arrays.fill(body, (byte) 'x');
        recorder.write(body, 0, body.length);
        recorder.complete();
    }

    private static FallbackChain chain(RedisProcess redis, Stores stores, Path directory) {
        AgentConfig config = config(redis);
        ServiceConfig service = config.services().get("calcom");
        return new FallbackChains(
                        stores.answers(), AnswerKeys.of(config), stores.calls(directory), System::currentTimeMillis)
                .of(service, service.endpoints().get(0));
    }

    private static AgentConfig config(RedisProcess redis) {
        String yaml = (redis == null ? "" : "redis: {url: \"" + redis.url() + "\"}\n") + """
                application: benchmark
                services:
                  calcom:
                    endpoints:
                      - {name: a, http: {host: api.cal.com}, fallback: [{stale_cache: {ttl: 1h}}]}
                """;
        ConfigLoad load = new ConfigReader(Environment.ofJvm()).read(yaml, Path.of("benchmark.yaml"));
        if (load instanceof ConfigLoad.Loaded loaded) {
            return loaded.config();
        }
        throw new IllegalStateException(load.toString());
    }

    private static Stores stores(RedisProcess redis, String instance) {
        Stores stores = Stores.of(config(redis).redis(), instance, DAEMONS, Path.of("target", "state"));
        stores.breakers().start();
        return stores;
    }

    private static boolean reached(Stores stores) {
        return done(stores.leases().hold("reached", Duration.ofMillis(1))) != 1
                || stores.breakers().mode().name().equals("LOCAL");
    }

    private QueuedCall call() {
        String id = String.format(Locale.ROOT, "calcom.0benchmark-%09d", named++);
        return new QueuedCall(
                id,
                "calcom",
                "create_booking",
                new QueuedCall.Http(
                        "POST",
                        URI.create("https://api.cal.com/v1/bookings"),
                        List.of(new Answer.Header("Content-Type", "application/json")),
                        ("{\"name\":\"Ann\",\"at\":\"2025-10-17T10:00:00Z\",\"note\":\"" + "x".repeat(200) + "\"}")
                                .getBytes(StandardCharsets.UTF_8)),
                new QueuedCall.Terms(8, 1_000, 300_000),
                null,
                System.currentTimeMillis(),
                System.currentTimeMillis() + 86_400_000,
                "11111111-2222-3333-4444-" + named,
                null,
                null,
                0,
                List.of());
    }

    private static long heap() {
        for (int i = 0; i < 3; i++) {
            System.gc();
            Pause.of(200);
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    /** All that is kept for each call. */
    private static long usedBy(RedisProcess redis) throws IOException {
        long bytes = 0;
        for (String part : List.of("entries", "ids", "due")) {
            String answer = redis.command("MEMORY USAGE circuit_breaker:calcom:queue:" + part + " SAMPLES 0");
            bytes += answer.startsWith(":") ? Long.parseLong(answer.substring(1)) : 0;
        }
        return bytes;
    }

    private static long bytesBelow(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(FallbackBenchmark::size)
                    .sum();
        }
    }

    private static long size(Path file) {
        return file.toFile().length();
    }

    private static <T> T done(CompletionStage<T> stage) {
        return stage.toCompletableFuture().join();
    }

    private static void await(java.util.function.BooleanSupplier condition) {
        long patience = System.nanoTime() + 120_000_000_000L;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > patience) {
                throw new IllegalStateException("Redis cannot be reached, or loses what it is told");
            }
            Pause.of(20);
        }
    }

    private static void say(String what, Object... values) {
        System.out.println(String.format(Locale.ROOT, what, values));
    }

    private static Request.Http request(int number) {
        return new Asked(URI.create("https://api.cal.com/v1/availability/" + number));
    }

    private record Asked(URI uri) implements Request.Http {

        @Override
        public String method() {
            return "GET";
        }

        @Override
        public List<String> header(String name) {
            return List.of();
        }

        @Override
        public List<Answer.Header> headers() {
            return List.of();
        }

        @Override
        public byte[] body() {
            return new byte[0];
        }
    }
}
