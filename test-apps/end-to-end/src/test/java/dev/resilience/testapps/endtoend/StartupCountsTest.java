package dev.resilience.testapps.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.testapps.harness.CalComStandIn;
import dev.resilience.testapps.harness.JvmUnderTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a start costs, counted in classes and bytes, which are the same on a busy machine. A number that must grow is raised here, on
 * purpose and with the reason in the commit.
 */
class StartupCountsTest {

    /** The agent's own and SnakeYAML's, some thirty of which are lambdas that the JVM would have written itself. */
    private static final int MOST_OF_OURS = 375;

    /** Classes of the JDK that its own archive does not hold, each some 0.2 ms. */
    private static final int MOST_OF_JDK = 190;

    /** A JVM alone allocates 600 kB, the agent 11,000 kB. */
    private static final long MOST_ALLOCATED_BYTES = 13_000_000;

    private static final Pattern EDEN = Pattern.compile("eden space .* used \\[0x(\\p{XDigit}+), 0x(\\p{XDigit}+),");

    @TempDir
    Path directory;

    @Test
    void before_main_few_classes_are_loaded_and_none_of_the_heavy_libraries() throws Exception {
        Path log = directory.resolve("loaded.txt");
        try (CalComStandIn calCom = new CalComStandIn()) {
            Path config = Configs.calCom(directory, calCom, "redis://127.0.0.1:" + calCom.port(), "timeout: 60s");
            Files.writeString(
                    config,
                    Files.readString(config)
                            + "  database: {endpoints: [{name: all, jdbc: {url: \"jdbc:*\"}, fallback: [stale_cache]}]}\n"
                            + "telemetry: {traces: {otlp: \"http://127.0.0.1:9\"}}\n");
            try (JvmUnderTest jvm = JvmUnderTest.command()
                    .in(directory)
                    .jvm("-Xlog:class+load:file=" + log)
                    .agent(Built.agent(), config)
                    .main(Built.tinyApplications(), "com.example.tiny.Hello")) {
                assertThat(jvm.awaitExit()).isZero();
            }
        }

        List<String> beforeMain = Files.readAllLines(log).stream()
                .takeWhile(line -> !line.contains(" com.example.tiny.Hello "))
                .toList();
        List<String> ours = beforeMain.stream()
                .filter(line -> line.contains("source: __JVM_DefineClass__"))
                .toList();
        assertThat(ours).hasSizeBetween(100, MOST_OF_OURS);
        assertThat(beforeMain)
                .filteredOn(line -> line.contains("source: jrt:/"))
                .hasSizeLessThan(MOST_OF_JDK);
        assertThat(outOfOrder(ours))
                .as("loaded before main, but not near the head of the jar's classes: run again with -Dstart.write=true")
                .hasSizeLessThan(ours.size() / 8);
        assertThat(beforeMain)
                .noneMatch(line -> line.contains(" net.bytebuddy.")
                        || line.contains(" io.lettuce.")
                        || line.contains(" io.netty.")
                        || line.contains(" reactor.")
                        || line.contains(" com.fasterxml.")
                        || line.contains(" io.opentelemetry.")
                        || line.contains(" com.github.benmanes.")
                        || line.contains(" java.util.logging.")
                        || line.contains(" java.net.http."));
    }

    @Test
    void a_start_allocates_little() throws Exception {
        Path log = directory.resolve("heap.txt");
        try (CalComStandIn calCom = new CalComStandIn();
                // What was allocated is what the heap holds, where nothing is ever collected and no thread takes a
                // large piece.
                JvmUnderTest jvm = JvmUnderTest.command()
                        .in(directory)
                        .jvm("-XX:+UseSerialGC", "-Xmn200m", "-XX:TLABSize=16k", "-XX:-ResizeTLAB")
                        .jvm("-Xlog:gc+heap+exit:file=" + log)
                        .agent(Built.agent(), Configs.calCom(directory, calCom, "", "timeout: 60s"))
                        .main(Built.tinyApplications(), "com.example.tiny.Waiter")) {
            jvm.awaitErr("protects 1 service");
            jvm.endInput();
            assertThat(jvm.awaitExit()).isZero();
        }
        Matcher eden = EDEN.matcher(Files.readString(log));
        assertThat(eden.find()).isTrue();
        assertThat(Long.parseLong(eden.group(2), 16) - Long.parseLong(eden.group(1), 16))
                .isBetween(1_000_000L, MOST_ALLOCATED_BYTES);
    }

    /** What serves the admin API comes with its first client. */
    @Test
    void without_redis_nothing_of_netty_is_loaded_until_somebody_asks_the_admin_api() throws Exception {
        Path log = directory.resolve("loaded.txt");
        try (CalComStandIn calCom = new CalComStandIn()) {
            Path config = Configs.calCom(directory, calCom, "", "timeout: 60s");
            try (JvmUnderTest jvm = JvmUnderTest.command()
                    .in(directory)
                    .jvm("-Xlog:class+load:file=" + log)
                    .agent(Built.agent(), config)
                    .main(
                            Built.tinyApplications(),
                            "com.example.tiny.Asker",
                            calCom.url().resolve("/v1/availability/today").toString())) {
                jvm.awaitErr("protects 1 service");
                jvm.type("once more");
                jvm.awaitOut("answer: 200");
                assertThat(Files.readAllLines(log))
                        .noneMatch(line -> line.contains(" io.netty.")
                                || line.contains(" io.lettuce.")
                                || line.contains(" reactor.")
                                || line.contains(" io.prometheus."));

                assertThat(Admin.of(jvm).state("calcom")).isEqualTo("CLOSED");
                assertThat(Files.readAllLines(log)).anyMatch(line -> line.contains(" io.netty."));
            }
        }
    }

    /** Classes that the jar does not keep with the others of a start; {@code -Dstart.write=true} puts them there. */
    private static List<String> outOfOrder(List<String> loaded) throws IOException {
        List<String> names = loaded.stream()
                .map(line -> line.replaceFirst(".*\\] (\\S+) source: .*", "$1"))
                // The bridge is defined by its bytes.
                .filter(name -> !name.startsWith("dev.resilience.bootstrap.")
                        && !name.equals("dev.resilience.CircuitBreakerOpenException"))
                .toList();
        Path file = Built.root().resolve("agent/src/build/start-order.txt");
        Set<String> order = new LinkedHashSet<>(Files.readAllLines(file));
        if (Boolean.getBoolean("start.write")) {
            Set<String> written = new LinkedHashSet<>(names);
            // What follows the empty line is not of every start, or comes behind it.
            written.add("");
            written.addAll(order);
            Files.write(file, written);
            return List.of();
        }
        return names.stream().filter(name -> !order.contains(name)).toList();
    }
}
