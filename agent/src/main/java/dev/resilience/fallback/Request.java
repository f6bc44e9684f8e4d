package dev.resilience.fallback;

import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The call that a strategy answers for, in no client's type: an {@link Http} or a {@link Jdbc}. */
public interface Request {

    /** An HTTP request, read from the client's own object only when asked. */
    interface Http extends Request {

        String method();

        URI uri();

        /** Values of a header as the application set them, by case-insensitive name; empty when there is none. */
        List<String> header(String name);
    }

    /** A statement about to run. */
    interface Jdbc extends Request {

        String url();

        String sql();

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

        /** Whether rows, rather than an update count, are expected. */
        boolean query();
    }
}
