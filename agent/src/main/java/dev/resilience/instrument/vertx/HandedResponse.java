package dev.resilience.instrument.vertx;

import dev.resilience.instrument.http.Recording;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;

/**
 * A response of the client's, whose body is copied as the application reads it, or that was held back until it was known
 * what becomes of it.
 */
final class HandedResponse implements InvocationHandler {

    private final HttpClientResponse response;
    private final @Nullable Recording recording;
    private boolean flowSaid;
    private boolean read;

    HandedResponse(HttpClientResponse response, @Nullable Recording recording) {
        this.response = response;
        this.recording = recording;
        if (recording != null) {
            response.end().onComplete(outcome -> {
                if (outcome.succeeded() && read) {
                    recording.complete();
                } else {
                    recording.abandon();
                }
            });
        }
    }

    HttpClientResponse proxy() {
        return Methods.proxy(HttpClientResponse.class, this);
    }

    void hold() {
        response.pause();
    }

    /** Lets the body flow, unless the application has said meanwhile how it is to flow. */
    void letGo() {
        if (!flowSaid) {
            response.resume();
        }
    }

    @Override
    @SuppressWarnings("unchecked") // the methods' signatures say so
    public @Nullable Object invoke(Object proxy, Method asked, Object @Nullable [] given) throws Throwable {
        Object ofObject = Methods.ofObject(proxy, asked, given, response.toString());
        if (ofObject != null) {
            return ofObject;
        }
        switch (asked.getName()) {
            case "pause", "resume", "fetch" -> flowSaid = true;
            case "handler" -> {
                Handler<Buffer> handler = given == null ? null : (Handler<Buffer>) given[0];
                if (recording != null && handler != null) {
                    read = true;
                    response.handler(piece -> {
                        copy(piece, recording);
                        handler.handle(piece);
                    });
                    return proxy;
                }
            }
            case "body" -> {
                if (recording != null && given == null) {
                    read = true;
                    return ((Future<Buffer>) response.body()).map(whole -> {
                        copy(whole, recording);
                        recording.complete();
                        return whole;
                    });
                }
            }
            default -> {}
        }
        if (asked.isDefault()) {
            // Defined by what is here: pipes read by way of this very proxy.
            return InvocationHandler.invokeDefault(proxy, asked, given);
        }
        Object result = Methods.call(asked, response, given);
        return result == response ? proxy : result;
    }

    private static void copy(Buffer piece, Recording recording) {
        byte[] bytes = piece.getBytes();
        recording.write(bytes, 0, bytes.length);
    }
}
