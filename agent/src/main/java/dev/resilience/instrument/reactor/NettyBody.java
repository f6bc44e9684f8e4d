package dev.resilience.instrument.reactor;

import dev.resilience.instrument.http.BodyCopy;
import dev.resilience.instrument.http.Elsewhere;
import dev.resilience.instrument.http.OneTimeBody;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.IOException;
import java.lang.reflect.Field;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.netty.NettyOutbound;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientConfig;
import reactor.netty.http.client.HttpClientRequest;
import reactor.util.context.ContextView;

/**
 * What {@code send(…)} does for one call: it makes the body, and may set headers. Copied while it is sent; where the call is not
 * made, done once for nobody. Never waits. Thread-safe.
 */
final class NettyBody {

    private final BiFunction<HttpClientRequest, NettyOutbound, Publisher<Void>> sender;
    private final HttpClientConfig config;
    private final ContextView context;
    private final Elsewhere elsewhere = new Elsewhere();
    private final OneTimeBody body = new OneTimeBody();

    /** As they were sent, or would have been; null before. */
    private volatile @Nullable HttpHeaders headers;

    private NettyBody(
            HttpClientConfig config,
            BiFunction<HttpClientRequest, NettyOutbound, Publisher<Void>> sender,
            ContextView context) {
        this.config = config;
        this.sender = sender;
        this.context = context;
    }

    /** Null for a call without such a callback, and for one whose callback cannot do with an outbound of ours. */
    @SuppressWarnings("unchecked") // the field's type is part of what is known of it
    static @Nullable NettyBody of(HttpClientConfig config, ContextView context) {
        Object sender = Settings.sender(config);
        return sender == null || sender instanceof HttpClient.RedirectSendHandler || sendsForm(sender)
                ? null
                : new NettyBody(
                        config, (BiFunction<HttpClientRequest, NettyOutbound, Publisher<Void>>) sender, context);
    }

    /** Whether it is what the client makes of {@code sendForm(…)}, which takes its outbound for more than that. */
    private static boolean sendsForm(Object sender) {
        if (sender.getClass().getName().startsWith("reactor.netty.")) {
            for (Field field : sender.getClass().getDeclaredFields()) {
                if (BiConsumer.class.isAssignableFrom(field.getType())) {
                    return true;
                }
            }
        }
        return false;
    }

    @Nullable
    HttpHeaders headers() {
        return headers;
    }

    byte @Nullable [] bytes() {
        return body.bytes();
    }

    /** In the callback's place. Called anew for each request that the call makes. */
    Publisher<Void> send(HttpClientRequest request, NettyOutbound wire) {
        BodyCopy copy = body.begin();
        if (copy == null) {
            return Mono.error(new IOException("the request body was made for a fallback and can be sent no more"));
        }
        CopyingOutbound copying = new CopyingOutbound(wire, copy);
        Publisher<Void> sent;
        try {
            sent = sender.apply(request, copying);
        } catch (ClassCastException failure) {
            if (!wantsTheClients(failure)) {
                throw failure;
            }
            return past(copy, request, wire);
        }
        if (sent == copying) {
            // It sends nothing, which the client knows by its own outbound.
            told(request);
            copy.complete();
            return wire;
        }
        // The response may be there before a publisher says that this was all.
        copy.expecting(announced(request));
        return Mono.fromDirect(sent)
                .onErrorResume(
                        ClassCastException.class,
                        failure -> copying.isUsed() || !wantsTheClients(failure)
                                ? Mono.error(failure)
                                : Mono.fromDirect(past(copy, request, wire)))
                .doOnSuccess(nothing -> {
                    // Headers may be set for as long as nothing is sent, which may be when it is subscribed to.
                    told(request);
                    copy.complete();
                });
    }

    /** A callback that is called again must not have failed for a reason of its own. The JVM may leave a frequent one's words out. */
    private static boolean wantsTheClients(ClassCastException failure) {
        String message = failure.getMessage();
        return message == null || message.contains(CopyingOutbound.class.getName());
    }

    /** Without a copy. */
    private Publisher<Void> past(BodyCopy copy, HttpClientRequest request, NettyOutbound wire) {
        copy.lose();
        return sender.apply(request, wire);
    }

    /** Makes it for nobody, where it was not sent. */
    CompletionStage<?> gather(Target target) {
        return body.gather(elsewhere, (copy, over) -> {
            HttpClientRequest unsent = UnsentNettyRequest.of(config, target, context);
            Publisher<Void> made =
                    sender.apply(unsent, new NowhereOutbound(copy, () -> new NowhereChannel(elsewhere, over)));
            Disposable making = Mono.fromDirect(made)
                    .contextWrite(context)
                    .subscribe(nothing -> {}, unwilling -> over.complete(null), () -> {
                        told(unsent);
                        copy.complete();
                        over.complete(null);
                    });
            over.whenComplete((nothing, failure) -> making.dispose());
        });
    }

    private static long announced(HttpClientRequest request) {
        String length = request.requestHeaders().get(HttpHeaderNames.CONTENT_LENGTH);
        return length != null && length.matches("\\d{1,18}") ? Long.parseLong(length) : -1;
    }

    private void told(HttpClientRequest request) {
        if (headers == null) {
            headers = new DefaultHttpHeaders(false).set(request.requestHeaders());
        }
    }
}
