package dev.resilience.matrix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.resilience.CircuitBreakerOpenException;
import dev.resilience.bootstrap.Bridge;
import dev.resilience.fallback.Answer;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/**
 * What stands on the clients: each call is met once, whatever lies beneath, and answers are parsed by the application's own
 * decoder as the server's are.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class NestedConformance {

    /** A call for a name, decoded. */
    @FunctionalInterface
    interface Caller {

        /** Throws what the application would be thrown, also for a status that is no success. */
        String name(URI uri) throws Exception;

        /** How a server tells a name. */
        default Answer.Http telling(String name) {
            return new Answer.Http(
                    "respond",
                    200,
                    List.of(
                            new Answer.Header("Content-Type", "application/json"),
                            new Answer.Header(TestServer.ELASTIC, "Elasticsearch")),
                    ("{\"name\":\"" + name + "\"}").getBytes(StandardCharsets.UTF_8));
        }
    }

    TestServer server;
    ScriptedGuard guard;
    private long failuresBefore;

    /** By a name each. */
    abstract Map<String, Caller> callers() throws Exception;

    @BeforeAll
    void openServer() throws IOException {
        server = new TestServer();
    }

    @AfterAll
    void closeServer() {
        server.close();
    }

    @BeforeEach
    void open() {
        failuresBefore = Bridge.failures();
        fresh();
    }

    private void fresh() {
        server.reset();
        guard = new ScriptedGuard();
        SwitchableGuard.use(guard);
    }

    @AfterEach
    void nothingIsLeftBehind() {
        SwitchableGuard.use(null);
        assertThat(Bridge.failures() - failuresBefore).isZero();
    }

    @TestFactory
    Stream<DynamicTest> calls_that_succeed_count_once() throws Exception {
        return each(caller -> {
            server.given = caller.telling("Ada");
            assertThat(caller.name(server.uri("/guarded/given"))).isEqualTo("Ada");
            settled("answered 200");
            assertThat(server.hits.get()).isEqualTo(1);
        });
    }

    @TestFactory
    Stream<DynamicTest> calls_that_fail_count_once_and_fail_as_without_the_agent() throws Exception {
        return each(caller -> {
            Throwable free = catchThrowable(() -> caller.name(server.uri("/free/status/500")));
            Throwable guarded = catchThrowable(() -> caller.name(server.uri("/guarded/status/500")));
            assertThat(free).isNotNull();
            assertThat(guarded).isNotNull().hasSameClassAs(free);
            settled("answered 500");
            fresh();
            guarded = catchThrowable(() -> caller.name(TestServer.refused("/guarded/given")));
            assertThat(guarded).isNotNull();
            settled("failed");
        });
    }

    @TestFactory
    Stream<DynamicTest> rejected_calls_leave_nothing_and_say_why() throws Exception {
        return each(caller -> {
            guard.reject();
            Throwable thrown = catchThrowable(() -> caller.name(server.uri("/guarded/given")));
            assertThat(thrown).isNotNull();
            Throwable cause = thrown;
            while (cause != null && !(cause instanceof CircuitBreakerOpenException)) {
                cause = cause.getCause();
            }
            assertThat(cause).as("a rejection among the causes of " + thrown).isNotNull();
            assertThat(server.hits.get()).isZero();
            settled("rejected");
        });
    }

    @TestFactory
    Stream<DynamicTest> answers_are_decoded_like_responses() throws Exception {
        return each(caller -> {
            Answer.Http grace = stale(caller.telling("Grace"));
            guard.answerAtOnce(grace);
            assertThat(caller.name(server.uri("/guarded/given"))).isEqualTo("Grace");
            assertThat(server.hits.get()).isZero();
            settled("substituted");
            fresh();
            guard.instead = grace;
            assertThat(caller.name(server.uri("/guarded/status/503"))).isEqualTo("Grace");
            settled("answered 503");
            fresh();
            guard.instead = grace;
            assertThat(caller.name(TestServer.refused("/guarded/given"))).isEqualTo("Grace");
            settled("failed");
        });
    }

    private static Answer.Http stale(Answer.Http answer) {
        return new Answer.Http(
                "stale_cache",
                answer.status(),
                Stream.concat(
                                answer.headers().stream(),
                                Stream.of(new Answer.Header("X-Resilience-Fallback", "stale_cache")))
                        .toList(),
                answer.body());
    }

    /** A test of one caller. */
    @FunctionalInterface
    private interface Check {
        void of(Caller caller) throws Exception;
    }

    private Stream<DynamicTest> each(Check check) throws Exception {
        return callers().entrySet().stream()
                .map(caller -> DynamicTest.dynamicTest(caller.getKey(), () -> {
                    fresh();
                    check.of(caller.getValue());
                }));
    }

    final void settled(String outcome) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .pollInterval(5, TimeUnit.MILLISECONDS)
                .untilAsserted(() -> assertThat(guard.onlyCall().outcome()).isEqualTo(outcome));
    }
}
