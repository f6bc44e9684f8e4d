package dev.resilience.telemetry;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http2.Http2Headers;
import io.opentelemetry.sdk.common.export.GrpcResponse;
import io.opentelemetry.sdk.common.export.GrpcStatusCode;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** What a gRPC server answers to one call: a message, and a status in the trailers. Used by one thread. */
final class GrpcAnswer implements GrpcResponse {

    private static final int PREFIX = 5;
    private static final int MOST_KEPT = 65_536;

    final int stream;
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private @Nullable GrpcStatusCode status;
    private String description = "";

    GrpcAnswer(int stream) {
        this.stream = stream;
    }

    boolean ended() {
        return status != null;
    }

    void headers(Http2Headers headers, boolean last) {
        if (!last) {
            return;
        }
        CharSequence code = headers.get("grpc-status");
        CharSequence message = headers.get("grpc-message");
        description = message == null ? "" : message.toString();
        if (code == null) {
            end(GrpcStatusCode.UNKNOWN, "HTTP status " + headers.status() + " without a status of gRPC");
        } else {
            try {
                status = GrpcStatusCode.fromValue(Integer.parseInt(code.toString()));
            } catch (IllegalArgumentException unknown) {
                end(GrpcStatusCode.UNKNOWN, "status " + code);
            }
        }
    }

    void data(ByteBuf data, boolean last) {
        byte[] bytes = new byte[Math.min(data.readableBytes(), MOST_KEPT - body.size())];
        data.getBytes(data.readerIndex(), bytes);
        body.write(bytes, 0, bytes.length);
        if (last) {
            end(GrpcStatusCode.UNKNOWN, "the answer has no status");
        }
    }

    void reset(long code) {
        end(GrpcStatusCode.UNAVAILABLE, "the call was reset, HTTP/2 error " + code);
    }

    @Override
    public GrpcStatusCode getStatusCode() {
        return status == null ? GrpcStatusCode.UNKNOWN : status;
    }

    @Override
    public String getStatusDescription() {
        return description;
    }

    @Override
    public byte[] getResponseMessage() {
        byte[] framed = body.toByteArray();
        return framed.length <= PREFIX ? new byte[0] : Arrays.copyOfRange(framed, PREFIX, framed.length);
    }

    private void end(GrpcStatusCode code, String why) {
        if (status == null) {
            status = code;
            description = why;
        }
    }
}
