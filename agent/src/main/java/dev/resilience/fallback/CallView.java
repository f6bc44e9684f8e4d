package dev.resilience.fallback;

import dev.resilience.rule.SafeUrl;
import dev.resilience.rule.SqlText;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A call as it may be shown: without credentials, without secret parameters and fields, a statement without its values.
 *
 * @param what {@code POST https://api.cal.com/v1/bookings}, or the statement
 * @param critical whether people are to see to it first
 * @param headers of an HTTP call; secret ones read {@code ***}
 * @param body of an HTTP call, its beginning, where it is text; else null
 * @param bodyBytes its whole length
 * @param acceptedAt Unix milliseconds, as {@code expiresAt}
 * @param reason why it is for review; null while it waits
 */
public record CallView(
        String id,
        String service,
        String endpoint,
        boolean critical,
        String what,
        Map<String, String> headers,
        @Nullable String body,
        int bodyBytes,
        @Nullable String order,
        String idempotencyKey,
        long acceptedAt,
        long expiresAt,
        int attempts,
        int maxAttempts,
        @Nullable String reason,
        List<QueuedCall.Event> history) {

    private static final String HIDDEN = "***";

    public static CallView of(QueuedCall call) {
        Map<String, String> headers = new LinkedHashMap<>();
        String what;
        byte[] body = {};
        if (call.call() instanceof QueuedCall.Http http) {
            what = http.method() + " " + SafeUrl.of(http.uri());
            body = http.body();
            for (Answer.Header header : http.headers()) {
                String shown = Headers.secret(header.name()) ? HIDDEN : header.value();
                headers.merge(header.name(), shown, (before, next) -> before + ", " + next);
            }
        } else {
            QueuedCall.Jdbc jdbc = (QueuedCall.Jdbc) call.call();
            what = SqlText.withoutLiterals(jdbc.sql(), jdbc.url());
        }
        return new CallView(
                call.id(),
                call.service(),
                call.endpoint(),
                call.critical(),
                what,
                headers,
                ShownBody.of(body),
                body.length,
                call.order(),
                call.idempotencyKey(),
                call.acceptedAt(),
                call.expiresAt(),
                call.attempts(),
                call.terms().maxAttempts(),
                call.reason(),
                call.history());
    }
}
