package dev.resilience.config;

import dev.resilience.config.Type.Form;
import java.util.List;
import java.util.Map;

/** What an editor shows beside the schema's checks: examples of values, and what each word of a choice means. */
final class SchemaWords {

    private static final Map<Form, List<String>> TEXTS = Map.of(
            Form.CLASS, List.of("java.io.IOException", "com.example.PaymentException"),
            Form.METHOD, List.of("GET", "POST"),
            Form.HEADER_VALUE, List.of("application/json"),
            Form.HOST, List.of("api.cal.com", "*.retellai.com"),
            Form.PATH, List.of("/v1/bookings", "/v1/availability/**", "/v1/users/{id}"),
            Form.JDBC_URL, List.of("jdbc:postgresql://*/booking*", "jdbc:mysql://*"),
            Form.CONNECT_URL, List.of("jdbc:postgresql://db/booking"),
            Form.HTTP_URL, List.of("https://api.example.com/health"),
            Form.REDIS_TARGET, List.of("default", "redis://cache:6379"),
            Form.ADDRESS, List.of("127.0.0.1", "0.0.0.0"));

    private static final Map<String, String> MEANINGS = Map.ofEntries(
            Map.entry("both", "Opens when the failure threshold and the failure rate are both reached."),
            Map.entry("either", "Opens when one of the two is reached."),
            Map.entry("enforce", "Decides, counts and rejects."),
            Map.entry("monitor", "Decides, counts and shows what it would reject; lets every call through."),
            Map.entry("disabled", "Neither counts nor rejects."),
            Map.entry("forced_open", "Rejects every call until the mode changes."),
            Map.entry("forced_closed", "Lets every call through until the mode changes."),
            Map.entry("rejected", "The circuit, or the bound of calls in flight, let it not through."),
            Map.entry("failed", "The call was made and failed."),
            Map.entry("no_response", "The call failed without any response."),
            Map.entry("call", "Calls are made all the same."),
            Map.entry("fallback", "Calls go to the fallback chain."),
            Map.entry("host", "Each matched host, or JDBC server, has a breaker of its own."),
            Map.entry("observe", "Failed probes are shown and open nothing."),
            Map.entry("open", "Two failures in a row that no other instance contradicts hold the circuit open."),
            Map.entry("basic", "Available as far as its circuit lets calls through."),
            Map.entry("advanced", "Switched off while its circuit is not CLOSED."),
            Map.entry("grpc", "OTLP over gRPC, at port 4317 by convention."),
            Map.entry("http/protobuf", "OTLP over HTTP, at port 4318 by convention."),
            Map.entry("json", "An object of our own."),
            Map.entry("slack", "What Slack's incoming webhooks take."),
            Map.entry("alertmanager", "What Prometheus' Alertmanager takes."),
            Map.entry("alerts", "Alerts raised, repeated and over."),
            Map.entry("reviews", "Calls that come to need a person."),
            Map.entry("http", "Without TLS."),
            Map.entry("https", "With TLS."),
            Map.entry("ws", "WebSocket without TLS."),
            Map.entry("wss", "WebSocket with TLS."),
            Map.entry("stale_cache", "The last good answer, while it is not too old."),
            Map.entry("queue", "Kept durably and made later; answered 202 now."),
            Map.entry("manual_review", "Flagged for a person; answered 202 now."),
            Map.entry("respond", "A declared answer."),
            Map.entry("failover", "The same call to another region."));

    private SchemaWords() {}

    /** Empty where none would help. */
    static List<String> examples(Type type) {
        if (type instanceof Type.Length) {
            return List.of("500ms", "30s", "5m");
        } else if (type instanceof Type.Text text) {
            return TEXTS.getOrDefault(text.form(), List.of());
        } else if (type instanceof Type.Status) {
            return List.of("500-599", "429");
        } else if (type instanceof Type.ListOf list) {
            return list.single() ? examples(list.item()) : List.of();
        }
        return List.of();
    }

    /** Of a word of a choice, or of a fallback's name. */
    static String meaning(String word) {
        String meaning = MEANINGS.get(word);
        if (meaning == null) {
            throw new IllegalStateException("nobody says what `" + word + "` means");
        }
        return meaning;
    }
}
