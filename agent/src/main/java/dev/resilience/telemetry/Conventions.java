package dev.resilience.telemetry;

import dev.resilience.breaker.Transition;
import dev.resilience.rule.SafeUrl;
import dev.resilience.rule.SqlText;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import java.net.URI;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Names and attributes of spans by OpenTelemetry's semantic conventions for HTTP and database clients, in the form declared
 * stable, and {@code resilience.*} beside them. Thread-safe.
 */
final class Conventions {

    static final int FIRST_ERROR_STATUS = 400;
    static final String STATE_CHANGE = "resilience.state_change";
    private static final int MOST_STATEMENTS = 500;

    private static final Set<String> METHODS =
            Set.of("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY");

    static final AttributeKey<String> SERVICE = AttributeKey.stringKey("resilience.service");
    static final AttributeKey<String> ENDPOINT = AttributeKey.stringKey("resilience.endpoint");
    static final AttributeKey<String> STATE = AttributeKey.stringKey("resilience.state");
    static final AttributeKey<String> OUTCOME = AttributeKey.stringKey("resilience.outcome");
    static final AttributeKey<String> FALLBACK = AttributeKey.stringKey("resilience.fallback");
    private static final AttributeKey<String> ERROR_TYPE = AttributeKey.stringKey("error.type");
    private static final AttributeKey<String> SERVER_ADDRESS = AttributeKey.stringKey("server.address");
    private static final AttributeKey<Long> SERVER_PORT = AttributeKey.longKey("server.port");
    private static final AttributeKey<String> METHOD = AttributeKey.stringKey("http.request.method");
    private static final AttributeKey<String> ORIGINAL_METHOD = AttributeKey.stringKey("http.request.method_original");
    private static final AttributeKey<String> URL = AttributeKey.stringKey("url.full");
    private static final AttributeKey<Long> STATUS = AttributeKey.longKey("http.response.status_code");
    private static final AttributeKey<String> DB_SYSTEM = AttributeKey.stringKey("db.system.name");
    private static final AttributeKey<String> DB_NAMESPACE = AttributeKey.stringKey("db.namespace");
    private static final AttributeKey<String> DB_TEXT = AttributeKey.stringKey("db.query.text");
    private static final AttributeKey<String> DB_OPERATION = AttributeKey.stringKey("db.operation.name");
    private static final AttributeKey<String> DB_STATUS = AttributeKey.stringKey("db.response.status_code");

    /** Applications repeat themselves: statements seen last, as they are shown. */
    private final Map<String, String> shown = new LinkedHashMap<>(64, 0.75f, true) {

        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
            return size() > MOST_STATEMENTS;
        }
    };

    static String name(SpanSubject subject) {
        if (subject instanceof SpanSubject.Http http) {
            return known(http.method()) ? http.method().toUpperCase(Locale.ROOT) : "HTTP";
        }
        if (subject instanceof SpanSubject.Probe probe) {
            return "probe " + probe.service();
        }
        SpanSubject.Jdbc jdbc = (SpanSubject.Jdbc) subject;
        String operation = operation(jdbc.sql());
        JdbcAddress address = JdbcAddress.of(jdbc.url());
        String target = address.database() == null ? address.system() : address.database();
        return operation.isEmpty() ? target : operation + " " + target;
    }

    Attributes attributes(EndedCall span) {
        if (span.subject instanceof SpanSubject.Probe probe) {
            return Attributes.builder()
                    .put(SERVICE, probe.service())
                    .put(OUTCOME, span.outcome)
                    .put("resilience.probe.kind", probe.kind())
                    .put("resilience.probe.target", probe.target())
                    .build();
        }
        AttributesBuilder attributes = Attributes.builder()
                .put(SERVICE, span.subject.service())
                .put(ENDPOINT, span.subject.endpoint())
                .put(STATE, span.state)
                .put(OUTCOME, span.outcome)
                .put(FALLBACK, span.fallback);
        if (span.subject instanceof SpanSubject.Http http) {
            http(attributes, http);
            if (span.status > 0) {
                attributes.put(STATUS, (long) span.status);
            }
        } else {
            jdbc(attributes, (SpanSubject.Jdbc) span.subject);
            if (span.failure instanceof SQLException failure && failure.getSQLState() != null) {
                attributes.put(DB_STATUS, failure.getSQLState());
            }
        }
        if (span.failure != null) {
            attributes.put(ERROR_TYPE, span.failure.getClass().getName());
        } else if (span.status >= FIRST_ERROR_STATUS) {
            attributes.put(ERROR_TYPE, Integer.toString(span.status));
        } else if ("rejected".equals(span.outcome)) {
            attributes.put(ERROR_TYPE, "dev.resilience.CircuitBreakerOpenException");
        }
        return attributes.build();
    }

    /** The same for those who cannot name our copy of OpenTelemetry: texts and whole numbers by name. */
    Map<String, Object> plain(EndedCall span) {
        Map<String, Object> plain = new LinkedHashMap<>();
        attributes(span).forEach((key, value) -> plain.put(key.getKey(), value));
        return plain;
    }

    static Map<String, String> change(String from, String to) {
        return Map.of("resilience.state.from", from, "resilience.state.to", to);
    }

    static Attributes of(Transition transition) {
        return Attributes.builder()
                .put("resilience.state.from", transition.from().name())
                .put("resilience.state.to", transition.to().name())
                .put("resilience.reason", transition.reason())
                .build();
    }

    private static void http(AttributesBuilder attributes, SpanSubject.Http http) {
        URI uri = http.uri();
        if (known(http.method())) {
            attributes.put(METHOD, http.method().toUpperCase(Locale.ROOT));
        } else {
            attributes.put(METHOD, "_OTHER").put(ORIGINAL_METHOD, http.method());
        }
        attributes.put(URL, SafeUrl.of(uri)).put(SERVER_ADDRESS, SafeUrl.host(uri));
        int port = SafeUrl.port(uri);
        if (port >= 0) {
            attributes.put(SERVER_PORT, (long) port);
        }
    }

    private void jdbc(AttributesBuilder attributes, SpanSubject.Jdbc jdbc) {
        JdbcAddress address = JdbcAddress.of(jdbc.url());
        attributes
                .put(DB_SYSTEM, address.system())
                .put(DB_NAMESPACE, address.database())
                .put(SERVER_ADDRESS, address.host());
        if (!jdbc.sql().equals(CallTracer.CONNECT)) {
            attributes.put(DB_TEXT, shown(jdbc));
        }
        String operation = operation(jdbc.sql());
        if (!operation.isEmpty()) {
            attributes.put(DB_OPERATION, operation);
        }
        if (address.port() >= 0) {
            attributes.put(SERVER_PORT, (long) address.port());
        }
    }

    private String shown(SpanSubject.Jdbc jdbc) {
        synchronized (shown) {
            return shown.computeIfAbsent(jdbc.sql(), sql -> SqlText.withoutLiterals(sql, jdbc.url()));
        }
    }

    private static boolean known(String method) {
        return METHODS.contains(method.toUpperCase(Locale.ROOT));
    }

    /** The statement's first word; empty where it begins with something else. */
    private static String operation(String sql) {
        int from = 0;
        while (from < sql.length() && (Character.isWhitespace(sql.charAt(from)) || sql.charAt(from) == '(')) {
            from++;
        }
        int end = from;
        while (end < sql.length() && end - from < 32 && Character.isLetter(sql.charAt(end))) {
            end++;
        }
        return sql.substring(from, end).toUpperCase(Locale.ROOT);
    }
}
