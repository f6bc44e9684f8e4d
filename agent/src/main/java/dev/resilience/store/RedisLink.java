package dev.resilience.store;

import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.util.Collection;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;

/** One live connection, of whatever topology. When it is lost, another one is made. Thread-safe. */
interface RedisLink {

    /** For a plain server and a cluster alike. Commands fail at once when the link is lost. */
    RedisClusterAsyncCommands<String, byte[]> commands();

    /** Listens to channels, once. @param heard channel and message; called on an event loop, must not wait */
    CompletionStage<?> subscribe(Collection<String> channels, BiConsumer<String, byte[]> heard);

    /**
     * Waits, on the server, until replicas have all that it was told before, on any connection. What is asked on this link
     * meanwhile waits too.
     *
     * @param marker a key where those replicas are; it is written
     * @param millis after so long it completes with those that have
     * @return completes with how many do
     */
    CompletionStage<Long> replicated(String marker, int replicas, long millis);

    /** Whether a failure of what was asked leaves the link as it is. */
    default boolean mendsItself() {
        return false;
    }

    boolean open();

    /** Does not wait. Closing twice does nothing. */
    void close();
}
