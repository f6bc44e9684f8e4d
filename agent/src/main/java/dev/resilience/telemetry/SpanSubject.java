package dev.resilience.telemetry;

import java.net.URI;

/** What a span tells of. */
sealed interface SpanSubject {

    String service();

    String endpoint();

    record Http(String service, String endpoint, String method, URI uri) implements SpanSubject {}

    /** @param endpoint none: a probe asks for the service as a whole */
    record Probe(String service, String endpoint, String kind, String target) implements SpanSubject {}

    record Jdbc(String service, String endpoint, String url, String sql) implements SpanSubject {}
}
