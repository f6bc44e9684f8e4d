package dev.resilience.store;

import dev.resilience.config.AgentConfig.RedisConfig;
import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/**
 * The agent's ways to Redis: one for the circuits, one for all that is bulky, so that no large answer ever stands before a
 * report. Nothing of Lettuce is loaded before the first of them is asked for. Thread-safe; no method waits.
 */
final class RedisConnections implements AutoCloseable {

    private final @Nullable RedisConfig config;
    private final ThreadFactory threads;
    private @Nullable RedisLoops loops;
    private @Nullable RedisLine circuits;
    private @Nullable RedisLine bulk;
    private boolean closed;

    /** @param config null where there is no Redis of the fleet's; other servers can be pinged all the same */
    RedisConnections(@Nullable RedisConfig config, ThreadFactory threads) {
        this.config = config;
        this.threads = threads;
    }

    RedisKeys keys() {
        RedisConfig shared = shared();
        return new RedisKeys(shared.keyPrefix(), !shared.nodes().isEmpty());
    }

    /** The way that carries circuits and nothing else. To be started by who owns it. */
    synchronized RedisLine circuits() {
        RedisLine known = circuits;
        if (known == null) {
            known = line();
            circuits = known;
        }
        return known;
    }

    /** The way for everything else. To be started by who owns it. */
    synchronized RedisLine bulk() {
        RedisLine known = bulk;
        if (known == null) {
            known = line();
            bulk = known;
        }
        return known;
    }

    /** Opens a connection of its own, and closes it when the server answered. @throws IllegalArgumentException for a bad address */
    CompletionStage<?> ping(String url) {
        RedisURI uri = RedisLoops.uri(url);
        return loops().connect(uri, ended -> {}).thenCompose(link -> link.commands()
                .ping()
                .whenComplete((answer, failure) -> link.close()));
    }

    /** The fleet's Redis. */
    CompletionStage<?> ping() {
        RedisLine present;
        synchronized (this) {
            present = circuits;
        }
        return present == null
                ? CompletableFuture.failedFuture(new IllegalStateException("no Redis is configured"))
                : present.ask(RedisClusterAsyncCommands::ping);
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (circuits != null) {
            circuits.close();
        }
        if (bulk != null) {
            bulk.close();
        }
        if (loops != null) {
            loops.close();
        }
    }

    private RedisLine line() {
        RedisConfig shared = shared();
        RedisLoops present = loops();
        String url = shared.url();
        RedisURI uri = RedisLoops.uri(url == null ? "" : url);
        return new RedisLine(
                shared.display(), keys().of("ping"), present.scheduler(), lost -> present.connect(uri, lost));
    }

    private synchronized RedisLoops loops() {
        if (closed) {
            throw new IllegalStateException("closed");
        }
        RedisLoops known = loops;
        if (known == null) {
            known = new RedisLoops(threads);
            loops = known;
        }
        return known;
    }

    private RedisConfig shared() {
        RedisConfig known = config;
        if (known == null) {
            throw new IllegalStateException("no Redis is configured");
        }
        return known;
    }
}
