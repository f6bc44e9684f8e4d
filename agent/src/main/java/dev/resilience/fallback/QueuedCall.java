package dev.resilience.fallback;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A call that was taken in charge: to be made later, or to be looked at by a person. Immutable.
 *
 * @param id unique; ids of one service sort by the time of acceptance
 * @param order calls of a service with the same text are made one after the other; null for none
 * @param acceptedAt Unix milliseconds, as {@code expiresAt}
 * @param idempotencyKey sent with every attempt, always the same
 * @param cause {@code traceparent} of the call that it stands for, or null
 * @param reason why a person should look at it; null while it is to be made
 * @param attempts made so far
 * @param history the last attempts and what people did, oldest first
 * @param more what follows all that, as Latin-1: nothing, or an octet of flags (1: {@link #critical}) and what a later version
 *     of this jar wrote behind it, which is kept as it is for that version to read
 */
public record QueuedCall(
        String id,
        String service,
        String endpoint,
        Call call,
        Terms terms,
        @Nullable String order,
        long acceptedAt,
        long expiresAt,
        String idempotencyKey,
        @Nullable String cause,
        @Nullable String reason,
        int attempts,
        List<Event> history,
        String more) {

    private static final int MAGIC = 0xCD;

    /**
     * Bytes of a higher version are another jar's to read: they are left where they are. A version that only has more to say
     * says it behind the rest, and leaves the number as it is.
     */
    private static final int VERSION = 1;

    private static final int CRITICAL = 1;
    private static final int HTTP = 1;
    private static final int JDBC = 2;
    private static final int MOST_HISTORY = 50;
    private static final int MOST_NOTE = 500;
    private static final int MOST_HEADERS = 256;
    private static final int MOST_PARAMETERS = 65_536;

    /** So many calls of one millisecond are told apart in their order; later ones are put into the next. */
    private static final long IN_A_MILLI = 36 * 36 * 36;

    /** No clock of a fleet is so far ahead of another. */
    private static final long MOST_AHEAD_MILLIS = 24L * 60 * 60 * 1_000;

    /** The last id's millisecond and number in it. */
    private static final AtomicLong LAST = new AtomicLong();

    /** One of this version. */
    public QueuedCall(
            String id,
            String service,
            String endpoint,
            Call call,
            Terms terms,
            @Nullable String order,
            long acceptedAt,
            long expiresAt,
            String idempotencyKey,
            @Nullable String cause,
            @Nullable String reason,
            int attempts,
            List<Event> history) {
        this(
                id,
                service,
                endpoint,
                call,
                terms,
                order,
                acceptedAt,
                expiresAt,
                idempotencyKey,
                cause,
                reason,
                attempts,
                history,
                "");
    }

    /** The same call, of an operation that people are to see to first. */
    QueuedCall asCritical() {
        char flags = more.isEmpty() ? 0 : more.charAt(0);
        String rest = more.isEmpty() ? "" : more.substring(1);
        return new QueuedCall(
                id,
                service,
                endpoint,
                call,
                terms,
                order,
                acceptedAt,
                expiresAt,
                idempotencyKey,
                cause,
                reason,
                attempts,
                history,
                (char) (flags | CRITICAL) + rest);
    }

    /** Whether its rule called it critical when it was accepted. */
    public boolean critical() {
        return !more.isEmpty() && (more.charAt(0) & CRITICAL) != 0;
    }

    /** What is to be done. */
    public sealed interface Call {}

    /** @param uri with whatever it needs to be called again, secrets included: only to be shown by {@link CallView} */
    public record Http(String method, URI uri, List<Answer.Header> headers, byte[] body) implements Call {}

    public record Jdbc(
            String url, @Nullable String user, @Nullable String schema, String sql, List<@Nullable Object> parameters)
            implements Call {}

    /** How it is to be made, as the rule said when it was accepted. Times in milliseconds. */
    public record Terms(int maxAttempts, long backoffMillis, long maxBackoffMillis) {}

    /** Something that befell it. @param who an instance, or the person who acted */
    public record Event(long atMillis, String who, String what) {}

    /** A name for a call accepted now; it sorts behind those that this JVM gave before. */
    public static String newId(String service, long nowMillis) {
        long moment = LAST.updateAndGet(before -> Math.max(before + 1, nowMillis * IN_A_MILLI));
        String unique = Long.toString(ThreadLocalRandom.current().nextLong() >>> 4, 36);
        return service + "." + padded(moment / IN_A_MILLI, 9) + "-" + padded(moment % IN_A_MILLI, 3) + unique;
    }

    /**
     * Names that this JVM gives from now on sort behind this one. One that is of no time at all, or of one that no clock
     * shows, changes nothing.
     */
    public static void nextAfter(String id, long nowMillis) {
        String moment = id.substring(id.lastIndexOf('.') + 1);
        if (moment.length() < 13 || moment.charAt(9) != '-') {
            return;
        }
        try {
            long millis = Long.parseLong(moment.substring(0, 9), 36);
            long inIt = Long.parseLong(moment.substring(10, 13), 36);
            if (millis >= 0 && inIt >= 0 && millis <= nowMillis + MOST_AHEAD_MILLIS) {
                LAST.accumulateAndGet(millis * IN_A_MILLI + inIt, Math::max);
            }
        } catch (NumberFormatException noName) {
            // Somebody else's.
        }
    }

    private static String padded(long number, int width) {
        String digits = Long.toString(number, 36);
        return "0".repeat(Math.max(0, width - digits.length())) + digits;
    }

    /** The service that a call of this name belongs to. */
    public static String serviceOf(String id) {
        int dot = id.lastIndexOf('.');
        return dot < 0 ? id : id.substring(0, dot);
    }

    public QueuedCall attempted(long atMillis, String instance, String result) {
        return with(reason, attempts + 1, new Event(atMillis, instance, result));
    }

    /** Something to know about it. */
    public QueuedCall noted(long atMillis, String who, String what) {
        return with(reason, attempts, new Event(atMillis, who, what));
    }

    /** Handed to a person. */
    public QueuedCall flagged(long atMillis, String who, String why) {
        return with(why, attempts, new Event(atMillis, who, "to review: " + why));
    }

    /** Back to be made, with all its attempts before it again. */
    public QueuedCall requeued(long atMillis, String who, long newExpiry) {
        QueuedCall back = with(null, 0, new Event(atMillis, who, "requeued"));
        return new QueuedCall(
                id,
                service,
                endpoint,
                call,
                terms,
                order,
                acceptedAt,
                newExpiry,
                idempotencyKey,
                cause,
                null,
                0,
                back.history,
                more);
    }

    private QueuedCall with(@Nullable String newReason, int newAttempts, Event event) {
        List<Event> longer = new ArrayList<>(history);
        String what = event.what();
        String note = what.length() <= MOST_NOTE ? what : what.substring(0, MOST_NOTE) + "...";
        longer.add(new Event(event.atMillis(), event.who(), note));
        List<Event> kept =
                longer.size() <= MOST_HISTORY ? longer : longer.subList(longer.size() - MOST_HISTORY, longer.size());
        return new QueuedCall(
                id,
                service,
                endpoint,
                call,
                terms,
                order,
                acceptedAt,
                expiresAt,
                idempotencyKey,
                cause,
                newReason,
                newAttempts,
                List.copyOf(kept),
                more);
    }

    public byte[] toBytes() {
        ByteWriter to = new ByteWriter(512);
        to.octet(MAGIC);
        to.octet(VERSION);
        to.text(id);
        to.text(service);
        to.text(endpoint);
        to.number(terms.maxAttempts());
        to.number(terms.backoffMillis());
        to.number(terms.maxBackoffMillis());
        optional(to, order);
        to.number(acceptedAt);
        to.number(expiresAt);
        to.text(idempotencyKey);
        optional(to, cause);
        optional(to, reason);
        to.number(attempts);
        to.number(history.size());
        for (Event event : history) {
            to.number(event.atMillis());
            to.text(event.who());
            to.text(event.what());
        }
        if (call instanceof Http http) {
            to.octet(HTTP);
            to.text(http.method());
            to.text(http.uri().toString());
            to.number(http.headers().size());
            for (Answer.Header header : http.headers()) {
                to.text(header.name());
                to.text(header.value());
            }
            to.blob(http.body());
        } else if (call instanceof Jdbc jdbc) {
            to.octet(JDBC);
            to.text(jdbc.url());
            optional(to, jdbc.user());
            optional(to, jdbc.schema());
            to.text(jdbc.sql());
            to.number(jdbc.parameters().size());
            for (Object parameter : jdbc.parameters()) {
                if (!SqlValues.write(to, parameter)) {
                    throw new IllegalArgumentException("a parameter that cannot be kept");
                }
            }
        }
        byte[] rest = more.getBytes(StandardCharsets.ISO_8859_1);
        to.raw(rest, 0, rest.length);
        return to.toBytes();
    }

    /** @return null when the bytes are none of ours: damaged, or of a later version */
    public static @Nullable QueuedCall read(byte[] bytes) {
        try {
            ByteReader from = new ByteReader(bytes);
            return from.octet() == MAGIC && from.octet() == VERSION ? read(from) : null;
        } catch (RuntimeException malformed) {
            return null;
        }
    }

    private static QueuedCall read(ByteReader from) {
        String id = from.text();
        String service = from.text();
        String endpoint = from.text();
        Terms terms = new Terms(from.count(Integer.MAX_VALUE), from.number(), from.number());
        String order = optional(from);
        long acceptedAt = from.number();
        long expiresAt = from.number();
        String idempotencyKey = from.text();
        String cause = optional(from);
        String reason = optional(from);
        int attempts = from.count(Integer.MAX_VALUE);
        int events = from.count(MOST_HISTORY);
        List<Event> history = new ArrayList<>(events);
        for (int i = 0; i < events; i++) {
            history.add(new Event(from.number(), from.text(), from.text()));
        }
        Call call = from.octet() == HTTP ? readHttp(from) : readJdbc(from);
        return new QueuedCall(
                id,
                service,
                endpoint,
                call,
                terms,
                order,
                acceptedAt,
                expiresAt,
                idempotencyKey,
                cause,
                reason,
                attempts,
                List.copyOf(history),
                new String(from.rest(), StandardCharsets.ISO_8859_1));
    }

    private static Http readHttp(ByteReader from) {
        String method = from.text();
        URI uri = URI.create(from.text());
        int size = from.count(MOST_HEADERS);
        List<Answer.Header> headers = new ArrayList<>(size);
        for (int i = 0; i < size; i++) {
            headers.add(new Answer.Header(from.text(), from.text()));
        }
        return new Http(method, uri, List.copyOf(headers), from.blob());
    }

    private static Jdbc readJdbc(ByteReader from) {
        String url = from.text();
        String user = optional(from);
        String schema = optional(from);
        String sql = from.text();
        int size = from.count(MOST_PARAMETERS);
        List<@Nullable Object> parameters = new ArrayList<>(Math.min(size, 64));
        for (int i = 0; i < size; i++) {
            parameters.add(SqlValues.read(from));
        }
        return new Jdbc(url, user, schema, sql, parameters);
    }

    private static void optional(ByteWriter to, @Nullable String value) {
        to.octet(value == null ? 0 : 1);
        if (value != null) {
            to.text(value);
        }
    }

    private static @Nullable String optional(ByteReader from) {
        return from.octet() == 0 ? null : from.text();
    }

    /** Says nothing of the call itself, which may hold secrets. */
    @Override
    public String toString() {
        return "QueuedCall[" + id + "]";
    }
}
