package dev.resilience.health.alert;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.resilience.config.AgentConfig.Webhook.Format;
import dev.resilience.health.alert.Finding.Severity;
import dev.resilience.json.JsonTrees;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** What is posted, in the shape that the receiver understands. */
final class WebhookBody {

    /**
     * Alertmanager takes an alert for over when it is not told again by then. So ends the milder one, too, when severity,
     * a label by which receivers are chosen, grows.
     */
    private static final Duration HOLDS = Duration.ofMinutes(5);

    private static final String MANUAL_REVIEW = "manual_review";

    private WebhookBody() {}

    static byte[] of(Format format, String application, Notice notice, long nowMillis) {
        return JsonTrees.bytes(
                switch (format) {
                    case JSON -> json(application, notice);
                    case SLACK -> slack(application, notice);
                    case ALERTMANAGER -> alertmanager(application, List.of(notice.alert()), nowMillis);
                });
    }

    /** Alerts that go on, for Alertmanager. */
    static byte[] stillFiring(String application, List<Alert> alerts, long nowMillis) {
        return JsonTrees.bytes(alertmanager(application, alerts, nowMillis));
    }

    /** Calls that came to need a person. */
    static byte[] of(Format format, String application, ReviewNotices.Gathered reviews, long nowMillis) {
        return JsonTrees.bytes(
                switch (format) {
                    case JSON -> json(application, reviews, nowMillis);
                    case SLACK ->
                        slack(MANUAL_REVIEW + " in " + application, ":bust_in_silhouette:", reviews.summary());
                    case ALERTMANAGER -> alertmanager(application, reviews, nowMillis);
                });
    }

    private static JsonNode json(String application, ReviewNotices.Gathered reviews, long nowMillis) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("id", application + "/" + MANUAL_REVIEW + "/" + reviews.service());
        node.put("event", "arrived");
        node.put("type", MANUAL_REVIEW);
        node.put("severity", severity(reviews));
        node.put("application", application);
        node.put("service", reviews.service());
        node.put("summary", reviews.summary());
        node.put("since", time(nowMillis));
        node.put("count", reviews.count());
        ArrayNode named = node.putArray("reviews");
        for (ReviewNotices.Arrival review : reviews.named()) {
            named.addObject()
                    .put("id", review.id())
                    .put("endpoint", review.endpoint())
                    .put("call", review.call())
                    .put("reason", review.reason())
                    .put("attempts", review.attempts())
                    .put("critical", review.critical())
                    .put("accepted_at", time(review.acceptedMillis()));
        }
        return node;
    }

    private static String severity(ReviewNotices.Gathered reviews) {
        return (reviews.critical() ? Severity.CRITICAL : Severity.WARNING).label();
    }

    /** For Alertmanager an arrival is over by itself: what is still for review is a metric. */
    private static JsonNode alertmanager(String application, ReviewNotices.Gathered reviews, long nowMillis) {
        ArrayNode all = JsonNodeFactory.instance.arrayNode();
        ObjectNode node = all.addObject();
        node.putObject("labels")
                .put("alertname", MANUAL_REVIEW)
                .put("application", application)
                .put("service", reviews.service())
                .put("severity", severity(reviews));
        node.putObject("annotations").put("summary", reviews.summary());
        node.put("startsAt", time(nowMillis));
        node.put("endsAt", time(nowMillis + HOLDS.toMillis()));
        return all;
    }

    private static JsonNode json(String application, Notice notice) {
        Alert alert = notice.alert();
        Finding finding = alert.finding();
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("id", application + "/" + finding.id());
        node.put("event", notice.event().label());
        node.put("type", finding.kind().label());
        node.put("severity", finding.severity().label());
        node.put("application", application);
        node.put("service", finding.service().isEmpty() ? null : finding.service());
        node.put("summary", finding.summary());
        node.put("value", finding.value());
        node.put("threshold", finding.threshold());
        node.put("since", time(alert.sinceMillis()));
        node.put("resolved_at", alert.resolvedMillis() == null ? null : time(alert.resolvedMillis()));
        return node;
    }

    private static JsonNode slack(String application, Notice notice) {
        Finding finding = notice.alert().finding();
        boolean over = notice.event() == Notice.Event.RESOLVED;
        String mark =
                over ? ":white_check_mark:" : finding.severity() == Severity.CRITICAL ? ":red_circle:" : ":warning:";
        String title = finding.kind().label() + (over ? " resolved" : "") + " in " + application;
        return slack(title, mark, finding.summary());
    }

    private static JsonNode slack(String title, String mark, String summary) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("text", escaped(title + ": " + summary));
        ObjectNode section = node.putArray("blocks").addObject().put("type", "section");
        section.putObject("text")
                .put("type", "mrkdwn")
                .put("text", mark + " *" + escaped(title) + "*\n" + escaped(summary));
        return node;
    }

    private static JsonNode alertmanager(String application, List<Alert> alerts, long nowMillis) {
        ArrayNode all = JsonNodeFactory.instance.arrayNode();
        for (Alert alert : alerts) {
            Finding finding = alert.finding();
            ObjectNode node = all.addObject();
            ObjectNode labels = node.putObject("labels")
                    .put("alertname", finding.kind().label())
                    .put("application", application)
                    .put("severity", finding.severity().label());
            if (!finding.service().isEmpty()) {
                labels.put("service", finding.service());
            }
            node.putObject("annotations").put("summary", finding.summary());
            node.put("startsAt", time(alert.sinceMillis()));
            Long over = alert.resolvedMillis();
            node.put("endsAt", time(over == null ? nowMillis + HOLDS.toMillis() : over));
        }
        return all;
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    private static String time(long millis) {
        return Instant.ofEpochMilli(millis).toString();
    }
}
