package dev.resilience.health.alert;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.resilience.health.alert.Finding.Kind;
import dev.resilience.health.alert.Finding.Severity;
import dev.resilience.json.JsonTrees;
import dev.resilience.log.AgentLog;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A book, and the news of it, as JSON. It holds ages, because clocks differ. When an alert was raised is there by the clock of who
 * raised it, too, and stays so to the millisecond (receivers know an alert by it) where clocks agree but for the way of the text. What is read comes from a store that anybody may write: what does not make sense is
 * left out, and no more than a bounded number of entries is taken.
 */
final class BookText {

    private static final int MOST_ENTRIES = 5_000;
    private static final int LONGEST = 4_000_000;
    private static final long CLOCKS_AGREE_MILLIS = 5_000;

    private BookText() {}

    static String write(Collection<AlertBook.Entry> entries, long nowMillis) {
        ArrayNode book = JsonNodeFactory.instance.arrayNode();
        for (AlertBook.Entry entry : entries) {
            ObjectNode node = finding(entry.finding, book.addObject());
            node.put("raised_ago", nowMillis - entry.raisedMillis);
            node.put("raised_at", entry.raisedMillis);
            node.put("seen_ago", nowMillis - entry.seenMillis);
            node.put("told_ago", nowMillis - entry.toldMillis);
            if (entry.isOver()) {
                node.put("resolved_ago", nowMillis - entry.resolvedMillis);
            }
            node.put("relapses", entry.relapses);
            node.put("away", entry.away);
            node.put("delivered", entry.delivered);
            node.put("news", entry.news.label());
        }
        return JsonTrees.text(book);
    }

    static List<AlertBook.Entry> read(String written, long writtenMillis) {
        List<AlertBook.Entry> entries = new ArrayList<>();
        for (JsonNode node : parsed(written)) {
            Finding finding = finding(node);
            if (finding == null || entries.size() == MOST_ENTRIES) {
                continue;
            }
            AlertBook.Entry entry = new AlertBook.Entry(finding, moment(node, "raised", writtenMillis));
            entry.seenMillis = writtenMillis - node.path("seen_ago").asLong();
            entry.toldMillis = writtenMillis - node.path("told_ago").asLong();
            entry.resolvedMillis = node.has("resolved_ago")
                    ? writtenMillis - node.path("resolved_ago").asLong()
                    : AlertBook.Entry.NEVER;
            entry.relapses = Math.max(0, Math.min(5, node.path("relapses").asInt()));
            entry.away = node.path("away").asBoolean();
            entry.delivered = node.path("delivered").asBoolean();
            Notice.Event news = constant(Notice.Event.values(), node.path("news"));
            entry.news = entry.isOver() ? Notice.Event.RESOLVED : news == null ? Notice.Event.RAISED : news;
            entries.add(entry);
        }
        return entries;
    }

    static String news(List<Notice> notices, long nowMillis) {
        if (notices.isEmpty()) {
            return "";
        }
        ArrayNode news = JsonNodeFactory.instance.arrayNode();
        for (Notice notice : notices) {
            ObjectNode node = finding(notice.alert().finding(), news.addObject());
            node.put("event", notice.event().label());
            node.put("raised_ago", nowMillis - notice.alert().sinceMillis());
            node.put("raised_at", notice.alert().sinceMillis());
        }
        return JsonTrees.text(news);
    }

    static List<Notice> notices(String news, long nowMillis) {
        List<Notice> notices = new ArrayList<>();
        for (JsonNode node : parsed(news)) {
            Finding finding = finding(node);
            Notice.Event event = constant(Notice.Event.values(), node.path("event"));
            if (finding != null && event != null && notices.size() < MOST_ENTRIES) {
                long raised = moment(node, "raised", nowMillis);
                notices.add(new Notice(
                        new Alert(finding, raised, event == Notice.Event.RESOLVED ? nowMillis : null), event));
            }
        }
        return notices;
    }

    /** @param writtenMillis when the text was written, on this host's clock, as far as it can tell */
    private static long moment(JsonNode node, String name, long writtenMillis) {
        long byAge = writtenMillis - node.path(name + "_ago").asLong();
        long byClock = node.path(name + "_at").asLong();
        return Math.abs(byClock - byAge) < CLOCKS_AGREE_MILLIS ? byClock : byAge;
    }

    private static ObjectNode finding(Finding finding, ObjectNode node) {
        return node.put("kind", finding.kind().label())
                .put("service", finding.service())
                .put("severity", finding.severity().label())
                .put("summary", finding.summary())
                .put("value", finding.value())
                .put("threshold", finding.threshold());
    }

    private static @Nullable Finding finding(JsonNode node) {
        Kind kind = constant(Kind.values(), node.path("kind"));
        Severity severity = constant(Severity.values(), node.path("severity"));
        if (kind == null || severity == null) {
            return null;
        }
        return new Finding(
                kind,
                node.path("service").asText(""),
                severity,
                node.path("summary").asText(""),
                node.path("value").asDouble(),
                node.path("threshold").asDouble());
    }

    private static <E extends Enum<E>> @Nullable E constant(E[] all, JsonNode label) {
        for (E each : all) {
            if (each.name().toLowerCase(Locale.ROOT).equals(label.asText())) {
                return each;
            }
        }
        return null;
    }

    private static JsonNode parsed(String text) {
        if (text.isEmpty() || text.length() > LONGEST) {
            return JsonNodeFactory.instance.arrayNode();
        }
        try {
            return JsonTrees.read(text);
        } catch (IOException damaged) {
            AgentLog.warn("alert-book", "the fleet's book of alerts cannot be read, a new one is begun");
            return JsonNodeFactory.instance.arrayNode();
        }
    }
}
