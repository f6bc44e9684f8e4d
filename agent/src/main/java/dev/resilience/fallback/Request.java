package dev.resilience.fallback;

import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** The call that a strategy answers for, in no client's type: an {@link Http} or a {@link Jdbc}. */
public interface Request {

    /**
     * The object by which the application makes the call, where that holds neither the call nor this: once nobody holds it
     * any more, nobody ends the call. Null where the call itself is held.
     */
    default @Nullable Object holder() {
        return null;
    }

    /** An HTTP request, read from the client's own object only when asked. */
    interface Http extends Request {

        String method();

        URI uri();

        /** Values of a header as the application set them, by case-insensitive name; empty when there is none. */
        List<String> header(String name);

        /** All headers as the application set them; what the client itself adds on the wire may be missing. */
        List<Answer.Header> headers();

        /**
         * The request's body, so that the call can be made again or told from others: empty when it has none, null when it
         * cannot be told without disturbing the call (a stream that is read once, a body made while it is sent) or when it is
         * longer than {@link #MAX_BODY}. Asked rarely; may copy; not to be changed by whoever asked.
         */
        byte @Nullable [] body();

        /**
         * Has a body written that can be written once only, where nobody wrote it yet and nobody will: asked once the call is
         * not made any more, before anything asks for {@link #body}. On the thread that rules, which for a client that works on its
         * caller's thread is that one; a body that another thread writes is waited for without one.
         *
         * @return completes soon, and with a failure where the body cannot be had
         */
        default CompletionStage<?> gathered() {
            return CompletableFuture.completedFuture(null);
        }

        /** Whether the call asks for the same however often it is made, as far as its method tells. */
        default boolean idempotent() {
            return IDEMPOTENT.contains(method().toUpperCase(Locale.ROOT));
        }

        /** Whether the call changes nothing at its address, as far as its method tells. */
        default boolean safe() {
            return isSafe(method());
        }

        /** Whether a method changes nothing, in whatever case it is written. */
        static boolean isSafe(String method) {
            return SAFE.contains(method.toUpperCase(Locale.ROOT));
        }

        /** Longest body that is told, bytes. */
        int MAX_BODY = 1 << 20;

        /** Methods that only read, by RFC 9110 section 9.2.1 and IANA's registry. */
        Set<String> SAFE = Set.of("GET", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "REPORT", "SEARCH", "QUERY");

        /** Methods, by RFC 9110 section 9.2.2. */
        Set<String> IDEMPOTENT = Set.of("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE");
    }

    /** A statement about to run. */
    interface Jdbc extends Request {

        String url();

        String sql();

        /** From where alone the address leads to this database, a host or a JVM; null where it does from everywhere. */
        default @Nullable String place() {
            return null;
        }

        /** Database user of the connection; null when unknown. */
        @Nullable
        String user();

        /** Schema or catalog in force, where the application set one; null when it did not. */
        @Nullable
        String schema();

        /**
         * Parameters by position, in types with a value-like {@code equals} and {@code toString}; null when they cannot all be
         * known, and the statement then has no stored answer.
         */
        @Nullable
        List<@Nullable Object> parameters();

        /**
         * Whether the statement is a transaction of its own, so that it may as well be run later: only then can it be queued.
         * False where the adapter cannot tell.
         */
        default boolean autoCommit() {
            return false;
        }

        /** Whether the caller asks for keys that only the database can make. */
        default boolean returnsKeys() {
            return false;
        }

        /** Whether it is known by which credentials a later run gets to its database. */
        default boolean canBeRunLater() {
            return true;
        }

        /** Told by a link that does not take the statement in charge. @param why in words, for the error that the caller gets */
        default void notTaken(String why) {}

        /** Whether rows, rather than an update count, are expected. */
        boolean query();
    }
}
