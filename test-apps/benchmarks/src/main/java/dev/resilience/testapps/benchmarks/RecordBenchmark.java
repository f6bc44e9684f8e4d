package dev.resilience.testapps.benchmarks;

import dev.resilience.metrics.CallMetrics;
import dev.resilience.metrics.CallOutcome;
import dev.resilience.metrics.CallRecorder;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.ConcurrentHistogram;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What it costs to write down a call: outcome and duration, beside HdrHistogram's concurrent recorder of durations alone. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 4, time = 1)
@Fork(2)
public class RecordBenchmark {

    private final CallRecorder.EndpointRecorder endpoint =
            new CallMetrics(System::nanoTime).endpoint("calcom", "fetch_availability");
    private final ConcurrentHistogram histogram = new ConcurrentHistogram(4_000_000_000_000L, 2);

    /** Durations of a thread's calls: spread over a power of two, without a generator's cost. */
    @State(Scope.Thread)
    public static class Durations {

        private long next = 20_000_000;

        long next() {
            next = 20_000_000 + (next * 31 & 0xFFFFFF);
            return next;
        }
    }

    @Benchmark
    public void success(Durations durations) {
        endpoint.record(CallOutcome.SUCCESS, durations.next());
    }

    @Benchmark
    public void failure(Durations durations) {
        endpoint.record(CallOutcome.FAILURE, durations.next());
    }

    @Benchmark
    public void rejection(Durations durations) {
        endpoint.record(CallOutcome.REJECTED, durations.next());
    }

    @Benchmark
    public void hdrHistogram(Durations durations) {
        histogram.recordValue(durations.next());
    }
}
