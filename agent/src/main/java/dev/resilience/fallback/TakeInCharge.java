package dev.resilience.fallback;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Turns a call that could not be made into one that is kept. Thread-safe.
 *
 * @param kept what becomes of them, as a caller is told of one that it does not become of
 * @param critical whether people are to see to its calls first
 * @param epochMillis Unix milliseconds
 */
record TakeInCharge(
        String service,
        String endpoint,
        String kept,
        boolean keepCredentials,
        boolean critical,
        LongSupplier epochMillis) {

    /** Headers that the client makes anew, or that are about one exchange only. */
    private static final List<String> NOT_KEPT =
            List.of("content-length", "expect", "host", "traceparent", "tracestate");

    private static final int MOST_HEADERS = 200;

    /**
     * @param reason why a person should look at it; null when it is to be made
     * @return null when the call cannot be told whole
     */
    @Nullable
    QueuedCall take(
            Request request,
            Trouble trouble,
            QueuedCall.Terms terms,
            @Nullable String order,
            long expiresMillis,
            @Nullable String reason) {
        QueuedCall.Call call = call(request);
        return call == null ? null : take(request, trouble, call, terms, order, expiresMillis, reason);
    }

    /** As the other. @param call the request's, told whole */
    QueuedCall take(
            Request request,
            Trouble trouble,
            QueuedCall.Call call,
            QueuedCall.Terms terms,
            @Nullable String order,
            long expiresMillis,
            @Nullable String reason) {
        long now = epochMillis.getAsLong();
        String id = QueuedCall.newId(service, now);
        QueuedCall taken = new QueuedCall(
                id,
                service,
                endpoint,
                call,
                terms,
                order,
                now,
                now + expiresMillis,
                idempotencyKey(request, id),
                cause(request, trouble),
                reason,
                0,
                List.of());
        return critical ? taken.asCritical() : taken;
    }

    /** What would have to be made later; null when it cannot be told whole. */
    QueuedCall.@Nullable Call call(Request request) {
        if (request instanceof Request.Http http) {
            byte[] body = http.body();
            URI uri = http.uri();
            return body == null || uri.getScheme() == null
                    ? null
                    : new QueuedCall.Http(http.method(), uri, headers(http), body);
        }
        if (request instanceof Request.Jdbc jdbc) {
            List<@Nullable Object> parameters = jdbc.parameters();
            String obstacle = obstacle(jdbc, parameters);
            if (parameters != null && obstacle == null) {
                return new QueuedCall.Jdbc(jdbc.url(), jdbc.user(), jdbc.schema(), jdbc.sql(), parameters);
            }
            refuse(jdbc, String.valueOf(obstacle));
        }
        return null;
    }

    void refuse(Request.Jdbc statement, String why) {
        statement.notTaken("cannot be " + kept + ": " + why);
    }

    /** Why the statement cannot be run by itself later, null when it can. */
    private static @Nullable String obstacle(Request.Jdbc jdbc, @Nullable List<@Nullable Object> parameters) {
        if (jdbc.query()) {
            return "it asks for rows";
        }
        if (!jdbc.autoCommit()) {
            return "it is part of a transaction or a batch";
        }
        if (jdbc.schema() != null) {
            // What the application set on its session cannot be set again from here.
            return "its connection has settings of its own";
        }
        return parameters == null || !storable(parameters) ? "its parameters cannot all be kept" : null;
    }

    private List<Answer.Header> headers(Request.Http request) {
        List<Answer.Header> all = request.headers();
        List<String> connection = Headers.values(all, "Connection");
        List<Answer.Header> kept = new ArrayList<>();
        for (Answer.Header header : all) {
            boolean secret = Headers.secret(header.name()) && !keepCredentials;
            boolean dropped = secret
                    || NOT_KEPT.stream().anyMatch(header.name()::equalsIgnoreCase)
                    || header.name().equalsIgnoreCase(IdempotencyKey.HEADER)
                    || Headers.hopByHop(header.name(), connection)
                    || kept.size() == MOST_HEADERS;
            if (!dropped) {
                kept.add(header);
            }
        }
        return List.copyOf(kept);
    }

    private static boolean storable(List<@Nullable Object> parameters) {
        ByteWriter scratch = new ByteWriter(64);
        for (Object parameter : parameters) {
            if (!SqlValues.write(scratch, parameter)) {
                return false;
            }
        }
        return scratch.size() <= Request.Http.MAX_BODY;
    }

    /** The application's own, when it has one: the dependency may have seen it already. */
    private static String idempotencyKey(Request request, String id) {
        List<String> given = request instanceof Request.Http http ? http.header(IdempotencyKey.HEADER) : List.of();
        return given.isEmpty() ? IdempotencyKey.of(id) : given.get(0);
    }

    /** The span of the call, or, where none tells of it, the one that the application says it belongs to. */
    private static @Nullable String cause(Request request, Trouble trouble) {
        if (trouble.trace() != null) {
            return trouble.trace();
        }
        List<String> given = request instanceof Request.Http http ? http.header("traceparent") : List.of();
        return given.isEmpty() ? null : given.get(0);
    }
}
