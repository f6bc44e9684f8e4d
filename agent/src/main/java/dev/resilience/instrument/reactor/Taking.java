package dev.resilience.instrument.reactor;

import dev.resilience.instrument.WeavePoint;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.ByteBufFlux;
import reactor.netty.ByteBufMono;
import reactor.netty.Connection;
import reactor.netty.http.client.HttpClient.ResponseReceiver;
import reactor.netty.http.client.HttpClientResponse;

/**
 * The ways to take a response. Each is the client's own of the same name, made of a response that is there already: what the
 * application's receiver leaves of a body is discarded where the client discards it.
 */
enum Taking {
    HEAD {
        @Override
        Publisher<?> plain(ResponseReceiver<?> client, @Nullable Object receiver) {
            return client.response();
        }

        @Override
        Publisher<?> taken(Mono<Received> call, @Nullable Object receiver) {
            return call.map(received -> {
                received.discard();
                return received.response();
            });
        }

        @Override
        Object lazily(Supplier<Publisher<?>> made) {
            return Mono.defer(() -> Mono.fromDirect(made.get()));
        }
    },

    BODY {
        @Override
        Publisher<?> plain(ResponseReceiver<?> client, @Nullable Object receiver) {
            return client.response(Taking.<ByteBufFlux, Publisher<Object>>as(receiver));
        }

        @Override
        Publisher<?> taken(Mono<Received> call, @Nullable Object receiver) {
            return call.flatMapMany(received -> Flux.from(Taking.<ByteBufFlux, Publisher<Object>>as(receiver)
                            .apply(received.response(), received.content()))
                    .doFinally(end -> received.discard())
                    .contextWrite(received.response().currentContextView()));
        }

        @Override
        Object lazily(Supplier<Publisher<?>> made) {
            return Flux.defer(() -> Flux.from(made.get()));
        }
    },

    CONNECTION {
        @Override
        Publisher<?> plain(ResponseReceiver<?> client, @Nullable Object receiver) {
            return client.responseConnection(Taking.<Connection, Publisher<Object>>as(receiver));
        }

        @Override
        Publisher<?> taken(Mono<Received> call, @Nullable Object receiver) {
            return call.flatMapMany(received -> Flux.from(Taking.<Connection, Publisher<Object>>as(receiver)
                            .apply(received.response(), received.connection()))
                    .contextWrite(received.response().currentContextView()));
        }

        @Override
        Object lazily(Supplier<Publisher<?>> made) {
            return Flux.defer(() -> Flux.from(made.get()));
        }
    },

    CONTENT {
        @Override
        Publisher<?> plain(ResponseReceiver<?> client, @Nullable Object receiver) {
            return client.responseContent();
        }

        @Override
        Publisher<?> taken(Mono<Received> call, @Nullable Object receiver) {
            return call.flatMapMany(Received::content);
        }

        @Override
        Object lazily(Supplier<Publisher<?>> made) {
            return ByteBufFlux.fromInbound(Flux.defer(() -> Flux.from(made.get())));
        }
    },

    WHOLE_BODY {
        @Override
        Publisher<?> plain(ResponseReceiver<?> client, @Nullable Object receiver) {
            return client.responseSingle(Taking.<ByteBufMono, Mono<Object>>as(receiver));
        }

        @Override
        Publisher<?> taken(Mono<Received> call, @Nullable Object receiver) {
            return call.flatMap(received -> Taking.<ByteBufMono, Mono<Object>>as(receiver)
                    .apply(received.response(), received.content().aggregate())
                    .doFinally(end -> received.discard())
                    .contextWrite(received.response().currentContextView()));
        }

        @Override
        Object lazily(Supplier<Publisher<?>> made) {
            return Mono.defer(() -> Mono.fromDirect(made.get()));
        }
    };

    static Taking of(WeavePoint point) {
        String descriptor = point.descriptor();
        return switch (point.method()) {
            case "responseConnection" -> CONNECTION;
            case "responseContent" -> CONTENT;
            case "responseSingle" -> WHOLE_BODY;
            default -> descriptor != null && descriptor.startsWith(ReactorNetty.RECEIVER) ? BODY : HEAD;
        };
    }

    /** As the client itself does it. */
    abstract Publisher<?> plain(ResponseReceiver<?> client, @Nullable Object receiver);

    /** Makes what the application is to be given of a guarded call. */
    abstract Publisher<?> taken(Mono<Received> call, @Nullable Object receiver);

    /** The woven method's own type, made anew for each subscription. */
    abstract Object lazily(Supplier<Publisher<?>> made);

    @SuppressWarnings("unchecked") // the woven method's signature says so
    private static <B, P> BiFunction<HttpClientResponse, B, P> as(@Nullable Object receiver) {
        return (BiFunction<HttpClientResponse, B, P>) Objects.requireNonNull(receiver, "receiver");
    }
}
