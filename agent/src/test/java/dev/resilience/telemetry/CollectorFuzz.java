package dev.resilience.telemetry;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import java.nio.charset.StandardCharsets;

/** What a collector answers by gRPC, and what callers send as {@code traceparent}. */
public final class CollectorFuzz {

    private CollectorFuzz() {}

    public static void fuzzerTestOneInput(byte[] data) {
        String text = new String(data, StandardCharsets.ISO_8859_1);
        TraceParent.parse(text);
        GrpcAnswer answer = new GrpcAnswer(1);
        String[] parts = text.split("\n", 3);
        answer.data(Unpooled.wrappedBuffer(data), false);
        Http2Headers trailers = new DefaultHttp2Headers(false);
        trailers.set("grpc-status", parts[0]);
        trailers.set("grpc-message", parts[parts.length - 1]);
        answer.headers(trailers, true);
        answer.getResponseMessage();
        if (answer.getStatusCode() == null || answer.getStatusDescription() == null || !answer.ended()) {
            throw new AssertionError("an answer without a status");
        }
    }
}
