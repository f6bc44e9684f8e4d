package dev.resilience.fallback;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** What is known of HTTP headers by their names. */
public final class Headers {

    /** RFC 9110 section 7.6.1, and {@code Proxy-Connection}, which clients still send. */
    private static final Set<String> HOP_BY_HOP = Set.of(
            "connection",
            "keep-alive",
            "proxy-connection",
            "proxy-authenticate",
            "proxy-authorization",
            "proxy-authentication-info",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade");

    /** Names with these parts say who asks, whatever API made them up: {@code X-Api-Key}, {@code X-User-Id} … */
    private static final List<String> CREDENTIAL_PARTS = List.of(
            "auth",
            "token",
            "cookie",
            "key",
            "secret",
            "session",
            "passw",
            "credential",
            "jwt",
            "user",
            "account",
            "tenant",
            "customer",
            "principal",
            "subject",
            "identity",
            "client-id",
            "clientid",
            "signature",
            "owner",
            "organization",
            "organisation",
            "workspace",
            "impersonat",
            "on-behalf",
            "forwarded",
            "real-ip",
            "cert");

    /** These are for others than who answers, or say how the answer is to be sent, which has its own place in the question. */
    private static final Set<String> OF_NO_CONCERN = Set.of(
            "host",
            "user-agent",
            "x-requested-with",
            "origin",
            "referer",
            "via",
            "date",
            "x-amz-date",
            "x-ms-date",
            "x-amz-content-sha256",
            "expect",
            "range",
            "cache-control",
            "pragma",
            "warning",
            "max-forwards",
            "priority",
            "dnt",
            "save-data",
            "upgrade-insecure-requests",
            "http2-settings",
            "cf-ray",
            "cdn-loop",
            "idempotency-key",
            "amz-sdk-request",
            "x-goog-api-client",
            "b3",
            "baggage",
            "newrelic");

    private static final List<String> PREFIXES_OF_NO_CONCERN = List.of(
            "accept", "content-", "if-", "sec-", "x-b3-", "x-envoy-", "x-datadog-", "uberctx-", "x-resilience-");

    /** Numbers of a request, its trace, its time, its attempt: another each time, whoever asks. */
    private static final List<String> PARTS_OF_NO_CONCERN = List.of(
            "trace",
            "span-",
            "request-id",
            "requestid",
            "request-uuid",
            "request-start",
            "request-time",
            "correlation",
            "invocation",
            "transaction-id",
            "message-id",
            "timestamp",
            "nonce",
            "attempt",
            "retry",
            "retries",
            "deadline",
            "timeout");

    private static final List<String> SECRET_PARTS =
            List.of("auth", "token", "cookie", "key", "secret", "session", "passw", "credential", "jwt", "signature");

    /** Names that were asked for, as applications write them, which is few. */
    private static final Map<String, Boolean> TELLING = new ConcurrentHashMap<>();

    private static final int MOST_NAMES = 1_000;

    private Headers() {}

    /** Whether it belongs to one connection and not to the message; {@code connection} lists more, or is null. */
    static boolean hopByHop(String name, @Nullable List<String> connection) {
        if (HOP_BY_HOP.contains(name.toLowerCase(Locale.ROOT))) {
            return true;
        }
        if (connection != null) {
            for (String value : connection) {
                for (String listed : value.split(",")) {
                    if (listed.trim().equalsIgnoreCase(name)) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    /** Whether the value tells who asks, or proves it. {@code User-Agent} and {@code Idempotency-Key} do not. */
    public static boolean credential(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (lower.equals("from")) {
            return true;
        }
        if (lower.equals("user-agent") || lower.equals("idempotency-key") || lower.startsWith("sec-websocket-key")) {
            return false;
        }
        for (String part : CREDENTIAL_PARTS) {
            if (lower.contains(part)) {
                return true;
            }
        }
        return false;
    }

    /** Whether a request with another value may be answered otherwise: all may, but for those known not to be. */
    static boolean tellsApart(String name) {
        Boolean known = TELLING.get(name);
        if (known == null) {
            known = credential(name) || !ofNoConcern(name);
            if (TELLING.size() < MOST_NAMES) {
                TELLING.put(name, known);
            }
        }
        return known;
    }

    private static boolean ofNoConcern(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return HOP_BY_HOP.contains(lower)
                || OF_NO_CONCERN.contains(lower)
                || PREFIXES_OF_NO_CONCERN.stream().anyMatch(lower::startsWith)
                || PARTS_OF_NO_CONCERN.stream().anyMatch(lower::contains);
    }

    /** Whether the value proves who asks and must not be kept or shown; what merely names somebody may be. */
    static boolean secret(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (lower.equals("idempotency-key")) {
            return false;
        }
        for (String part : SECRET_PARTS) {
            if (lower.contains(part)) {
                return true;
            }
        }
        return false;
    }

    static List<String> values(List<Answer.Header> headers, String name) {
        List<String> values = List.of();
        for (Answer.Header header : headers) {
            if (header.name().equalsIgnoreCase(name)) {
                if (values.isEmpty()) {
                    values = new ArrayList<>(2);
                }
                values.add(header.value());
            }
        }
        return values;
    }

    static boolean has(List<Answer.Header> headers, String name) {
        for (Answer.Header header : headers) {
            if (header.name().equalsIgnoreCase(name)) {
                return true;
            }
        }
        return false;
    }

    /** Whether a client can be handed it: a token and a value without line ends (RFC 9110 section 5). */
    static boolean wellFormed(String name, String value) {
        if (name.isEmpty()) {
            return false;
        }
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c <= ' ' || c >= 0x7F || "\"(),/:;<=>?@[\\]{}".indexOf(c) >= 0) {
                return false;
            }
        }
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c < ' ' && c != '\t' || c == 0x7F) {
                return false;
            }
        }
        return true;
    }
}
