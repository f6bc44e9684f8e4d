package dev.resilience.admin;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;

/** Answers as Netty writes them, with the headers that every answer carries. */
final class HttpReplies {

    private HttpReplies() {}

    /** @param head whether the body is left out and only its length told */
    static FullHttpResponse of(Reply reply, boolean head, boolean keepAlive) {
        FullHttpResponse response = plain(reply, head, keepAlive);
        response.headers().setInt(HttpHeaderNames.CONTENT_LENGTH, reply.body().length);
        return response;
    }

    /** The head of an answer that has no end. */
    static HttpResponse streaming(String contentType) {
        HttpResponse response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        common(response.headers(), contentType);
        HttpUtil.setTransferEncodingChunked(response, true);
        return response;
    }

    private static FullHttpResponse plain(Reply reply, boolean head, boolean keepAlive) {
        FullHttpResponse response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1,
                HttpResponseStatus.valueOf(reply.status()),
                head ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(reply.body()));
        common(response.headers(), reply.contentType());
        response.headers()
                .set(HttpHeaderNames.CONNECTION, keepAlive ? HttpHeaderValues.KEEP_ALIVE : HttpHeaderValues.CLOSE);
        reply.headers().forEach((name, value) -> response.headers().set(name, value));
        return response;
    }

    private static void common(HttpHeaders headers, String contentType) {
        headers.set(HttpHeaderNames.CONTENT_TYPE, contentType)
                .set(HttpHeaderNames.CACHE_CONTROL, "private, no-cache")
                .set(HttpHeaderNames.X_FRAME_OPTIONS, "DENY")
                .set("X-Content-Type-Options", "nosniff")
                .set("Referrer-Policy", "no-referrer")
                .set(HttpHeaderNames.CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'");
    }
}
