package dev.resilience.store;

import dev.resilience.config.AgentConfig.RedisConfig;
import io.lettuce.core.RedisCredentials;
import io.lettuce.core.RedisCredentialsProvider;
import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The agent's ways to Redis: one line for the circuits, one for all that is bulky, so that no large answer ever stands
 * before a report, and one for waiting for replicas. Nothing of Lettuce is loaded before {@link #start()}, or before another server is pinged. Thread-safe; no
 * method waits.
 */
final class RedisConnections implements AutoCloseable {

    /** By so much less often a line is looked at that only answers. */
    private static final long QUIETER = 5;

    private final RedisKeys keys;
    private final RedisLine circuits;
    private final RedisLine bulk;
    private final RedisLine replicas;
    private final boolean waits;
    private final @Nullable Opening opening;
    private final ThreadFactory threads;
    private @Nullable RedisLoops loops;
    private boolean closed;

    /** @param config null where the fleet has no Redis: the lines never answer, but other servers can be pinged */
    RedisConnections(@Nullable RedisConfig config, ThreadFactory threads) {
        this.threads = threads;
        String prefix = config == null ? "" : config.keyPrefix();
        String display = config == null ? "" : config.display();
        keys = new RedisKeys(prefix, config != null && !config.nodes().isEmpty());
        opening = config == null ? null : new Opening(config);
        circuits = new RedisLine(display, keys.of("ping"), true, opening);
        bulk = new RedisLine(display, keys.of("ping"), false, opening);
        replicas = new RedisLine(display, keys.of("ping"), false, opening);
        waits = config != null && config.waitReplicas() > 0;
    }

    RedisKeys keys() {
        return keys;
    }

    /** Carries circuits and nothing else. */
    RedisLine circuits() {
        return circuits;
    }

    /** Carries everything else. */
    RedisLine bulk() {
        return bulk;
    }

    /** Carries nothing but questions that the server answers late: what replicas have. Opened only where they are waited for. */
    RedisLine replicas() {
        return replicas;
    }

    /**
     * Whoever is asked to tell seldom, because the fleet is large, looks seldom whether Redis is there as well. What is asked finds
     * out in any case; so the line on which nothing is listened for is looked at least.
     */
    void pace(long millis) {
        long heartbeat = Math.max(RedisLine.HEARTBEAT_MILLIS, millis);
        circuits.heartbeat(heartbeat);
        bulk.heartbeat(QUIETER * heartbeat);
    }

    /** Opens the lines. A second start does nothing. */
    void start() {
        circuits.start();
        bulk.start();
        if (waits) {
            replicas.start();
        }
    }

    /** Opens a connection to another server, and closes it when that has answered. @throws IllegalArgumentException for a bad address */
    CompletionStage<?> ping(String url) {
        RedisURI uri = RedisLoops.uri(url);
        return loops().connect(uri, ended -> {})
                .thenCompose(link -> link.commands().ping().whenComplete((answer, failure) -> link.close()));
    }

    /**
     * Opens one more connection and closes it when it was used, also where this version may not share what is there. Fails with
     * the server's own words where it refuses.
     */
    <T> CompletionStage<T> attempt(Function<RedisLink, CompletionStage<T>> use) {
        if (opening == null) {
            throw new IllegalStateException("there is no Redis");
        }
        return opening.link(ended -> {})
                .thenCompose(link -> use.apply(link).whenComplete((answer, failure) -> link.close()));
    }

    /** Fails, with the reason in words, where this version may not share what is there. */
    CompletionStage<?> agree(RedisLink link) {
        return Protocol.agree(link.commands(), keys.of("protocol"));
    }

    /** Whether a configuration leads to where these connections lead. */
    boolean isAt(@Nullable RedisConfig config) {
        return opening == null ? config == null : config != null && opening.config.isSameStore(config);
    }

    /** Takes the credentials of a configuration that leads to the same place, for the next connection. */
    void take(@Nullable RedisConfig changed) {
        if (opening != null && changed != null && isAt(changed)) {
            opening.config = changed;
        }
    }

    /** Pings the fleet's Redis; not before it is met for the first time, or was found to be away. */
    CompletionStage<?> ping() {
        return circuits.met().thenCompose(known -> circuits.ask(RedisClusterAsyncCommands::ping));
    }

    @Override
    public synchronized void close() {
        closed = true;
        circuits.close();
        bulk.close();
        replicas.close();
        if (loops != null) {
            loops.close();
        }
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

    private final class Opening implements RedisLine.Opening {

        /** The way of the next connection: credentials may change while we run. */
        private volatile RedisConfig config;

        Opening(RedisConfig config) {
            this.config = config;
        }

        @Override
        public CompletionStage<RedisLink> open(Consumer<RedisLink> lost) {
            return link(lost)
                    .thenCompose(link -> agree(link)
                            .whenComplete((agreed, failure) -> {
                                if (failure != null) {
                                    link.close();
                                }
                            })
                            .thenApply(agreed -> link));
        }

        private CompletionStage<RedisLink> link(Consumer<RedisLink> lost) {
            RedisConfig now = config;
            String url = now.url();
            if (now.nodes().isEmpty()) {
                return loops().connect(RedisLoops.uri(url == null ? "" : url), lost);
            }
            List<RedisURI> seeds = new ArrayList<>();
            for (int i = 0; i < now.nodes().size(); i++) {
                RedisURI seed = seed(now.nodes().get(i), url);
                // A cluster's client connects by itself, again and again.
                new PresentCredentials(i).goWith(seed);
                seeds.add(seed);
            }
            return loops().connectCluster(seeds);
        }

        /** A node may be a whole address; else it has the scheme and the credentials of {@code url}, where there is one. */
        private RedisURI seed(String node, @Nullable String url) {
            if (node.contains("://")) {
                return RedisLoops.uri(node);
            }
            RedisURI seed = RedisLoops.uri("redis://" + node);
            if (url != null) {
                RedisURI model = RedisLoops.uri(url);
                seed.setSsl(model.isSsl());
                seed.setVerifyPeer(model.getVerifyMode());
                seed.setCredentialsProvider(model.getCredentialsProvider());
            }
            return seed;
        }

        @Override
        public ScheduledExecutorService scheduler() {
            return loops().scheduler();
        }

        /** Those that a node of the cluster has in the configuration of this moment. */
        private final class PresentCredentials implements RedisCredentialsProvider.ImmediateRedisCredentialsProvider {

            private final int node;

            PresentCredentials(int node) {
                this.node = node;
            }

            /** From here, so that nothing of Lettuce is loaded before there is a cluster. */
            void goWith(RedisURI seed) {
                seed.setCredentialsProvider(this);
            }

            @Override
            public RedisCredentials resolveCredentialsNow() {
                RedisConfig now = config;
                RedisCredentialsProvider given =
                        seed(now.nodes().get(node), now.url()).getCredentialsProvider();
                return given instanceof ImmediateRedisCredentialsProvider known
                        ? known.resolveCredentialsNow()
                        : RedisCredentials.just(null, (CharSequence) null);
            }
        }
    }
}
