package dev.resilience.admin;

import org.jspecify.annotations.Nullable;

/**
 * Which services a request asks for: all, or the one that its parameter {@code service} names, with the circuits of its hosts and
 * regions.
 *
 * @param service null for all
 */
record Wanted(@Nullable String service) {

    /** @throws Problem when there is no such service */
    static Wanted by(Query query, Surface surface) {
        return of(query.parameter("service"), surface);
    }

    /** The same for what changes something: a service that is named and empty is not all of them. */
    static Wanted stated(Query query, Surface surface) {
        return of(query.stated("service"), surface);
    }

    private static Wanted of(@Nullable String service, Surface surface) {
        if (service != null && !surface.knows(service)) {
            throw unknown(service);
        }
        return new Wanted(service);
    }

    static Problem unknown(String service) {
        return new Problem(404, "Not found", "there is no service '" + service + "'");
    }

    boolean has(String name) {
        return service == null || name.equals(service) || name.startsWith(service + "@");
    }
}
