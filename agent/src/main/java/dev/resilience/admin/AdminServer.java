package dev.resilience.admin;

import dev.resilience.config.AgentConfig;
import dev.resilience.log.AgentLog;
import dev.resilience.log.NettyLog;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.timeout.WriteTimeoutHandler;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The admin HTTP server: one event loop, one worker. Bounded in everything a client can make grow; slow clients are cut.
 */
public final class AdminServer implements AutoCloseable {

    /** Longest request line, bytes. */
    static final int MOST_LINE = 4_096;

    /** Headers of one request, bytes. */
    static final int MOST_HEADERS = 16_384;

    private static final int MOST_BODY = 65_536;
    private static final int MOST_CONNECTIONS = 64;
    private static final int MOST_WAITING = 64;

    /** Ports tried after the one configured, before any free one is taken: instances on one host get neighbours. */
    private static final int NEIGHBOURS = 20;

    private final AgentConfig.Admin config;
    private final Surface surface;
    private final UnaryOperator<Runnable> asOwnWork;
    private final Duration patience;

    private @Nullable EventLoopGroup loop;
    private @Nullable ThreadPoolExecutor worker;
    private @Nullable Channel channel;
    private @Nullable LiveStream live;

    /** @param asOwnWork marks all that a thread does as the agent's own, so that it is never guarded */
    public AdminServer(AgentConfig.Admin config, Surface surface, UnaryOperator<Runnable> asOwnWork) {
        this(config, surface, asOwnWork, Duration.ofSeconds(15));
    }

    /** @param patience with a client that sends or reads slowly */
    AdminServer(AgentConfig.Admin config, Surface surface, UnaryOperator<Runnable> asOwnWork, Duration patience) {
        this.config = config;
        this.surface = surface;
        this.asOwnWork = asOwnWork;
        this.patience = patience;
    }

    /**
     * Begins to listen; waits until it does. When it cannot, says so and leaves the application alone.
     *
     * @return its address, also shown in JMX; null when it does not listen
     */
    public synchronized @Nullable String start() {
        if (!config.enabled() || channel != null) {
            return surface.adminUrl();
        }
        NettyLog.install();
        InetAddress address = address();
        try {
            EventLoopGroup group =
                    new MultiThreadIoEventLoopGroup(1, threads("resilience-admin"), NioIoHandler.newFactory());
            loop = group;
            ThreadPoolExecutor pool = new ThreadPoolExecutor(
                    1,
                    1,
                    30,
                    TimeUnit.SECONDS,
                    new LinkedBlockingQueue<>(MOST_WAITING),
                    threads("resilience-admin-worker"));
            pool.allowCoreThreadTimeOut(true);
            worker = pool;
            Channel bound = bind(bootstrap(group, pool, address), address);
            if (bound == null) {
                close();
                AgentLog.error("the admin server found no port to listen on at " + address.getHostAddress());
                return null;
            }
            channel = bound;
            int port = ((InetSocketAddress) bound.localAddress()).getPort();
            if (config.port() != 0 && port != config.port()) {
                AgentLog.info("admin port " + config.port() + " is taken, listening on " + port + " instead");
            }
            String url = url(address, port);
            surface.adminUrl(url);
            return url;
        } catch (RuntimeException | LinkageError failure) {
            close();
            AgentLog.warn("admin-start", "the admin server could not start", failure);
            return null;
        }
    }

    @Override
    public synchronized void close() {
        surface.adminUrl(null);
        if (live != null) {
            live.close();
            live = null;
        }
        if (channel != null) {
            channel.close();
            channel = null;
        }
        if (loop != null) {
            loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
            loop = null;
        }
        if (worker != null) {
            worker.shutdownNow();
            worker = null;
        }
    }

    private InetAddress address() {
        InetAddress wanted;
        try {
            wanted = InetAddress.getByName(config.bind());
        } catch (UnknownHostException unknown) {
            AgentLog.error("admin.bind: there is no address " + config.bind() + "; listening on loopback instead");
            return InetAddress.getLoopbackAddress();
        }
        if (!wanted.isLoopbackAddress() && config.token() == null) {
            AgentLog.error(
                    "admin.bind: " + config.bind()
                            + " is not loopback, and without admin.token everyone there could use it; listening on loopback instead");
            return InetAddress.getLoopbackAddress();
        }
        return wanted;
    }

    private ServerBootstrap bootstrap(EventLoopGroup group, ThreadPoolExecutor pool, InetAddress address) {
        Router router = Routes.of(surface);
        Doorman doorman = new Doorman(address.isLoopbackAddress(), config.token(), config.readToken());
        LiveStream stream = new LiveStream(surface, group, pool);
        live = stream;
        ConnectionLimit limit = new ConnectionLimit(MOST_CONNECTIONS);
        return new ServerBootstrap()
                .group(group)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, 64)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(32_768, 65_536))
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel client) {
                        RequestDeadline deadline = new RequestDeadline(patience);
                        client.pipeline()
                                .addLast(limit)
                                .addLast(deadline)
                                .addLast(new WriteTimeoutHandler(patience.toMillis(), TimeUnit.MILLISECONDS))
                                .addLast(new HttpServerCodec(new HttpDecoderConfig()
                                        .setMaxInitialLineLength(MOST_LINE)
                                        .setMaxHeaderSize(MOST_HEADERS)))
                                .addLast(new WholeRequest(MOST_BODY))
                                .addLast(new Conversation(doorman, router, pool, deadline, stream));
                    }
                });
    }

    private @Nullable Channel bind(ServerBootstrap bootstrap, InetAddress address) {
        for (int offset = 0; config.port() != 0 && offset <= NEIGHBOURS && config.port() + offset <= 65_535; offset++) {
            var attempt = bootstrap.bind(address, config.port() + offset).awaitUninterruptibly();
            if (attempt.isSuccess()) {
                return attempt.channel();
            }
        }
        var attempt = bootstrap.bind(address, 0).awaitUninterruptibly();
        return attempt.isSuccess() ? attempt.channel() : null;
    }

    /** An address that works from this host: that of loopback when listening everywhere. */
    private static String url(InetAddress address, int port) {
        if (address.isAnyLocalAddress()) {
            return "http://127.0.0.1:" + port;
        }
        String host = address.getHostAddress();
        return "http://" + (address instanceof Inet6Address ? "[" + host + "]" : host) + ":" + port;
    }

    private ThreadFactory threads(String name) {
        return work -> {
            Thread thread = new Thread(asOwnWork.apply(work), name);
            thread.setDaemon(true);
            thread.setContextClassLoader(AdminServer.class.getClassLoader());
            return thread;
        };
    }
}
