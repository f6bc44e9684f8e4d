package dev.resilience.instrument.vertx;

import dev.resilience.instrument.http.Body;
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
    private final @Nullable Body watch;
    private boolean flowSaid;
    private boolean read;

    /** Whether it is read as a whole: newer versions tell its end before what was read. */
    private boolean whole;

    HandedResponse(HttpClientResponse response, @Nullable Body watch) {
        this.response = response;
        this.watch = watch;
        if (watch != null) {
            response.end().onComplete(outcome -> {
                if (outcome.failed()) {
                    watch.broken(VertxFailures.told(outcome.cause()));
                } else if (!read) {
                    watch.abandon();
                } else if (!whole) {
                    watch.complete();
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
        if (asked.getDeclaringClass() == Object.class) {
            return Methods.ofObject(proxy, asked, given, response.toString());
        }
        switch (asked.getName()) {
            case "pause", "resume", "fetch" -> flowSaid = true;
            case "handler" -> {
                Handler<Buffer> handler = given == null ? null : (Handler<Buffer>) given[0];
                if (watch != null && handler != null) {
                    read = true;
                    response.handler(piece -> {
                        copy(piece, watch);
                        handler.handle(piece);
                    });
                    return proxy;
                }
            }
            case "body" -> {
                if (watch != null && given == null) {
                    read = true;
                    whole = true;
                    return ((Future<Buffer>) response.body()).map(body -> {
                        copy(body, watch);
                        watch.complete();
                        return body;
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

    private static void copy(Buffer piece, Body watch) {
        byte[] bytes = piece.getBytes();
        watch.write(bytes, 0, bytes.length);
    }
}
