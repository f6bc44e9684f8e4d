package dev.resilience.fallback;

import java.util.List;

/** The headers that tell a fallback's answer from a real one. */
final class Marks {

    static final String PREFIX = "X-Resilience-";
    static final String FALLBACK = PREFIX + "Fallback";
    static final String SERVICE = PREFIX + "Service";
    static final String RETRY_AFTER = "Retry-After";

    private Marks() {}

    /** Marks an answer; one that says itself when to come again is left to it. */
    static void add(List<Answer.Header> headers, String strategy, String service, Trouble trouble) {
        headers.add(new Answer.Header(FALLBACK, strategy));
        headers.add(new Answer.Header(SERVICE, service));
        if (trouble.retryAfterMillis() > 0 && !Headers.has(headers, RETRY_AFTER)) {
            headers.add(new Answer.Header(RETRY_AFTER, Long.toString(seconds(trouble.retryAfterMillis()))));
        }
    }

    /** Rounded up: who comes back earlier comes in vain. */
    static long seconds(long millis) {
        return (millis + 999) / 1000;
    }
}
