package dev.resilience.fallback;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** Makes HTTP calls of the agent's own, which are never guarded. Thread-safe; never waits. */
@FunctionalInterface
public interface RegionClient {

    /** Longest body that can be handed on, bytes. */
    int MOST_BODY = 8 << 20;

    /** @param headers as received */
    record Response(int status, List<Answer.Header> headers, byte[] body) {}

    /** @return completes exceptionally when there was no response, or one with too long a body */
    CompletionStage<Response> call(String method, URI uri, List<Answer.Header> headers, byte[] body, Duration timeout);
}
