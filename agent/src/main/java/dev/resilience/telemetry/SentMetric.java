package dev.resilience.telemetry;

import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.data.Data;
import io.opentelemetry.sdk.metrics.data.GaugeData;
import io.opentelemetry.sdk.metrics.data.HistogramData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.data.MetricDataType;
import io.opentelemetry.sdk.metrics.data.SumData;
import io.opentelemetry.sdk.resources.Resource;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;

/**
 * One metric as a collector gets it: by the name, unit and labels that it has on {@code /metrics}, so that what is asked there
 * can be asked of the collector's store too.
 */
record SentMetric(Resource resource, String name, String description, String unit, MetricDataType type, Data<?> data)
        implements MetricData {

    static SentMetric of(MetricSnapshot family, MetricPoints points, Resource resource) {
        MetricMetadata about = family.getMetadata();
        String description = about.getHelp() == null ? "" : about.getHelp();
        String unit = about.getUnit() == null ? "" : "s";
        if (family instanceof CounterSnapshot counter) {
            return new SentMetric(
                    resource,
                    about.getPrometheusName() + "_total",
                    description,
                    unit,
                    MetricDataType.DOUBLE_SUM,
                    SumData.createDoubleSumData(true, AggregationTemporality.CUMULATIVE, points.of(counter)));
        }
        if (family instanceof HistogramSnapshot histogram) {
            return new SentMetric(
                    resource,
                    about.getPrometheusName(),
                    description,
                    unit,
                    MetricDataType.HISTOGRAM,
                    HistogramData.create(AggregationTemporality.CUMULATIVE, points.of(histogram)));
        }
        return new SentMetric(
                resource,
                about.getPrometheusName(),
                description,
                unit,
                MetricDataType.DOUBLE_GAUGE,
                GaugeData.createDoubleGaugeData(points.of((GaugeSnapshot) family)));
    }

    @Override
    public Resource getResource() {
        return resource;
    }

    @Override
    public InstrumentationScopeInfo getInstrumentationScopeInfo() {
        return Origin.SCOPE;
    }

    @Override
    public String getName() {
        return name;
    }

    @Override
    public String getDescription() {
        return description;
    }

    @Override
    public String getUnit() {
        return unit;
    }

    @Override
    public MetricDataType getType() {
        return type;
    }

    @Override
    public Data<?> getData() {
        return data;
    }
}
