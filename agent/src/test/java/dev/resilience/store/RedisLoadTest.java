package dev.resilience.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.resilience.breaker.Outcome;
import dev.resilience.breaker.Permit;
import dev.resilience.breaker.State;
import dev.resilience.breaker.StoreMode;
import dev.resilience.store.Fleet.Instance;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What a fleet costs its Redis. {@code -Dfleet.sizes=1,10,50,200} prints the README's table for fleets of other sizes, and
 * takes 20 s for each.
 */
class RedisLoadTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int TOGETHER = 50;

    private RedisProcess redis;
    private Fleet fleet;

    @BeforeEach
    void start() {
        redis = RedisProcess.start();
        fleet = new Fleet();
    }

    @AfterEach
    void stop() {
        fleet.close();
        redis.close();
    }

    @Test
    void fifty_instances_that_start_at_once_find_one_another() {
        join(TOGETHER);
        for (Instance instance : fleet.all()) {
            // From the first moment on, whatever there is of Redis.
            assertThat(instance.ask().granted()).isTrue();
        }
        awaitShared();
        fleet.all().get(7).fail(5);
        fleet.awaitState(State.OPEN);
        // Nothing of all this made the server search its keys, and none of it took long on the average.
        assertThat(redis.command("INFO", "commandstats")).doesNotContain("cmdstat_keys");
        assertThat(microsPerScript()).isLessThan(1_000);
    }

    @Test
    void calls_cost_the_server_nothing() throws Exception {
        join(5);
        awaitShared();
        double quiet = scriptsPerSecond(0, 3_000) / 5;
        long pings = pings();
        long begin = System.nanoTime();
        double busy = scriptsPerSecond(2_000, 3_000) / 5;
        double looks = (pings() - pings) * 1e9 / (System.nanoTime() - begin) / 5;
        assertThat(quiet).isLessThan(2);
        assertThat(busy + looks).isLessThan(2);
    }

    @Test
    void no_instance_tells_what_time_it_is() throws Exception {
        List<String> said = new CopyOnWriteArrayList<>();
        try (Socket monitor = new Socket(InetAddress.getLoopbackAddress(), redis.port)) {
            monitor.getOutputStream().write("MONITOR\r\n".getBytes(StandardCharsets.UTF_8));
            Thread reader = new Thread(() -> follow(monitor, said));
            reader.setDaemon(true);
            reader.start();
            Instance a =
                    fleet.join(redis, Settings.with(s -> s.timeoutMillis = 300)).awaitMode(StoreMode.SHARED);
            Instance b =
                    fleet.join(redis, Settings.with(s -> s.timeoutMillis = 300)).awaitMode(StoreMode.SHARED);
            a.succeed(3);
            a.fail(5);
            fleet.awaitState(State.HALF_OPEN);
            for (int i = 0; i < 2; i++) {
                await().atMost(PATIENCE).until(() -> {
                    Permit permit = b.ask();
                    b.settle(permit, Outcome.SUCCESS);
                    return permit.granted();
                });
            }
            fleet.awaitState(State.CLOSED);
        }
        long seconds = System.currentTimeMillis() / 1_000;
        // Of what a client sends; MONITOR's own time stamps stand before the bracket, scripts' commands say "lua".
        List<String> numbers = said.stream()
                .filter(line -> line.contains("evalsha") || line.contains("EVALSHA") || line.contains("\"EVAL\""))
                .map(line -> line.substring(line.indexOf(']')))
                .flatMap(line -> Pattern.compile("\"(\\d{10,})\"")
                        .matcher(line)
                        .results()
                        .map(found -> found.group(1)))
                .toList();
        assertThat(said).anyMatch(line -> line.toLowerCase().contains("evalsha"));
        assertThat(numbers)
                .noneMatch(number -> number.startsWith(Long.toString(seconds).substring(0, 4)));
    }

    @Test
    void the_table_for_the_readme() throws Exception {
        String sizes = System.getProperty("fleet.sizes", "");
        for (String size : sizes.isEmpty() ? List.<String>of() : Arrays.asList(sizes.split(","))) {
            join(Integer.parseInt(size));
            awaitShared();
            scriptsPerSecond(0, 12_000);
            double quiet = scriptsPerSecond(0, 5_000);
            redis.command("CONFIG", "RESETSTAT");
            double busy = scriptsPerSecond(100, 5_000);
            System.out.printf(
                    "| %s | %.0f | %.0f | %.2f | %.0f µs | %d bytes |%n",
                    size, quiet, busy, busy / fleet.all().size(), microsPerScript(), memoryOfAService());
            fleet.close();
            fleet = new Fleet();
            redis.command("FLUSHALL");
        }
    }

    private void join(int instances) {
        IntStream.range(0, instances).forEach(i -> fleet.join(redis, Settings.with(s -> {})));
    }

    private void awaitShared() {
        await().atMost(PATIENCE)
                .until(() -> fleet.all().stream().allMatch(instance -> instance.mode() == StoreMode.SHARED));
    }

    /** What circuits ask, while each instance makes so many calls a second. */
    private double scriptsPerSecond(int calls, long millis) throws InterruptedException {
        long before = asked();
        long begin = System.nanoTime();
        long end = begin + millis * 1_000_000;
        while (System.nanoTime() < end) {
            fleet.all().forEach(instance -> instance.succeed(calls / 10));
            await().pollDelay(Duration.ofMillis(100)).until(() -> true);
        }
        return (asked() - before) * 1e9 / (System.nanoTime() - begin);
    }

    private long asked() {
        String stats = redis.command("INFO", "commandstats");
        return figure(stats, "cmdstat_evalsha:calls=(\\d+)");
    }

    private long pings() {
        return figure(redis.command("INFO", "commandstats"), "cmdstat_ping:calls=(\\d+)");
    }

    private double microsPerScript() {
        String stats = redis.command("INFO", "commandstats");
        return (double) figure(stats, "cmdstat_evalsha:calls=\\d+,usec=(\\d+)")
                / Math.max(1, figure(stats, "cmdstat_evalsha:calls=(\\d+)"));
    }

    private long memoryOfAService() {
        return List.of("ledger", "state", "failures", "successes", "last_failure", "half_open_quota").stream()
                .map(key -> redis.command("MEMORY", "USAGE", "circuit_breaker:calcom:" + key))
                .mapToLong(bytes -> bytes == null ? 0 : Long.parseLong(bytes))
                .sum();
    }

    private static long figure(String text, String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        return matcher.find() ? Long.parseLong(matcher.group(1)) : 0;
    }

    private static void follow(Socket monitor, List<String> said) {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(monitor.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.contains("calcom")) {
                    said.add(line);
                }
            }
        } catch (IOException closed) {
            // The test is over.
        }
    }
}
