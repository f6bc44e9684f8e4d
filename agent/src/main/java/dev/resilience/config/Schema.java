package dev.resilience.config;

import dev.resilience.config.Type.Form;
import dev.resilience.config.Type.Key;
import dev.resilience.config.Type.Section;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The one declaration of all keys: their types, defaults and documentation. Validation, defaults, suggestions and the JSON
 * Schema are made from it.
 */
final class Schema {

    private static final Type SHARE = new Type.Share();
    private static final Type LENGTH = new Type.Length();
    private static final Type FLAG = new Type.Flag();
    private static final Type COUNT = new Type.Whole(1, 1_000_000);
    private static final Type STATUSES = new Type.ListOf(new Type.Status(), true, 0);
    private static final Type CLASSES = new Type.ListOf(text(Form.CLASS), true, 0);

    static final Section BREAKER = section(
            "breaker",
            key(
                    "failure_threshold",
                    COUNT,
                    5,
                    "Failures in the window, and the least number of calls before the rate matters."),
            key("failure_rate", SHARE, 0.5, "Share of failed calls in the window."),
            key(
                    "open_when",
                    choice("both", "either"),
                    "both",
                    "Whether the threshold and the rate must both be reached."),
            key("window", LENGTH, Duration.ofSeconds(60), "How far back calls are counted."),
            key("timeout", LENGTH, Duration.ofSeconds(60), "OPEN lasts this long, then HALF_OPEN."),
            key(
                    "half_open_quota",
                    COUNT,
                    3,
                    "Trial calls at a time for the whole fleet; a permit comes back after its trial."),
            key(
                    "success_threshold",
                    COUNT,
                    2,
                    "Trial successes that close it; may exceed the quota, as permits come back."),
            key("half_open_timeout", LENGTH, Duration.ofSeconds(300), "No verdict by then: OPEN again."),
            key(
                    "minimum_calls",
                    COUNT,
                    null,
                    "No verdict on a rate before so many calls in the window; default: failure_threshold."),
            key(
                    "slow_calls",
                    section(
                            "slow_calls",
                            required("longer_than", LENGTH, "A call that takes longer is slow."),
                            key("rate", SHARE, 0.8, "Share of slow calls in the window that opens.")),
                    null,
                    "Slow calls open the circuit too; slow is not failed."),
            key("min_instances", COUNT, 1, "So many instances must have seen failures before the fleet opens."),
            key(
                    "timeout_growth",
                    new Type.Factor(1, 100),
                    1.0,
                    "Factor on the next OPEN time after each failed recovery."),
            key("max_timeout", LENGTH, Duration.ofMinutes(10), "Bound of a grown OPEN time."),
            key("ramp_up", LENGTH, null, "After closing, the share let through rises over this time."));

    private static final Section IGNORED = section(
            "ignore",
            key("status", STATUSES, List.of(), "Statuses that are neither success nor failure."),
            key("exceptions", CLASSES, List.of(), "Exceptions that are neither success nor failure."));

    static final Section FAILURES = section(
            "failures",
            key("status", STATUSES, List.of(new EndpointConfig.StatusRange(500, 599)), "Statuses that are failures."),
            key(
                    "exceptions",
                    CLASSES,
                    List.of("java.io.IOException", "java.util.concurrent.TimeoutException", "java.sql.SQLException"),
                    "Exceptions that are failures, with their subclasses."),
            key("ignore", IGNORED, null, "Neither success nor failure; wins over the lists above."));

    static final Section SLO = section(
            "slo",
            key("availability", new Type.Percent(), 99.9, "Percent of successful calls."),
            key("latency_p99", LENGTH, Duration.ofMillis(1000), "99 % of calls are faster."),
            key("recovery_time", LENGTH, Duration.ofSeconds(300), "Longest time from OPEN to CLOSED."));

    private static final Section RETRY = section(
            "retry",
            key("attempts", new Type.Whole(1, 100), 3, "Attempts, the first one included."),
            key(
                    "backoff",
                    LENGTH,
                    Duration.ofMillis(100),
                    "Wait before the second attempt, doubled each time, with full jitter."),
            key("max_backoff", LENGTH, Duration.ofSeconds(2), "Longest wait."));

    private static final Section ROWS = section(
            "rows",
            required("columns", new Type.ListOf(text(Form.FILLED), false, 1), "Names of the columns."),
            required(
                    "values",
                    new Type.ListOf(new Type.ListOf(new Type.Cells(), false, 0), false, 0),
                    "One list a row."));

    static final Section STALE_CACHE =
            section("stale_cache", key("ttl", LENGTH, null, "Oldest answer served; default: cache_ttl."));

    static final String REJECTED = "rejected";
    static final String NO_RESPONSE = "no_response";

    static final Section CASE = section(
            "case",
            required(
                    "when",
                    new Type.ListOf(new Type.Reason(List.of(REJECTED, NO_RESPONSE)), true, 1),
                    "What became of the call: rejected, no_response, or the status of its failed response."),
            key("status", new Type.Whole(200, 599), null, "Status of the answer; default: as outside the case."),
            key("headers", new Type.MapOf(Form.HEADER, text(Form.HEADER_VALUE)), null, "More headers, or others."),
            key("body", text(Form.FREE), null, "Body of the answer; default: as outside the case."),
            key("body_file", text(Form.FILLED), null, "File that holds the body."));

    static final Section RESPOND = section(
            "respond",
            key("status", new Type.Whole(200, 599), 503, "Status of the answer."),
            key("headers", new Type.MapOf(Form.HEADER, text(Form.HEADER_VALUE)), null, "Headers of the answer."),
            key(
                    "body",
                    text(Form.FREE),
                    null,
                    "Body of the answer; default: a JSON error with the degradation message."),
            key(
                    "body_file",
                    text(Form.FILLED),
                    null,
                    "File that holds the body: UTF-8, at most 1 MB, relative to this file, read again when it changes."),
            key("cases", new Type.ListOf(CASE, false, 0), null, "Other answers for some calls; the first that fits."),
            key("rows", ROWS, null, "For JDBC: the rows answered."));

    static final Section QUEUE = section(
            "queue",
            key("max_attempts", COUNT, 8, "Attempts before manual review."),
            key(
                    "repeatable",
                    FLAG,
                    false,
                    "Whether a call with another method than GET, HEAD, PUT or DELETE is safe to repeat. Such calls are sent"
                            + " with an Idempotency-Key from the first time on."),
            key(
                    "ordered_by",
                    text(Form.FILLED),
                    null,
                    "Calls for which this template gives the same text are made in order, for example `{path}`."),
            key(
                    "backoff",
                    LENGTH,
                    Duration.ofSeconds(1),
                    "Wait after the first attempt, doubled each time, with jitter."),
            key("max_backoff", LENGTH, Duration.ofMinutes(5), "Longest wait between attempts."),
            key(
                    "expires",
                    LENGTH,
                    Duration.ofHours(24),
                    "A call older than this is not made but goes to manual review."),
            key(
                    "max_entries",
                    COUNT,
                    10_000,
                    "Calls of the service that may wait; when full the next fallback is asked."),
            key("keep_credentials", FLAG, false, "Whether headers that say who asks are kept and sent again."),
            key("update_count", new Type.Whole(0, 1_000_000), 1, "For JDBC: the update count answered."));

    static final Section MANUAL_REVIEW = section(
            "manual_review",
            key(
                    "keep_credentials",
                    FLAG,
                    false,
                    "Whether headers that say who asks are kept, for when it is requeued. A statement is flagged and"
                            + " fails all the same."));

    static final Section FAILOVER = section(
            "failover", required("url", new Type.ListOf(text(Form.HTTP_URL), true, 1), "Other regions, in order."));

    static final Type.Links FALLBACKS = links(STALE_CACHE, QUEUE, MANUAL_REVIEW, RESPOND, FAILOVER);

    static final Section HTTP = section(
            "http",
            key("method", new Type.ListOf(text(Form.METHOD), true, 1), null, "One method or a list; default: any."),
            key("scheme", choice("http", "https", "ws", "wss"), null, "Default: any."),
            key("host", text(Form.HOST), null, "Host, with `*` for any characters; default: any."),
            key(
                    "port",
                    new Type.Whole(1, 65_535),
                    null,
                    "Port, that of the scheme where the call names none; default: any."),
            key(
                    "path",
                    text(Form.PATH),
                    null,
                    "Path: `*` one segment, `**` any rest, `{name}` one segment; default: any."));

    static final Section JDBC = section(
            "jdbc",
            required("url", text(Form.JDBC_URL), "JDBC address, with `*` for any characters."),
            key(
                    "sql",
                    text(Form.FILLED),
                    null,
                    "Statement, with `*` for any characters; case and white space do not matter."));

    static final Section ENDPOINT = section(
            "endpoint",
            required("name", text(Form.NAME), "Name of the operation, unique in its service."),
            key("http", HTTP, null, "The HTTP calls that belong to it."),
            key("jdbc", JDBC, null, "The statements that belong to it."),
            key("critical", FLAG, false, "Whether people must know of what could not be done."),
            key(
                    "feature",
                    choice("basic", "advanced"),
                    "basic",
                    "Advanced features are off while their circuit is not CLOSED."),
            key("fallback", new Type.ListOf(FALLBACKS, true, 0), List.of(), "What answers in its place, in order."),
            key("failures", FAILURES, null, "What counts as a failure."),
            key(
                    "deadline",
                    LENGTH,
                    null,
                    "A call that takes longer is ended by the client's own means and counts as a failure; JDBC counts whole seconds."),
            key("retry", RETRY, null, "Repeats HTTP calls that are safe to repeat."),
            key("degradation_message", text(Form.FILLED), null, "What people read while it is down."));

    static final Section PROBE = section(
            "probe",
            key("http", text(Form.HTTP_URL), null, "Address to ask; answers below 400 are up."),
            key("sql", text(Form.FILLED), null, "Query to run on a connection of its own."),
            key("redis", text(Form.REDIS_TARGET), null, "Redis to PING: `default` for the agent's own, or an address."),
            key("interval", LENGTH, Duration.ofSeconds(30), "Time between probes."),
            key("timeout", LENGTH, Duration.ofSeconds(5), "No answer by then: down."),
            key(
                    "url",
                    text(Form.CONNECT_URL),
                    null,
                    "For sql: address; default: the application's last matching connection."),
            key("user", text(Form.FILLED), null, "For sql: database user."),
            key("password", new Type.Text(Form.FREE, true), null, "For sql: password."),
            key("method", text(Form.METHOD), "GET", "For http: method."),
            key("headers", new Type.MapOf(Form.HEADER, text(Form.HEADER_VALUE)), null, "For http: headers sent along."),
            key(
                    "status",
                    STATUSES,
                    List.of(new EndpointConfig.StatusRange(100, 399)),
                    "For http: statuses of an answer that is up."),
            key(
                    "body",
                    text(Form.FILLED),
                    null,
                    "For http: regular expression that an answer must hold in its first 64 kB."),
            key("trial", FLAG, false, "Whether a verdict counts as a trial call in HALF_OPEN."),
            key(
                    "on_failure",
                    choice("observe", "open"),
                    "observe",
                    "Whether two failures in a row that no other instance contradicts hold the circuit open."));

    static final Section DEFAULTS = Section.of("defaults", inherited());

    static final Section SERVICE = Section.of("service", serviceKeys());

    static final Section REDIS = section(
            "redis",
            key("url", text(Form.REDIS_URL), null, "Address of the Redis that the fleet shares."),
            key("nodes", new Type.ListOf(text(Form.REDIS_NODE), true, 1), null, "Seeds of a Redis Cluster."),
            key("key_prefix", text(Form.PREFIX), "circuit_breaker", "What all keys begin with."),
            key(
                    "wait_replicas",
                    new Type.Whole(0, 10),
                    0,
                    "How many replicas must have a queued call or a review before the application is answered. They are"
                            + " waited for half a second at most; until they have it, this instance's disk keeps it."));

    static final Section ADMIN = section(
            "admin",
            key("enabled", FLAG, true, "Whether there is an admin port."),
            key("bind", text(Form.ADDRESS), "127.0.0.1", "Address to listen on; loopback only unless a token is set."),
            key("port", new Type.Whole(0, 65_535), 9797, "0 for any free one."),
            key("token", new Type.Text(Form.FILLED, true), null, "Bearer token that every request must carry."),
            key("read_token", new Type.Text(Form.FILLED, true), null, "Another one, for what changes nothing."));

    private static final Type PROTOCOL = choice("grpc", "http/protobuf");
    private static final String PROTOCOL_HELP = "How it is spoken to; default: grpc at port 4317, else http/protobuf.";

    static final Section TELEMETRY = section(
            "telemetry",
            key(
                    "traces",
                    section(
                            "traces",
                            key("otlp", text(Form.HTTP_URL), null, "Base address of an OTLP collector."),
                            key("protocol", PROTOCOL, null, PROTOCOL_HELP),
                            key(
                                    "sample",
                                    SHARE,
                                    1.0,
                                    "Share of the traces begun here that are told; a trace that the application began goes by its decision.")),
                    null,
                    "Spans of protected calls."),
            key(
                    "metrics",
                    section(
                            "metrics",
                            key("prometheus", FLAG, true, "Whether /metrics is served."),
                            key(
                                    "otlp",
                                    text(Form.HTTP_URL),
                                    null,
                                    "Base address of an OTLP collector that is sent the same figures."),
                            key("protocol", PROTOCOL, null, PROTOCOL_HELP),
                            key(
                                    "interval",
                                    LENGTH,
                                    AgentConfig.Telemetry.METRICS_INTERVAL,
                                    "How often they are sent there, every second at most.")),
                    null,
                    "Metrics."));

    static final Section WEBHOOK = section(
            "webhook",
            required("url", new Type.Text(Form.HTTP_URL, true), "Where alerts are posted."),
            key(
                    "format",
                    choice("json", "slack", "alertmanager"),
                    "json",
                    "What the receiver understands: an object of our own, Slack's, or Alertmanager's list of alerts."),
            key(
                    "secret",
                    new Type.Text(Form.FILLED, true),
                    null,
                    "Signs bodies: X-Resilience-Signature is sha256= and the HMAC of X-Resilience-Timestamp, a dot and the body."),
            key("headers", new Type.MapOf(Form.HEADER, text(Form.HEADER_VALUE)), null, "Headers sent along."),
            key(
                    "events",
                    new Type.ListOf(choice("alerts", "reviews"), true, 1),
                    List.of("alerts", "reviews"),
                    "What it hears of: alerts, and calls that come to need a person (gathered, one post in 10 s)."));

    static final Section ALERTS = section(
            "alerts",
            key("webhook", new Type.ListOf(WEBHOOK, true, 1), List.of(), "Where alerts are posted: one, or a list."),
            key(
                    "service_down_after",
                    LENGTH,
                    Duration.ofMinutes(2),
                    "How long a circuit may be away from CLOSED before service_down is raised."),
            key(
                    "high_latency",
                    LENGTH,
                    Duration.ofSeconds(1),
                    "p99 over five minutes at which high_latency is raised."),
            key("repeat", LENGTH, Duration.ofHours(4), "How long an alert goes on before it is told again."));

    static final Section ROOT = section(
            "root",
            key("application", text(Form.FILLED), null, "Name of the application, the same in all its instances."),
            key("instance", text(Form.FILLED), null, "Name of this JVM, unique in the fleet."),
            key("state_dir", text(Form.FILLED), null, "What outlives the JVM while Redis is absent or away."),
            key("redis", REDIS, null, "The store that the fleet shares; absent: state stays inside this JVM."),
            key("defaults", DEFAULTS, null, "Each service inherits these."),
            key("services", new Type.MapOf(Form.NAME, SERVICE), null, "Dependencies by name."),
            key("alerts", ALERTS, null, "Where alerts go."),
            key("admin", ADMIN, null, "The admin port."),
            key("telemetry", TELEMETRY, null, "Traces and metrics."));

    private Schema() {}

    private static List<Key> inherited() {
        List<Key> keys = new ArrayList<>();
        keys.add(key("breaker", BREAKER, null, "The circuit breaker."));
        keys.add(key(
                "max_concurrent",
                COUNT,
                null,
                "Calls in flight per instance; what is over is rejected; default: no bound."));
        keys.add(key(
                "mode",
                choice("enforce", "monitor", "disabled", "forced_open", "forced_closed"),
                "enforce",
                "How the breaker is used."));
        keys.add(key("failures", FAILURES, null, "What counts as a failure."));
        keys.add(
                key(
                        "deadline",
                        LENGTH,
                        null,
                        "A call that takes longer is ended by the client's own means and counts as a failure; JDBC counts whole seconds."));
        keys.add(key("retry", RETRY, null, "Repeats HTTP calls that are safe to repeat."));
        keys.add(key(
                "fallback_on",
                new Type.ListOf(choice("rejected", "failed"), true, 1),
                List.of("rejected", "failed"),
                "Which outcomes go to the fallback chain."));
        keys.add(key("cache_ttl", LENGTH, Duration.ofSeconds(300), "Oldest answer that stale_cache serves."));
        keys.add(key(
                "degradation_message",
                text(Form.FILLED),
                "System experiencing issues. We are working to restore service.",
                "What people read while it is down."));
        keys.add(key("slo", SLO, null, "Service level objectives."));
        return keys;
    }

    private static List<Key> serviceKeys() {
        List<Key> keys = inherited();
        keys.add(key("probe", PROBE, null, "A check in the background: one of http, sql or redis."));
        keys.add(key(
                "depends_on",
                new Type.ListOf(text(Form.NAME), true, 0),
                List.of(),
                "Services it cannot work without."));
        keys.add(key(
                "on_dependency_open",
                choice("call", "fallback"),
                "call",
                "What happens to calls while a dependency is OPEN."));
        keys.add(key("per", choice("host"), null, "Whether each host has a breaker of its own."));
        keys.add(key(
                "endpoints",
                new Type.ListOf(ENDPOINT, false, 0),
                List.of(),
                "Operations: rules that match calls; the first match wins."));
        return keys;
    }

    private static Section section(String name, Key... keys) {
        return Section.of(name, List.of(keys));
    }

    private static Key key(String name, Type type, @Nullable Object fallback, String about) {
        return new Key(name, type, fallback, false, about);
    }

    private static Key required(String name, Type type, String about) {
        return new Key(name, type, null, true, about);
    }

    private static Type text(Form form) {
        return new Type.Text(form, false);
    }

    private static Type choice(String... values) {
        return new Type.Choice(List.of(values));
    }

    private static Type.Links links(Section... links) {
        Map<String, Section> byName = new LinkedHashMap<>();
        for (Section link : links) {
            byName.put(link.name(), link);
        }
        return new Type.Links(byName);
    }
}
