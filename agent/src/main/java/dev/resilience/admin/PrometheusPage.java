package dev.resilience.admin;

import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.OpenMetricsTextFormatWriter;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletionStage;

/**
 * {@code GET /metrics}: Prometheus' text format, or OpenMetrics, which has exemplars too, where the scraper asks for it.
 * Written with the library that Micrometer's Prometheus registry stands on: the figures are kept by the {@code metrics} room,
 * so a registry would only keep them twice.
 */
final class PrometheusPage {

    private final MetricFamilies families;
    private final ExpositionFormatWriter prometheus = new PrometheusTextFormatWriter(false);

    /** Examples of buckets only: Prometheus refuses the whole page for one at a sum or a count. */
    private final ExpositionFormatWriter openMetrics = new OpenMetricsTextFormatWriter(false, false);

    PrometheusPage(Surface surface) {
        families = new MetricFamilies(surface);
    }

    CompletionStage<Reply> answer(Query query) {
        return families.now().thenApply(now -> page(query, now));
    }

    private Reply page(Query query, MetricSnapshots now) {
        ExpositionFormatWriter writer =
                query.accept().contains("application/openmetrics-text") ? openMetrics : prometheus;
        ByteArrayOutputStream page = new ByteArrayOutputStream();
        try {
            writer.write(page, now, EscapingScheme.UNDERSCORE_ESCAPING);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return Reply.text(writer.getContentType(), page.toByteArray());
    }
}
