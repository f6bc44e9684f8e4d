package dev.resilience.testapps.benchmarks;

import dev.resilience.breaker.CircuitRegistry;
import dev.resilience.config.ConfigLoad;
import dev.resilience.config.ConfigReader;
import dev.resilience.config.Environment;
import dev.resilience.fallback.Answer;
import dev.resilience.fallback.FallbackChain;
import dev.resilience.guard.CallGuard;
import dev.resilience.guard.Endpoint;
import dev.resilience.guard.HttpCall;
import dev.resilience.guard.HttpRequestView;
import dev.resilience.guard.HttpResponseView;
import dev.resilience.guard.Ruling;
import dev.resilience.metrics.CallMetrics;
import dev.resilience.telemetry.CallTracer;
import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A whole call's way through the guard, the call itself left out: which rule matches, may it go, how did it end, how long did it
 * take. Beside it a call through resilience4j and Failsafe as their users write it; these match no rule and keep no latencies,
 * and read the clock as well. Names read {@code <state>_<library>}.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 4, time = 1)
@Fork(2)
public class GuardBenchmark {

    private static final String CONFIG = """
            services:
              calcom:
                endpoints:
                  - name: fetch_availability
                    http: {method: GET, host: api.cal.com, path: /v1/availability/**}
                  - name: create_booking
                    http: {method: POST, host: api.cal.com, path: /v1/bookings}
              retell:
                endpoints:
                  - name: recommend
                    http: {host: "*.retellai.com", path: /v2/recommend}
            """;

    /** A guard whose circuit is in one state for the whole measurement. */
    public abstract static class Guarded {

        final URI matching = URI.create("https://api.cal.com/v1/availability/day-3?zone=UTC");
        final URI other = URI.create("https://example.org/articles/3");
        final HttpRequestView request = new OneRequest(matching);
        final OneResponse well = new OneResponse(200);
        final OneResponse failing = new OneResponse(503);
        final CallGuard guard;
        final CircuitRegistry circuits;

        Guarded(int failureThreshold) {
            circuits = OwnCircuits.registry(OwnCircuits.settings(failureThreshold));
            guard = new CallGuard(
                    circuits,
                    new CallMetrics(System::nanoTime),
                    CallTracer.NONE,
                    (service, endpoint) -> FallbackChain.EMPTY,
                    System::nanoTime);
            ConfigLoad load = new ConfigReader(Environment.ofJvm()).read(CONFIG, Path.of("benchmark.yaml"));
            if (!(load instanceof ConfigLoad.Loaded loaded)) {
                throw new IllegalStateException(load.toString());
            }
            guard.apply(loaded.config());
        }

        Ruling call(OneResponse response) {
            Endpoint endpoint = guard.matchHttp("GET", matching);
            HttpCall call = guard.begin(endpoint, request);
            Ruling ruling = call.admit();
            return ruling instanceof Ruling.Proceed ? call.answered(response) : ruling;
        }
    }

    /** CLOSED, whatever happens. */
    @State(Scope.Benchmark)
    public static class Closed extends Guarded {

        final CircuitBreaker resilience4j = Rivals.resilience4jByTime();
        final dev.failsafe.FailsafeExecutor<Object> failsafe = dev.failsafe.Failsafe.with(Rivals.failsafe());

        public Closed() {
            super(Integer.MAX_VALUE);
        }
    }

    /** OPEN for longer than the measurement. */
    @State(Scope.Benchmark)
    public static class Open extends Guarded {

        final CircuitBreaker resilience4j = Rivals.opened(Rivals.resilience4jByTime());
        final dev.failsafe.FailsafeExecutor<Object> failsafe =
                dev.failsafe.Failsafe.with(Rivals.opened(Rivals.failsafe()));

        public Open() {
            super(5);
            for (int i = 0; i < 5; i++) {
                call(failing);
            }
            if (!(call(well) instanceof Ruling.Reject)) {
                throw new IllegalStateException("should be OPEN");
            }
        }
    }

    @Benchmark
    public Object noRule_ours(Closed state) {
        return state.guard.matchHttp("GET", state.other);
    }

    @Benchmark
    public Object closedSuccess_ours(Closed state) {
        return state.call(state.well);
    }

    @Benchmark
    public Object closedSuccess_resilience4j(Closed state) {
        return state.resilience4j.executeSupplier(() -> state.well);
    }

    @Benchmark
    public Object closedSuccess_failsafe(Closed state) {
        return state.failsafe.get(() -> state.well);
    }

    @Benchmark
    public Object closedFailure_ours(Closed state) {
        return state.call(state.failing);
    }

    @Benchmark
    public Object open_ours(Open state) {
        return state.call(state.well);
    }

    @Benchmark
    public Object open_resilience4j(Open state) {
        try {
            return state.resilience4j.executeSupplier(() -> state.well);
        } catch (CallNotPermittedException rejected) {
            return rejected;
        }
    }

    @Benchmark
    public Object open_failsafe(Open state) {
        try {
            return state.failsafe.get(() -> state.well);
        } catch (dev.failsafe.CircuitBreakerOpenException rejected) {
            return rejected;
        }
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
