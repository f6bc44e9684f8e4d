package dev.resilience.telemetry;

import dev.resilience.log.NettyLog;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.Compressor;
import io.opentelemetry.sdk.common.export.GrpcResponse;
import io.opentelemetry.sdk.common.export.GrpcSender;
import io.opentelemetry.sdk.common.export.GrpcSenderConfig;
import io.opentelemetry.sdk.common.export.GrpcSenderProvider;
import io.opentelemetry.sdk.common.export.MessageWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sends what OpenTelemetry exports by gRPC, on the thread that asks and no other. Found by OpenTelemetry as a service.
 *
 * <p>The JDK's client cannot: it neither begins HTTP/2 without TLS as gRPC does nor tells a response's trailers, and the
 * status is there.
 */
public final class GrpcSenders implements GrpcSenderProvider {

    @Override
    public GrpcSender createSender(GrpcSenderConfig config) {
        return new Sender(config);
    }

    /** One connection, kept between two messages. Used by one thread, which may be another one after a while. */
    private static final class Sender implements GrpcSender {

        private final GrpcSenderConfig config;
        private @Nullable GrpcConnection connection;

        Sender(GrpcSenderConfig config) {
            this.config = config;
        }

        @Override
        public synchronized void send(
                MessageWriter message, Consumer<GrpcResponse> answered, Consumer<Throwable> failed) {
            GrpcResponse response;
            try {
                response = exchange(message);
            } catch (IOException | RuntimeException failure) {
                close();
                failed.accept(failure);
                return;
            }
            answered.accept(response);
        }

        @Override
        public synchronized CompletableResultCode shutdown() {
            close();
            return CompletableResultCode.ofSuccess();
        }

        private GrpcResponse exchange(MessageWriter message) throws IOException {
            ByteBuf framed = framed(message);
            try {
                GrpcConnection open = connection;
                if (open == null || !open.usable()) {
                    close();
                    NettyLog.install();
                    open = GrpcConnection.to(config.getEndpoint(), config.getSslContext(), config.getConnectTimeout());
                    connection = open;
                }
                return open.ask(headers(), framed.retainedDuplicate(), config.getTimeout());
            } finally {
                framed.release();
            }
        }

        private void close() {
            if (connection != null) {
                connection.close();
                connection = null;
            }
        }

        private Http2Headers headers() {
            Http2Headers headers = new DefaultHttp2Headers()
                    .method("POST")
                    .scheme(config.getEndpoint().getScheme())
                    .authority(config.getEndpoint().getAuthority())
                    .path("/" + config.getFullMethodName())
                    .set("te", "trailers")
                    .set("content-type", "application/grpc")
                    .set("grpc-timeout", config.getTimeout().toMillis() + "m");
            if (config.getCompressor() != null) {
                headers.set("grpc-encoding", config.getCompressor().getEncoding());
            }
            config.getHeadersSupplier()
                    .get()
                    .forEach((name, values) ->
                            values.forEach(value -> headers.add(name.toLowerCase(Locale.ROOT), value)));
            return headers;
        }

        /** Behind one byte that says whether it is compressed, and its length in four. */
        private ByteBuf framed(MessageWriter message) throws IOException {
            Compressor compressor = config.getCompressor();
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            try (OutputStream out = compressor == null ? body : compressor.compress(body)) {
                message.writeMessage(out);
            }
            return Unpooled.buffer(5 + body.size())
                    .writeByte(compressor == null ? 0 : 1)
                    .writeInt(body.size())
                    .writeBytes(body.toByteArray());
        }
    }
}
