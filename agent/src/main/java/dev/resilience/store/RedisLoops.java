package dev.resilience.store;

import dev.resilience.log.NettyLog;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.MaintNotificationsConfig;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.protocol.ProtocolVersion;
import io.lettuce.core.resource.ClientResources;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Lettuce, set up for the agent: two event loops on the agent's own threads, and connections
 * that never queue a command and give an unanswered one up soon. Loads Lettuce and Netty when it is made.
 */
final class RedisLoops implements AutoCloseable {

    /** A command, or a step of a handshake, that takes longer is given up. */
    static final Duration PATIENCE = Duration.ofSeconds(1);

    static final RedisCodec<String, byte[]> CODEC = RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE);

    private static final int LOOPS = 2;

    /** Between looks at who holds what in a cluster, also without a reason. */
    private static final Duration TOPOLOGY = Duration.ofSeconds(15);

    /** Commands in flight on one connection; more are refused. */
    private static final int MOST_WAITING = 10_000;

    private final EventLoopGroup loops;
    private final CommandTimer timer;
    private final ClientResources resources;
    private final RedisClient client;
    private @Nullable RedisClusterClient cluster;

    RedisLoops(ThreadFactory threads) {
        // Before any class of Netty is touched, which would look for a logging framework.
        NettyLog.install();
        this.loops = new MultiThreadIoEventLoopGroup(LOOPS, threads, NioIoHandler.newFactory());
        List<ScheduledExecutorService> readers = new ArrayList<>();
        loops.forEach(readers::add);
        this.timer = new CommandTimer(loops, System::nanoTime, readers);
        this.resources = new LeanResources(loops, LOOPS, timer, threads);
        this.client = new AsyncClient(resources);
        client.setOptions(ClientOptions.builder()
                .autoReconnect(false)
                .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
                .requestQueueSize(MOST_WAITING)
                .protocolVersion(ProtocolVersion.RESP3)
                .socketOptions(socket())
                .timeoutOptions(TimeoutOptions.enabled(PATIENCE))
                .maintNotificationsConfig(MaintNotificationsConfig.disabled())
                .build());
    }

    /** Opens a connection to a server, or to the master that Sentinels name. @param lost told when the connection ends */
    CompletionStage<RedisLink> connect(RedisURI uri, Consumer<RedisLink> lost) {
        return client.connectPubSubAsync(CODEC, uri).thenApply(connection -> new PlainLink(connection, lost));
    }

    /** Opens connections to the nodes of a cluster. @param seeds always the same */
    CompletionStage<RedisLink> connectCluster(List<RedisURI> seeds) {
        RedisClusterClient known = cluster(seeds);
        return known.refreshPartitionsAsync()
                .thenCompose(done -> known.connectAsync(CODEC))
                .thenCompose(RedisLoops::reachAll)
                .thenCompose(nodes -> known.connectPubSubAsync(CODEC).handle((ear, failure) -> {
                    if (failure == null) {
                        return CompletableFuture.<RedisLink>completedStage(new ClusterLink(nodes, ear));
                    }
                    nodes.closeAsync();
                    return CompletableFuture.<RedisLink>failedStage(failure);
                }))
                .thenCompose(Function.identity());
    }

    /** Connects to every master now: Lettuce refuses the first command to one that it does not know yet. */
    private static CompletionStage<StatefulRedisClusterConnection<String, byte[]>> reachAll(
            StatefulRedisClusterConnection<String, byte[]> nodes) {
        CompletableFuture<?>[] reached = nodes.getPartitions().stream()
                .filter(node -> node.getRole().isUpstream())
                .map(node -> nodes.getConnectionAsync(
                                node.getUri().getHost(), node.getUri().getPort())
                        .handle((connection, failure) -> connection))
                .toArray(CompletableFuture<?>[]::new);
        return CompletableFuture.allOf(reached).thenApply(done -> nodes);
    }

    private synchronized RedisClusterClient cluster(List<RedisURI> seeds) {
        RedisClusterClient known = cluster;
        if (known == null) {
            known = RedisClusterClient.create(resources, seeds);
            ClusterClientOptions.Builder options = ClusterClientOptions.builder();
            options.maintNotificationsConfig(MaintNotificationsConfig.disabled());
            known.setOptions(options.autoReconnect(true)
                    .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
                    .requestQueueSize(MOST_WAITING)
                    .protocolVersion(ProtocolVersion.RESP3)
                    .socketOptions(socket())
                    .timeoutOptions(TimeoutOptions.enabled(PATIENCE))
                    .topologyRefreshOptions(ClusterTopologyRefreshOptions.builder()
                            .enablePeriodicRefresh(TOPOLOGY)
                            .enableAllAdaptiveRefreshTriggers()
                            .adaptiveRefreshTriggersTimeout(PATIENCE)
                            .build())
                    .build());
            cluster = known;
        }
        return known;
    }

    /** @throws IllegalArgumentException when it is no address of a Redis; the message holds no credentials */
    static RedisURI uri(String url) {
        RedisURI uri;
        try {
            uri = RedisURI.create(url);
        } catch (RuntimeException malformed) {
            // What is thrown there may quote the password.
            throw new IllegalArgumentException(
                    "not an address of a Redis: " + malformed.getClass().getSimpleName());
        }
        uri.setTimeout(PATIENCE);
        uri.getSentinels().forEach(sentinel -> sentinel.setTimeout(PATIENCE));
        uri.setClientName("resilience");
        return uri;
    }

    ScheduledExecutorService scheduler() {
        return loops;
    }

    /** Closes every connection. Does not wait. */
    @Override
    public void close() {
        CompletableFuture<?> closing = client.shutdownAsync(0, 1, TimeUnit.SECONDS);
        synchronized (this) {
            if (cluster != null) {
                closing = CompletableFuture.allOf(closing, cluster.shutdownAsync(0, 1, TimeUnit.SECONDS));
            }
        }
        closing.whenComplete((done, failure) -> {
            resources.shutdown(0, 1, TimeUnit.SECONDS);
            timer.stop();
            // Not without a pause, in which what was closed is told.
            loops.shutdownGracefully(50, 1_000, TimeUnit.MILLISECONDS);
        });
    }

    private static SocketOptions socket() {
        return SocketOptions.builder()
                .connectTimeout(PATIENCE)
                .tcpNoDelay(true)
                .keepAlive(true)
                .build();
    }
}
