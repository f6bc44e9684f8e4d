package dev.resilience.health;

import java.util.concurrent.CompletionStage;

/** Sends {@code PING} to a Redis server. Thread-safe; never waits. */
@FunctionalInterface
public interface RedisPing {

    /**
     * @param target {@code default} for the agent's own Redis, else a Redis URL, credentials included: never to be shown
     * @return completes when the server answered, exceptionally when it did not
     */
    CompletionStage<?> ping(String target);
}
