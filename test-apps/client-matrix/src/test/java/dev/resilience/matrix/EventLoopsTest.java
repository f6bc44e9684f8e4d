package dev.resilience.matrix;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.testapps.harness.JvmUnderTest;
import dev.resilience.testapps.harness.RedisProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * No thread of an asynchronous client, and none that calls one, is ever blocked by the agent: not while permits are asked of
 * Redis, answers read from it and calls given into its charge, nor when it does not answer or is gone.
 */
class EventLoopsTest {

    /**
     * What keeps nobody waiting: channels, which these clients' are told not to block; and locks that are held for a moment,
     * as each of these clients has its own.
     */
    private static final Set<String> EXPECTED =
            Set.of("sun.nio.ch.SocketChannelImpl", "java.util.concurrent.locks.ReentrantLock");

    @TempDir
    Path directory;

    @Test
    void the_agent_blocks_none_of_them_whatever_becomes_of_redis() throws Exception {
        Path config = directory.resolve("resilience.yaml");
        Path recording = directory.resolve("blocked.jfr");
        try (TestServer server = new TestServer();
                RedisProcess redis = new RedisProcess(directory)) {
            Files.writeString(config, yaml(server, "redis: {url: \"" + redis.url() + "\"}\n"));
            try (JvmUnderTest earlier = tour(config, server, directory.resolve("earlier.jfr"))) {
                obey(earlier, "ask first");
                earlier.endInput();
                earlier.awaitExit();
            }
            try (JvmUnderTest jvm = tour(config, server, recording)) {
                obey(jvm, "fail closed", "fail healthy", "stale first", "ask healthy");
                obey(jvm, "open first", "await HALF_OPEN", "trial healthy", "try healthy");
                obey(jvm, "open again", "await HALF_OPEN");
                redis.pause();
                obey(jvm, "try paused", "fail paused", "stale first", "ask paused");
                redis.kill();
                obey(jvm, "try dead", "fail dead", "stale first", "ask dead");
                jvm.endInput();
                jvm.awaitExit();
                assertThat(jvm.out()).contains("failures inside the gate: 0");
            }
        }
        assertThat(blocked(recording)).isEmpty();
    }

    @Test
    void the_first_answers_that_it_keeps_without_redis_block_none_of_them() throws Exception {
        Path config = directory.resolve("resilience.yaml");
        Path recording = directory.resolve("blocked.jfr");
        try (TestServer server = new TestServer()) {
            Files.writeString(config, yaml(server, ""));
            try (JvmUnderTest jvm = tour(config, server, recording)) {
                obey(jvm, "ask first", "fail closed", "stale first");
                jvm.endInput();
                jvm.awaitExit();
                assertThat(jvm.out()).contains("failures inside the gate: 0");
            }
        }
        assertThat(blocked(recording)).isEmpty();
    }

    /** Where others than the agent's own threads waited for the agent. */
    private static Set<String> blocked(Path recording) throws IOException {
        Set<String> blocked = new TreeSet<>();
        int seen = 0;
        try (RecordingFile events = new RecordingFile(recording)) {
            while (events.hasMoreEvents()) {
                RecordedEvent event = events.readEvent();
                if (event.getStackTrace() != null && isOurs(event)) {
                    if (mayBlock(event)) {
                        seen++;
                    } else {
                        blocked.add(described(event));
                    }
                }
            }
        }
        assertThat(seen).as("what the agent's own threads wait for").isPositive();
        return blocked;
    }

    private static JvmUnderTest tour(Path config, TestServer server, Path recording) {
        JvmUnderTest jvm = JvmUnderTest.command()
                .agent(Path.of(System.getProperty("agent.jar")), config)
                .jvm("-XX:FlightRecorderOptions=stackdepth=512")
                .main(
                        TourUnderTheJar.classPath(),
                        LoopTour.class.getName(),
                        server.uri("").toString(),
                        recording.toString());
        jvm.awaitOut("ready");
        return jvm;
    }

    private static void obey(JvmUnderTest jvm, String... orders) throws IOException {
        for (String order : orders) {
            jvm.type(order);
            assertThat(jvm.awaitOut(" " + order))
                    .as(jvm.out() + "\n" + jvm.err())
                    .startsWith("done");
        }
    }

    /** The agent's own threads may, and OkHttp's, on which calls block by design. */
    private static boolean mayBlock(RecordedEvent event) {
        String thread = event.getThread().getJavaName();
        return thread.startsWith("resilience-") || thread.startsWith("OkHttp ");
    }

    /** Whether it is the agent that waits, and not for a class, which whoever names it first loads, links and initialises. */
    private static boolean isOurs(RecordedEvent event) {
        boolean ours = false;
        for (RecordedFrame frame : event.getStackTrace().getFrames()) {
            String type = frame.getMethod().getType().getName();
            String method = frame.getMethod().getName();
            if (method.equals("<clinit>") || method.equals("loadClass") || EXPECTED.contains(type)) {
                return false;
            }
            ours |= type.startsWith("dev.resilience.") && !type.startsWith("dev.resilience.matrix.");
        }
        return ours;
    }

    private static String described(RecordedEvent event) {
        StringBuilder text = new StringBuilder(event.getEventType().getName() + " on "
                + event.getThread().getJavaName().replaceAll("\\d+", "N"));
        event.getStackTrace().getFrames().stream()
                .limit(30)
                .forEach(frame -> text.append("\n    ")
                        .append(frame.getMethod().getType().getName())
                        .append('.')
                        .append(frame.getMethod().getName())
                        .append(':')
                        .append(frame.getLineNumber()));
        return text.toString();
    }

    private String yaml(TestServer server, String redis) {
        StringBuilder yaml = new StringBuilder("application: tour\nadmin: {enabled: false}\nstate_dir: "
                + directory.resolve("state") + "\n" + redis + "services:\n");
        for (String client : LoopTour.CLIENTS) {
            service(yaml, client, "300s", server);
            service(yaml, client + LoopTour.TRIAL, "1s", server);
        }
        return yaml.toString();
    }

    private static void service(StringBuilder yaml, String service, String timeout, TestServer server) {
        yaml.append("  ").append(service.replace('.', '-')).append(":\n");
        yaml.append("    breaker: {failure_threshold: ")
                .append(LoopTour.THRESHOLD)
                .append(", timeout: ")
                .append(timeout)
                .append("}\n    endpoints:\n");
        endpoint(yaml, "good", "/guarded/hello/" + service, "fallback: [stale_cache]");
        for (String kind : LoopTour.FAILING) {
            String then = switch (kind) {
                case "queue" -> "fallback: [queue]";
                case "review" -> "fallback: [manual_review]";
                case "failover" -> "fallback: [{failover: {url: \"" + server.uri("/free/hello") + "\"}}]";
                case "retry" -> "retry: {attempts: 2, backoff: 1ms}";
                default -> "fallback: [{respond: {status: 200, body: declared}}]";
            };
            endpoint(yaml, kind, "/guarded/status/503/" + service + "/" + kind, then);
        }
    }

    private static void endpoint(StringBuilder yaml, String name, String path, String then) {
        yaml.append("      - name: ")
                .append(name)
                .append("\n        http: {path: ")
                .append(path);
        yaml.append("}\n        ").append(then).append('\n');
    }
}
