package dev.resilience.telemetry;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ManualIoEventLoop;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2ConnectionHandlerBuilder;
import io.netty.handler.codec.http2.Http2FrameAdapter;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import io.opentelemetry.sdk.common.export.GrpcResponse;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/2 connection to a gRPC server, one call at a time. It is driven by the thread that made it, while that thread waits
 * for an answer: there is no other. Not thread-safe.
 */
final class GrpcConnection implements AutoCloseable {

    private static final long LONGEST_STEP_NANOS = Duration.ofMillis(200).toNanos();

    private final Thread thread = Thread.currentThread();
    private final ManualIoEventLoop loop = new ManualIoEventLoop(thread, NioIoHandler.newFactory());
    private final Answers answers = new Answers();
    private final Http2ConnectionHandler http = new Http2ConnectionHandlerBuilder()
            .server(false)
            .frameListener(answers)
            .gracefulShutdownTimeoutMillis(0)
            .build();

    /** Before it is connected there is none. */
    private @Nullable Channel channel;

    private GrpcConnection() {}

    /** Waits until it is connected, through TLS where a context is given. */
    static GrpcConnection to(URI server, @Nullable SSLContext tls, Duration patience) throws IOException {
        GrpcConnection made = new GrpcConnection();
        try {
            made.connect(server, tls, patience);
            return made;
        } catch (IOException | RuntimeException failure) {
            made.close();
            throw failure;
        }
    }

    /** Whether another call may be made; hears first what the server said since the last one. */
    boolean usable() {
        if (Thread.currentThread() != thread) {
            return false;
        }
        for (int steps = 0; steps < 100 && loop.runNow() > 0; steps++) {}
        return channel != null && channel.isActive() && !answers.goingAway;
    }

    /**
     * Makes a call and waits for its end.
     *
     * @param message released
     */
    GrpcResponse ask(Http2Headers headers, ByteBuf message, Duration patience) throws IOException {
        ChannelHandlerContext context = context();
        int stream = http.connection().local().incrementAndGetNextStreamId();
        GrpcAnswer answer = new GrpcAnswer(stream);
        answers.open = answer;
        http.encoder().writeHeaders(context, stream, headers, 0, false, context.newPromise());
        http.encoder().writeData(context, stream, message, 0, true, context.newPromise());
        // Not the context's own flush, which passes over what waits for the window.
        http.flush(context);
        await(() -> answer.ended() || !context.channel().isActive(), patience, "no answer in " + patience.toMillis());
        if (!answer.ended()) {
            throw new IOException("the connection was closed before there was an answer");
        }
        return answer;
    }

    @Override
    public void close() {
        if (Thread.currentThread() == thread) {
            if (channel != null) {
                channel.close();
            }
            loop.shutdownGracefully(0, 0, TimeUnit.SECONDS);
            for (int steps = 0; steps < 100 && !loop.isTerminated(); steps++) {
                loop.runNow();
            }
        }
    }

    private ChannelHandlerContext context() throws IOException {
        ChannelHandlerContext context =
                channel == null ? null : channel.pipeline().context(http);
        if (context == null) {
            throw new IOException("the connection is closed");
        }
        return context;
    }

    private void connect(URI server, @Nullable SSLContext tls, Duration patience) throws IOException {
        int port = server.getPort() >= 0 ? server.getPort() : tls == null ? 80 : 443;
        SslHandler secured = tls == null ? null : new SslHandler(engine(tls, server.getHost(), port));
        ChannelFuture connected = new Bootstrap()
                .group(loop)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, Math.toIntExact(patience.toMillis()))
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel made) {
                        if (secured != null) {
                            made.pipeline().addLast(secured);
                        }
                        made.pipeline().addLast(http, new Lost());
                    }
                })
                .connect(server.getHost(), port);
        channel = connected.channel();
        done(connected, patience, "not connected in ");
        if (secured != null) {
            done(secured.handshakeFuture(), patience, "no TLS in ");
        }
    }

    private static SSLEngine engine(SSLContext tls, String host, int port) {
        SSLEngine engine = tls.createSSLEngine(host, port);
        engine.setUseClientMode(true);
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setApplicationProtocols(new String[] {"h2"});
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        engine.setSSLParameters(parameters);
        return engine;
    }

    private void done(Future<?> step, Duration patience, String late) throws IOException {
        await(step::isDone, patience, late + patience.toMillis());
        if (!step.isSuccess()) {
            throw new IOException(step.cause());
        }
    }

    private void await(BooleanSupplier done, Duration patience, String late) throws IOException {
        long end = System.nanoTime() + patience.toNanos();
        while (!done.getAsBoolean()) {
            long left = end - System.nanoTime();
            if (left <= 0) {
                throw new IOException(late + " ms");
            }
            loop.run(Math.min(left, LONGEST_STEP_NANOS));
        }
    }

    /** A connection that breaks is closed; the call that waits finds it so and says it. */
    private static final class Lost extends ChannelInboundHandlerAdapter {

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }

    /** Hands what arrives to the call that waits. */
    private static final class Answers extends Http2FrameAdapter {

        private @Nullable GrpcAnswer open;
        private boolean goingAway;

        @Override
        public void onHeadersRead(
                ChannelHandlerContext context, int stream, Http2Headers headers, int padding, boolean last) {
            GrpcAnswer answer = answer(stream);
            if (answer != null) {
                answer.headers(headers, last);
            }
        }

        @Override
        public void onHeadersRead(
                ChannelHandlerContext context,
                int stream,
                Http2Headers headers,
                int dependency,
                short weight,
                boolean exclusive,
                int padding,
                boolean last) {
            onHeadersRead(context, stream, headers, padding, last);
        }

        @Override
        public int onDataRead(ChannelHandlerContext context, int stream, ByteBuf data, int padding, boolean last) {
            GrpcAnswer answer = answer(stream);
            if (answer != null) {
                answer.data(data, last);
            }
            return data.readableBytes() + padding;
        }

        @Override
        public void onRstStreamRead(ChannelHandlerContext context, int stream, long code) {
            GrpcAnswer answer = answer(stream);
            if (answer != null) {
                answer.reset(code);
            }
        }

        @Override
        public void onGoAwayRead(ChannelHandlerContext context, int last, long code, ByteBuf debug) {
            goingAway = true;
        }

        private @Nullable GrpcAnswer answer(int stream) {
            GrpcAnswer waiting = open;
            return waiting != null && waiting.stream == stream ? waiting : null;
        }
    }
}
