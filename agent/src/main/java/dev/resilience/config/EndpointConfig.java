package dev.resilience.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One operation of a service: what it matches and what answers in its place. Immutable. */
public record EndpointConfig(
        String name,
        Match match,
        boolean critical,
        boolean advanced,
        Failures failures,
        @Nullable Duration deadline,
        @Nullable Retry retry,
        String degradationMessage,
        List<Fallback> fallback) {

    /** Whether good answers are kept, to be given when there are none. */
    public boolean keepsAnswers() {
        for (Fallback step : fallback) {
            if (step instanceof Fallback.StaleCache) {
                return true;
            }
        }
        return false;
    }

    /** Which calls belong to the endpoint. Globs as written; the {@code rule} room compiles them. */
    public sealed interface Match {

        /**
         * @param methods upper case; empty for any
         * @param scheme lower case; null for any
         * @param host glob; null for any
         * @param port null for any
         * @param path pattern with {@code *}, {@code **} and {@code {name}}; null for any
         */
        record Http(
                Set<String> methods,
                @Nullable String scheme,
                @Nullable String host,
                @Nullable Integer port,
                @Nullable String path)
                implements Match {}

        /** @param sql glob, null for any statement */
        record Jdbc(String url, @Nullable String sql) implements Match {}
    }

    /** What counts as a failure, and what counts as nothing at all. */
    public record Failures(
            List<StatusRange> status,
            List<String> exceptions,
            List<StatusRange> ignoredStatus,
            List<String> ignoredExceptions,
            boolean defaultExceptions) {}

    /** Both ends included. */
    public record StatusRange(int from, int to) {

        public boolean contains(int status) {
            return from <= status && status <= to;
        }
    }

    /** The rule's own repetition of a call. @param attempts the first one included */
    public record Retry(int attempts, Duration backoff, Duration maxBackoff) {}

    /** One link of the fallback chain, in the order declared. */
    public sealed interface Fallback {

        /** The name in the file and on every surface. */
        String strategy();

        /** The last good answer, {@code ttl} old at most. */
        record StaleCache(Duration ttl) implements Fallback {

            /** Whether calls of this method may have a stored answer. Allocates nothing. */
            public static boolean answers(String method) {
                return method.equalsIgnoreCase("GET") || method.equalsIgnoreCase("HEAD");
            }

            @Override
            public String strategy() {
                return "stale_cache";
            }
        }

        /**
         * A declared answer.
         *
         * @param usual to HTTP calls that no case is for
         * @param cases the first that is for a call answers it
         * @param rows to queries; null where none are declared
         */
        record Respond(
                Declared usual, List<Case> cases, @Nullable Rows rows) implements Fallback {

            public Respond(int status, Map<String, String> headers, @Nullable String body, @Nullable Rows rows) {
                this(new Declared(status, headers, body, null), List.of(), rows);
            }

            @Override
            public String strategy() {
                return "respond";
            }
        }

        /**
         * An HTTP answer as the file declares it.
         *
         * @param body with places to fill; null with an error status is the documented one with the degradation message
         * @param file where the body was read from, null when it stands in the configuration itself
         */
        record Declared(
                int status,
                Map<String, String> headers,
                @Nullable String body,
                @Nullable Path file) {}

        /**
         * Another answer for some calls.
         *
         * @param rejected for those that the circuit kept from being made
         * @param noResponse for those that were made and brought no response
         * @param status for those that brought one of these
         */
        record Case(boolean rejected, boolean noResponse, List<StatusRange> status, Declared answer) {}

        /** Declared rows, for JDBC. */
        record Rows(List<String> columns, List<List<@Nullable Object>> values) {}

        /**
         * Kept durably and retried in the background.
         *
         * @param repeatable whether calls of any method may be made again: see {@link #repeats}
         * @param orderedBy template; calls for which it gives the same text are made one after the other; null for no order
         * @param expires how old a call may be and still be made; what is older goes to review
         * @param maxEntries waiting calls of the service; when there are so many no more are taken
         * @param keepCredentials whether headers that say who asks are kept and sent again
         * @param updateCount what a statement that is kept answers
         */
        record Queue(
                int maxAttempts,
                boolean repeatable,
                @Nullable String orderedBy,
                Duration backoff,
                Duration maxBackoff,
                Duration expires,
                int maxEntries,
                boolean keepCredentials,
                int updateCount)
                implements Fallback {

            private static final Set<String> SAFE_TO_REPEAT = Set.of("GET", "HEAD", "PUT", "DELETE");

            /** Whether calls of this method may be made again. */
            public boolean repeats(String method) {
                return repeatable || SAFE_TO_REPEAT.contains(method.toUpperCase(Locale.ROOT));
            }

            @Override
            public String strategy() {
                return "queue";
            }
        }

        /** Flagged for a person. @param keepCredentials whether headers that say who asks are kept for a requeue */
        record ManualReview(boolean keepCredentials) implements Fallback {
            @Override
            public String strategy() {
                return "manual_review";
            }
        }

        /** The same call to another region. */
        record Failover(List<String> urls) implements Fallback {
            @Override
            public String strategy() {
                return "failover";
            }
        }
    }
}
