package dev.resilience.guard;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.resilience.breaker.Circuit;
import dev.resilience.breaker.CircuitRegistry;
import dev.resilience.breaker.FakeTime;
import dev.resilience.breaker.Outcome;
import dev.resilience.breaker.State;
import dev.resilience.config.ConfigLoad;
import dev.resilience.config.ConfigReader;
import dev.resilience.config.Environment;
import dev.resilience.fallback.Answer;
import dev.resilience.fallback.FallbackChain;
import dev.resilience.metrics.CallMetrics;
import dev.resilience.store.LocalStore;
import dev.resilience.store.Settings;
import dev.resilience.telemetry.CallTracer;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * What calls allocate, counted by the JVM: bytes, whatever else the machine does. The bounds hold for the interpreter, which
 * allocates whatever is written; compilers take away from it.
 */
class AllocationTest {

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int CALLS = 1_000;
    private static final long FAST = 1_000;

    private final FakeTime time = new FakeTime();
    private final URI matching = URI.create("https://api.cal.com/v1/availability/day-3?zone=UTC");
    private final URI other = URI.create("https://example.org/articles/3");
    private final HttpRequestView request = new OneRequest(matching);
    private final HttpResponseView well = new OneResponse(200);
    private final HttpResponseView failing = new OneResponse(503);

    @Test
    void a_permit_and_a_success_allocate_nothing() {
        Circuit circuit = circuit(Integer.MAX_VALUE);
        assertThat(bytesOf(() -> circuit.settle(circuit.tryAcquire(), Outcome.SUCCESS, FAST, -1)))
                .isZero();
    }

    @Test
    void a_refusal_allocates_nothing() {
        Circuit circuit = circuit(1);
        circuit.settle(circuit.tryAcquire(), Outcome.FAILURE, FAST, -1);
        assertThat(circuit.state()).isEqualTo(State.OPEN);
        assertThat(bytesOf(() -> circuit.tryAcquire().granted())).isZero();
    }

    @Test
    void a_failure_that_opens_nothing_allocates_little() {
        Circuit circuit = circuit(Integer.MAX_VALUE);
        assertThat(bytesOf(() -> circuit.settle(circuit.tryAcquire(), Outcome.FAILURE, FAST, -1)))
                .isLessThanOrEqualTo(96);
    }

    @Test
    void a_call_that_no_rule_matches_allocates_nothing() {
        CallGuard guard = guard(circuits(Integer.MAX_VALUE));
        assertThat(bytesOf(() -> guard.matchHttp("GET", other))).isZero();
    }

    @Test
    void the_whole_way_of_a_success_allocates_the_call_alone() {
        CallGuard guard = guard(circuits(Integer.MAX_VALUE));
        assertThat(bytesOf(() -> call(guard, well))).isLessThanOrEqualTo(56);
    }

    @Test
    void the_whole_way_of_a_failure_allocates_little_more() {
        CallGuard guard = guard(circuits(Integer.MAX_VALUE));
        assertThat(bytesOf(() -> call(guard, failing))).isLessThanOrEqualTo(152);
    }

    private Ruling call(CallGuard guard, HttpResponseView response) {
        Endpoint endpoint = guard.matchHttp("GET", matching);
        HttpCall call = guard.begin(endpoint, request);
        Ruling ruling = call.admit();
        return ruling instanceof Ruling.Proceed ? call.answered(response) : ruling;
    }

    /** Bytes of one call, in the mean. */
    private static long bytesOf(Runnable call) {
        for (int i = 0; i < CALLS; i++) {
            call.run();
        }
        long thread = Thread.currentThread().getId();
        long before = THREADS.getThreadAllocatedBytes(thread);
        for (int i = 0; i < CALLS; i++) {
            call.run();
        }
        // The reading itself allocates a little.
        long bytes = (THREADS.getThreadAllocatedBytes(thread) - before) / CALLS;
        return bytes;
    }

    private Circuit circuit(int failureThreshold) {
        return circuits(failureThreshold).find("calcom");
    }

    private CircuitRegistry circuits(int failureThreshold) {
        CircuitRegistry circuits =
                new CircuitRegistry(new LocalStore(time, time::unixMillis), "a", time, time, time::unixMillis);
        circuits.apply(Map.of("calcom", Settings.with(s -> {
            s.failureThreshold = failureThreshold;
            s.minimumCalls = 1;
        })));
        circuits.start();
        return circuits;
    }

    private CallGuard guard(CircuitRegistry circuits) {
        CallGuard guard = new CallGuard(
                circuits, new CallMetrics(time), CallTracer.NONE, (service, endpoint) -> FallbackChain.EMPTY, time);
        ConfigLoad load = new ConfigReader(Environment.ofJvm()).read("""
                        services:
                          calcom:
                            endpoints:
                              - name: fetch_availability
                                http: {method: GET, host: api.cal.com, path: /v1/availability/**}
                        """, Path.of("allocation.yaml"));
        guard.apply(((ConfigLoad.Loaded) load).config());
        return guard;
    }

    private record OneRequest(URI uri) implements HttpRequestView {

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

    private record OneResponse(int status) implements HttpResponseView {

        @Override
        public List<String> header(String name) {
            return List.of();
        }

        @Override
        public List<Answer.Header> headers() {
            return List.of();
        }
    }
}
