package dev.resilience.admin;

import dev.resilience.config.AgentConfig;
import dev.resilience.guard.AgentThreads;
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
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.timeout.WriteTimeoutHandler;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Serves the admin API's clients over Netty: one event loop, one worker. Bounded in everything a client can make grow; slow clients are
 * cut. Used under its server's lock.
 */
final class Reception implements AutoCloseable {

    /** Longest request line, bytes. */
    static final int MOST_LINE = 4_096;

    /** Headers of one request, bytes. */
    static final int MOST_HEADERS = 16_384;

    private static final int MOST_BODY = 65_536;
    private static final int MOST_CONNECTIONS = 64;
    private static final int MOST_WAITING = 64;

    private final ServerSocketChannel listening;
    private final EventLoopGroup loop;
    private final ExecutorService worker;
    private final LiveStream live;
    private final ServerBootstrap bootstrap;

    /**
     * @param listening bound; accepts nothing by itself any more
     * @param patience with a client that sends or reads slowly
     * @param threads by name
     */
    Reception(
            ServerSocketChannel listening,
            Surface surface,
            AgentConfig.Admin config,
            Duration patience,
            Function<String, ThreadFactory> threads) {
        // Before any class of Netty is touched, which would look for a logging framework.
        NettyLog.install();
        this.listening = listening;
        loop = new MultiThreadIoEventLoopGroup(1, threads.apply("resilience-admin"), NioIoHandler.newFactory());
        worker = AgentThreads.one(threads.apply("resilience-admin-worker"), 30, MOST_WAITING);
        live = new LiveStream(surface, loop, worker);
        bootstrap = bootstrap(surface, config, patience);
    }

    /** Serves a client, and all that come after it. */
    void begin(java.nio.channels.SocketChannel first) {
        Channel server = bootstrap.register().syncUninterruptibly().channel();
        server.eventLoop().execute(() -> {
            server.pipeline().fireChannelRead(new NioSocketChannel(server, first));
            server.pipeline().fireChannelReadComplete();
        });
    }

    @Override
    public void close() {
        live.close();
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        worker.shutdownNow();
    }

    private ServerBootstrap bootstrap(Surface surface, AgentConfig.Admin config, Duration patience) {
        Router router = Routes.of(surface);
        boolean loopback = listening.socket().getInetAddress().isLoopbackAddress();
        Doorman doorman = new Doorman(loopback, config.token(), config.readToken());
        ConnectionLimit limit = new ConnectionLimit(MOST_CONNECTIONS);
        return new ServerBootstrap()
                .group(loop)
                .channelFactory(() -> new NioServerSocketChannel(listening))
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
                                .addLast(new Conversation(doorman, router, worker, deadline, live));
                    }
                });
    }
}
