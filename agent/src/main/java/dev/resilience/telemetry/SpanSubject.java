package dev.resilience.telemetry;

import java.net.URI;

/** What a span tells of. */
sealed interface SpanSubject {

    String service();

    String endpoint();

    record Http(String service, String endpoint, String method, URI uri) implements SpanSubject {}

    record Jdbc(String service, String endpoint, String url, String sql) implements SpanSubject {}
}
