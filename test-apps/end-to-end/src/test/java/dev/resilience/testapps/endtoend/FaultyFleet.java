package dev.resilience.testapps.endtoend;

import static org.awaitility.Awaitility.await;

import dev.resilience.testapps.harness.CalComStandIn;
import dev.resilience.testapps.harness.CalComStandIn.Health;
import dev.resilience.testapps.harness.RedisProcess;
import dev.resilience.testapps.harness.TcpLink;
import dev.resilience.testapps.harness.TemporaryDirectory;
import dev.resilience.testapps.harness.Traffic;
import dev.resilience.testapps.harness.Traffic.Request;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Instances under the jar, each with a wire of its own to the Redis that they share. */
final class FaultyFleet implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    final List<TcpLink> links = new ArrayList<>();
    final List<Booking> instances = new ArrayList<>();
    final CalComStandIn calCom;
    final RedisProcess redis;
    private final TemporaryDirectory directory;
    private final String breaker;

    FaultyFleet(int size, String breaker) throws IOException {
        this(Collections.nCopies(size, HostClock.TRUE), breaker);
    }

    /** @param clocks of the instances' hosts */
    FaultyFleet(List<HostClock> clocks, String breaker) throws IOException {
        this.breaker = breaker;
        directory = new TemporaryDirectory("faulty-fleet-");
        redis = new RedisProcess(directory.child("redis"));
        calCom = new CalComStandIn();
        for (HostClock clock : clocks) {
            join(clock);
        }
        awaitShared();
    }

    private void join(HostClock clock) throws IOException {
        Path home = newHome();
        instances.add(Booking.start(clock.shownTo(Booking.command(home, newConfig(home))), calCom.url()));
    }

    /** One more instance, of an application that does nothing but call. The caller closes it. */
    PunctualCaller joinCaller() throws IOException {
        Path home = newHome();
        return PunctualCaller.start(home, newConfig(home), calCom);
    }

    private Path newHome() throws IOException {
        return Files.createTempDirectory(directory.path(), "instance-");
    }

    /** With a wire of its own. */
    private Path newConfig(Path home) throws IOException {
        TcpLink link = new TcpLink(redis.port());
        links.add(link);
        return Configs.calCom(home, calCom, "redis://127.0.0.1:" + link.port(), breaker);
    }

    Path directory(String name) throws IOException {
        return directory.child(name);
    }

    /** Calls at every instance in turn. */
    Traffic traffic(int perSecond) {
        return new Traffic(
                instances.stream().map(Booking::door).toList(),
                List.of(new Request("availability", "/availability?day=day-1", "")),
                perSecond);
    }

    void open() throws IOException {
        calCom.become(Health.ERRORS);
        for (int i = 0; i < 5; i++) {
            instances.get(i % instances.size()).availability();
        }
        awaitState("OPEN");
    }

    void reset() throws IOException {
        calCom.become(Health.WELL);
        calCom.release();
        await().atMost(PATIENCE).ignoreExceptions().untilAsserted(() -> {
            instances.get(0).admin().post("/api/resilience/reset?service=calcom");
            for (Booking instance : instances) {
                if (!instance.admin().state("calcom").equals("CLOSED")) {
                    throw new AssertionError("not closed yet");
                }
            }
        });
    }

    void awaitState(String state) {
        for (Booking instance : instances) {
            await().atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(20))
                    .until(() -> state.equals(instance.admin().state("calcom")));
        }
    }

    void awaitShared() {
        for (Booking instance : instances) {
            await().atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(20))
                    .until(
                            () -> instance.admin()
                                    .json("/api/health/status")
                                    .path("mode")
                                    .asText(),
                            "shared"::equals);
        }
    }

    /** As instances say, {@code CLOSED OPEN CLOSED}. */
    String states() throws IOException {
        List<String> states = new ArrayList<>();
        for (Booking instance : instances) {
            states.add(instance.admin().state("calcom"));
        }
        return String.join(" ", states);
    }

    /** What the agents said last, for a test that failed. */
    String words() {
        List<String> words = new ArrayList<>();
        for (Booking instance : instances) {
            List<String> said = instance.jvm().err();
            words.addAll(said.subList(Math.max(0, said.size() - 8), said.size()));
        }
        return String.join("\n", words);
    }

    @Override
    public void close() throws IOException {
        instances.forEach(Booking::close);
        for (TcpLink link : links) {
            link.close();
        }
        calCom.close();
        redis.resume();
        redis.close();
        directory.close();
    }
}
