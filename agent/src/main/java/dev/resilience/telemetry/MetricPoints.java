package dev.resilience.telemetry;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.sdk.metrics.data.DoubleExemplarData;
import io.opentelemetry.sdk.metrics.data.DoublePointData;
import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.Exemplar;
import io.prometheus.metrics.model.snapshots.Exemplars;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Label;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Numbers of one moment, as OpenTelemetry has them.
 *
 * @param startNanos since when sums count, Unix nanoseconds
 * @param nowNanos the moment, Unix nanoseconds
 */
record MetricPoints(long startNanos, long nowNanos) {

    List<DoublePointData> of(CounterSnapshot counter) {
        return counter.getDataPoints().stream()
                .map(point -> DoublePointData.create(
                        startNanos, nowNanos, attributes(point.getLabels()), point.getValue(), List.of()))
                .toList();
    }

    List<DoublePointData> of(GaugeSnapshot gauge) {
        return gauge.getDataPoints().stream()
                .map(point -> DoublePointData.create(
                        startNanos, nowNanos, attributes(point.getLabels()), point.getValue(), List.of()))
                .toList();
    }

    List<HistogramPointData> of(HistogramSnapshot histogram) {
        List<HistogramPointData> points = new ArrayList<>();
        for (HistogramDataPointSnapshot point : histogram.getDataPoints()) {
            points.add(distribution(point));
        }
        return points;
    }

    private HistogramPointData distribution(HistogramDataPointSnapshot point) {
        ClassicHistogramBuckets buckets = point.getClassicBuckets();
        List<Double> bounds = new ArrayList<>();
        List<Long> counts = new ArrayList<>();
        for (int i = 0; i < buckets.size(); i++) {
            counts.add(buckets.getCount(i));
            if (buckets.getUpperBound(i) != Double.POSITIVE_INFINITY) {
                bounds.add(buckets.getUpperBound(i));
            }
        }
        return new Distribution(
                HistogramPointData.create(
                        startNanos,
                        nowNanos,
                        attributes(point.getLabels()),
                        point.getSum(),
                        false,
                        0,
                        false,
                        0,
                        bounds,
                        counts),
                exemplars(point.getExemplars()));
    }

    private static List<DoubleExemplarData> exemplars(Exemplars kept) {
        List<DoubleExemplarData> exemplars = new ArrayList<>();
        for (Exemplar exemplar : kept) {
            String trace = exemplar.getLabels().get(Exemplar.TRACE_ID);
            String span = exemplar.getLabels().get(Exemplar.SPAN_ID);
            if (trace != null && span != null) {
                exemplars.add(DoubleExemplarData.create(
                        Attributes.empty(),
                        TimeUnit.MILLISECONDS.toNanos(exemplar.getTimestampMillis()),
                        SpanContext.create(trace, span, TraceFlags.getSampled(), TraceState.getDefault()),
                        exemplar.getValue()));
            }
        }
        return exemplars;
    }

    private static Attributes attributes(Labels labels) {
        AttributesBuilder attributes = Attributes.builder();
        for (Label label : labels) {
            attributes.put(label.getName(), label.getValue());
        }
        return attributes.build();
    }

    /** The SDK's own points have no public way to be given exemplars. */
    private record Distribution(HistogramPointData of, List<DoubleExemplarData> exemplars)
            implements HistogramPointData {

        @Override
        public double getSum() {
            return of.getSum();
        }

        @Override
        public long getCount() {
            return of.getCount();
        }

        @Override
        public boolean hasMin() {
            return false;
        }

        @Override
        public double getMin() {
            return 0;
        }

        @Override
        public boolean hasMax() {
            return false;
        }

        @Override
        public double getMax() {
            return 0;
        }

        @Override
        public List<Double> getBoundaries() {
            return of.getBoundaries();
        }

        @Override
        public List<Long> getCounts() {
            return of.getCounts();
        }

        @Override
        public List<DoubleExemplarData> getExemplars() {
            return exemplars;
        }

        @Override
        public long getStartEpochNanos() {
            return of.getStartEpochNanos();
        }

        @Override
        public long getEpochNanos() {
            return of.getEpochNanos();
        }

        @Override
        public Attributes getAttributes() {
            return of.getAttributes();
        }
    }
}
