package dev.resilience.store;

import dev.resilience.breaker.StoreAway;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode;
import io.lettuce.core.cluster.pubsub.StatefulRedisClusterPubSubConnection;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import java.util.Collection;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;

/**
 * Connections to the nodes of a cluster. They mend themselves one by one and follow what moves, so the link as a whole is
 * never lost; a node that does not answer fails what is asked of it.
 */
final class ClusterLink implements RedisLink {

    private final StatefulRedisClusterConnection<String, byte[]> nodes;
    private final StatefulRedisClusterPubSubConnection<String, byte[]> ear;
    private final AtomicBoolean closed = new AtomicBoolean();

    ClusterLink(
            StatefulRedisClusterConnection<String, byte[]> nodes,
            StatefulRedisClusterPubSubConnection<String, byte[]> ear) {
        this.nodes = nodes;
        this.ear = ear;
    }

    @Override
    public RedisClusterAsyncCommands<String, byte[]> commands() {
        return nodes.async();
    }

    /** On one node: what is published on any is heard on all. */
    @Override
    public CompletionStage<?> subscribe(Collection<String> channels, BiConsumer<String, byte[]> heard) {
        ear.addListener(new RedisPubSubAdapter<String, byte[]>() {
            @Override
            public void message(String channel, byte[] message) {
                heard.accept(channel, message);
            }
        });
        return ear.async().subscribe(channels.toArray(new String[0]));
    }

    @Override
    public CompletionStage<Long> replicated(String marker, int replicas, long millis) {
        RedisClusterNode owner = nodes.getPartitions().getPartitionBySlot(SlotHash.getSlot(marker));
        if (owner == null) {
            return StoreAway.future("no node of the cluster keeps " + marker);
        }
        return nodes.getConnectionAsync(owner.getUri().getHost(), owner.getUri().getPort())
                .thenCompose(node -> PlainLink.replicated(node.async(), marker, replicas, millis));
    }

    @Override
    public boolean mendsItself() {
        return true;
    }

    @Override
    public boolean open() {
        return !closed.get();
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            nodes.closeAsync();
            ear.closeAsync();
        }
    }
}
