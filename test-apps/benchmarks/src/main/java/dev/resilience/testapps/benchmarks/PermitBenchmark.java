package dev.resilience.testapps.benchmarks;

import com.alibaba.csp.sentinel.Entry;
import com.alibaba.csp.sentinel.SphU;
import com.alibaba.csp.sentinel.Tracer;
import com.alibaba.csp.sentinel.slots.block.BlockException;
import dev.resilience.CircuitBreakerOpenException;
import dev.resilience.breaker.Outcome;
import dev.resilience.breaker.Permit;
import dev.resilience.breaker.ServiceCircuit;
import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import java.io.IOException;
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
 * Asking a circuit for leave and telling it the outcome, and nothing else: neither the call nor the clock. Each library is
 * asked by its shortest public way. Names read {@code <state>_<library>}.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 4, time = 1)
@Fork(2)
public class PermitBenchmark {

    private static final long DURATION_NANOS = 1_000_000;

    private static final IOException FAILURE = new IOException("as a failing call throws");

    /** A circuit that stays CLOSED whatever is told to it. */
    @State(Scope.Benchmark)
    public static class Closed {

        final ServiceCircuit ours = OwnCircuits.alwaysClosed();
        final CircuitBreaker counting = Rivals.resilience4jByCount();
        final CircuitBreaker timed = Rivals.resilience4jByTime();
        final dev.failsafe.CircuitBreaker<Object> failsafe = Rivals.failsafe();
        final String sentinel = Rivals.sentinelClosed();
    }

    /** A circuit that is OPEN for longer than the measurement. */
    @State(Scope.Benchmark)
    public static class Open {

        final ServiceCircuit ours = OwnCircuits.open();
        final CircuitBreaker resilience4j = Rivals.opened(Rivals.resilience4jByCount());
        final dev.failsafe.CircuitBreaker<Object> failsafe = Rivals.opened(Rivals.failsafe());
        final String sentinel = Rivals.sentinelOpen();
    }

    @Benchmark
    public boolean closedSuccess_ours(Closed state) {
        Permit permit = state.ours.tryAcquire();
        boolean granted = permit.granted();
        state.ours.settle(permit, Outcome.SUCCESS, DURATION_NANOS, -1);
        return granted;
    }

    @Benchmark
    public boolean closedSuccess_resilience4j(Closed state) {
        boolean granted = state.counting.tryAcquirePermission();
        state.counting.onSuccess(DURATION_NANOS, TimeUnit.NANOSECONDS);
        return granted;
    }

    @Benchmark
    public boolean closedSuccess_resilience4jTimeWindow(Closed state) {
        boolean granted = state.timed.tryAcquirePermission();
        state.timed.onSuccess(DURATION_NANOS, TimeUnit.NANOSECONDS);
        return granted;
    }

    @Benchmark
    public boolean closedSuccess_failsafe(Closed state) {
        boolean granted = state.failsafe.tryAcquirePermit();
        state.failsafe.recordSuccess();
        return granted;
    }

    @Benchmark
    public boolean closedSuccess_sentinel(Closed state) throws BlockException {
        Entry entry = SphU.entry(state.sentinel);
        entry.exit();
        return true;
    }

    @Benchmark
    public boolean closedFailure_ours(Closed state) {
        Permit permit = state.ours.tryAcquire();
        boolean granted = permit.granted();
        state.ours.settle(permit, Outcome.FAILURE, DURATION_NANOS, -1);
        return granted;
    }

    @Benchmark
    public boolean closedFailure_resilience4jTimeWindow(Closed state) {
        boolean granted = state.timed.tryAcquirePermission();
        state.timed.onError(DURATION_NANOS, TimeUnit.NANOSECONDS, FAILURE);
        return granted;
    }

    @Benchmark
    public boolean closedFailure_failsafe(Closed state) {
        boolean granted = state.failsafe.tryAcquirePermit();
        state.failsafe.recordException(FAILURE);
        return granted;
    }

    @Benchmark
    public boolean closedFailure_sentinel(Closed state) throws BlockException {
        Entry entry = SphU.entry(state.sentinel);
        Tracer.traceEntry(FAILURE, entry);
        entry.exit();
        return true;
    }

    @Benchmark
    public boolean open_ours(Open state) {
        return state.ours.tryAcquire().granted();
    }

    @Benchmark
    public boolean open_resilience4j(Open state) {
        return state.resilience4j.tryAcquirePermission();
    }

    @Benchmark
    public boolean open_failsafe(Open state) {
        return state.failsafe.tryAcquirePermit();
    }

    @Benchmark
    public Exception openThrown_ours(Open state) {
        Permit permit = state.ours.tryAcquire();
        return new CircuitBreakerOpenException(OwnCircuits.SERVICE, permit.retryAfterMillis());
    }

    @Benchmark
    public Exception openThrown_resilience4j(Open state) {
        try {
            state.resilience4j.acquirePermission();
            throw new IllegalStateException("not open");
        } catch (CallNotPermittedException rejected) {
            return rejected;
        }
    }

    @Benchmark
    public Exception openThrown_failsafe(Open state) {
        try {
            state.failsafe.acquirePermit();
            throw new IllegalStateException("not open");
        } catch (dev.failsafe.CircuitBreakerOpenException rejected) {
            return rejected;
        }
    }

    @Benchmark
    public Exception openThrown_sentinel(Open state) {
        try {
            SphU.entry(state.sentinel).exit();
            throw new IllegalStateException("not open");
        } catch (BlockException rejected) {
            return rejected;
        }
    }
}
