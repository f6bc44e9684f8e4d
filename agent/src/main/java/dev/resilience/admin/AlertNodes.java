package dev.resilience.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.resilience.health.alert.Alert;
import dev.resilience.health.alert.Finding;
import java.util.List;

/** Alerts as JSON. */
final class AlertNodes {

    private AlertNodes() {}

    /** Puts those that last under {@code alerts}, and those that were over in the last hour under {@code resolved_alerts}. */
    static void put(List<Alert> alerts, ObjectNode body) {
        ArrayNode firing = body.putArray("alerts");
        ArrayNode over = body.putArray("resolved_alerts");
        alerts.forEach(alert -> alert(alert, (alert.firing() ? firing : over).addObject()));
    }

    private static void alert(Alert alert, ObjectNode node) {
        Finding finding = alert.finding();
        Long over = alert.resolvedMillis();
        node.put("type", finding.kind().label());
        node.put("severity", finding.severity().label());
        node.put("service", finding.service().isEmpty() ? null : finding.service());
        node.put("summary", finding.summary());
        node.put("value", Math.round(finding.value() * 1000) / 1000.0);
        node.put("threshold", finding.threshold());
        node.put("since", Json.time(alert.sinceMillis()));
        node.put("resolved_at", over == null ? null : Json.time(over));
    }
}
