package dev.resilience.store;

import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisConnectionStateAdapter;
import io.lettuce.core.SetArgs;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.util.Collection;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** One connection to one server. RESP3 lets it listen and ask at the same time. */
final class PlainLink implements RedisLink {

    private static final byte[] ONE = {'1'};
    private static final long MARKER_MILLIS = 60_000;

    private final StatefulRedisPubSubConnection<String, byte[]> connection;
    private final AtomicBoolean closed = new AtomicBoolean();

    /** @param lost told when the connection ends */
    PlainLink(StatefulRedisPubSubConnection<String, byte[]> connection, Consumer<RedisLink> lost) {
        this.connection = connection;
        connection.addListener(new RedisConnectionStateAdapter() {
            @Override
            public void onRedisDisconnected(RedisChannelHandler<?, ?> ended) {
                lost.accept(PlainLink.this);
            }
        });
    }

    @Override
    public RedisClusterAsyncCommands<String, byte[]> commands() {
        return connection.async();
    }

    @Override
    public CompletionStage<?> subscribe(Collection<String> channels, BiConsumer<String, byte[]> heard) {
        connection.addListener(new RedisPubSubAdapter<String, byte[]>() {
            @Override
            public void message(String channel, byte[] message) {
                heard.accept(channel, message);
            }
        });
        return connection.async().subscribe(channels.toArray(new String[0]));
    }

    @Override
    public CompletionStage<Long> replicated(String marker, int replicas, long millis) {
        return replicated(connection.async(), marker, replicas, millis);
    }

    /** WAIT is about the last write of its own connection, so there must be one. */
    static CompletionStage<Long> replicated(
            RedisClusterAsyncCommands<String, byte[]> commands, String marker, int replicas, long millis) {
        // One after the other on the wire: neither waits for the other's answer to be sent.
        CompletionStage<String> written = commands.set(marker, ONE, SetArgs.Builder.px(MARKER_MILLIS));
        return commands.waitForReplication(replicas, millis).thenCombine(written, (acknowledged, done) -> acknowledged);
    }

    @Override
    public boolean open() {
        return connection.isOpen();
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            connection.closeAsync();
        }
    }
}
