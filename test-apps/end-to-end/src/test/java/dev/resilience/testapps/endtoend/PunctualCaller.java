package dev.resilience.testapps.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.resilience.testapps.harness.CalComStandIn;
import dev.resilience.testapps.harness.JvmUnderTest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** {@code com.example.tiny.Punctual} in a JVM of its own, under the jar. */
final class PunctualCaller implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** Of its calls, one in a hundred may have met a lock or the making of a thread of the JDK's own. */
    private static final double STRAY = 0.01;

    private static final int FIRST_CALLS = 30;

    private final JvmUnderTest jvm;

    private PunctualCaller(JvmUnderTest jvm) {
        this.jvm = jvm;
    }

    /** Starts it, and waits until what a JVM does for the first time is done. */
    static PunctualCaller start(Path home, Path config, CalComStandIn calCom) {
        PunctualCaller caller = new PunctualCaller(JvmUnderTest.command()
                .in(home)
                .jvm("-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
                .agent(Built.agent(), config)
                .main(
                        Built.tinyApplications(),
                        "com.example.tiny.Punctual",
                        calCom.url().resolve("/v1/availability/day-1").toString()));
        caller.awaitMode("shared");
        caller.awaitCalls(FIRST_CALLS);
        return caller;
    }

    /** How many calls it has made: where a while begins. */
    int calls() {
        return lines().size();
    }

    void awaitCalls(int number) {
        await().atMost(PATIENCE).until(() -> calls() >= number);
    }

    void awaitState(String state) {
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .ignoreExceptions()
                .until(() -> state.equals(admin().state("calcom")));
    }

    void awaitMode(String mode) {
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .ignoreExceptions()
                .until(() -> mode.equals(
                        admin().json("/api/health/status").path("mode").asText()));
    }

    /** Each call since then ended so, and none stood still in the agent's hands. */
    void assertNoneWaited(int since, String outcome) {
        List<String> all = lines();
        List<String> calls = all.subList(since, all.size());
        assertThat(calls).isNotEmpty().allMatch(call -> call.startsWith("call: " + outcome + ", "));
        List<String> waited =
                calls.stream().filter(call -> !call.endsWith("stood still 0")).toList();
        assertThat(waited.size()).as("of %s: %s", calls.size(), waited).isLessThanOrEqualTo(Math.max(1, (int)
                (calls.size() * STRAY)));
    }

    Admin admin() {
        return Admin.of(jvm);
    }

    private List<String> lines() {
        return jvm.out().stream().filter(line -> line.startsWith("call: ")).toList();
    }

    @Override
    public void close() {
        jvm.close();
    }
}
