package dev.resilience.fallback;

import dev.resilience.rule.SafeUrl;
import dev.resilience.rule.SqlText;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
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

    private static final int MOST_SHOWN = 4_096;
    private static final String HIDDEN = "***";

    /** A field of JSON, or a parameter of a form, whose name says that its value is a secret. */
    private static final Pattern SECRET_FIELD = Pattern.compile(
            "(\"[^\"]{0,60}(?:passw|pwd|token|secret|key|auth|card|cvc|cvv|iban|ssn)[^\"]{0,60}\"\\s*:\\s*)"
                    + "(\"(?:[^\"\\\\]|\\\\.)*+\"?|[^,}\\]\\s]++)",
            Pattern.CASE_INSENSITIVE);

    private static final Pattern SECRET_PARAMETER = Pattern.compile(
            "((?:^|&)[^=&]{0,60}(?:passw|pwd|token|secret|key|auth|card|cvc|cvv|iban|ssn)[^=&]{0,60}=)[^&]*+",
            Pattern.CASE_INSENSITIVE);

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
                text(body),
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

    private static @Nullable String text(byte[] body) {
        if (body.length == 0) {
            return null;
        }
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(body))
                    .toString();
            String begin = text.length() <= MOST_SHOWN ? text : text.substring(0, MOST_SHOWN);
            String safe = SECRET_FIELD.matcher(begin).replaceAll("$1\"" + HIDDEN + "\"");
            safe = SECRET_PARAMETER.matcher(safe).replaceAll("$1" + HIDDEN);
            return text.length() <= MOST_SHOWN ? safe : safe + "...";
        } catch (CharacterCodingException binary) {
            return null;
        }
    }
}
