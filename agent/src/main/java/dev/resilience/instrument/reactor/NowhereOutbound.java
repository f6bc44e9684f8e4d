package dev.resilience.instrument.reactor;

import dev.resilience.instrument.http.BodyCopy;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.util.ReferenceCounted;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.reactivestreams.Publisher;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.netty.Connection;
import reactor.netty.NettyOutbound;

/** Takes what would be sent, and lets go of it: for a copy of its bytes, as long as that is kept. */
final class NowhereOutbound implements NettyOutbound {

    private final BodyCopy copy;
    private final Supplier<Channel> channels;
    private final Mono<Void> before;

    /** @param channels asked by who wants to know where this goes */
    NowhereOutbound(BodyCopy copy, Supplier<Channel> channels) {
        this(copy, channels, Mono.empty());
    }

    private NowhereOutbound(BodyCopy copy, Supplier<Channel> channels, Mono<Void> before) {
        this.copy = copy;
        this.channels = channels;
        this.before = before;
    }

    /** On the heap and in no pool, so that nothing is lost when nobody releases it. */
    @Override
    public ByteBufAllocator alloc() {
        return UnpooledByteBufAllocator.DEFAULT;
    }

    @Override
    public NettyOutbound send(Publisher<? extends ByteBuf> body, Predicate<ByteBuf> flushes) {
        return taken(body);
    }

    @Override
    public NettyOutbound sendObject(Publisher<?> body, Predicate<Object> flushes) {
        return taken(body);
    }

    @Override
    public NettyOutbound sendObject(Object message) {
        return after(before.then(Mono.<Void>fromRunnable(() -> isKept(message)))
                .doOnCancel(() -> release(message))
                .doOnError(failure -> release(message)));
    }

    private NettyOutbound taken(Publisher<?> body) {
        return after(before.then(Mono.deferContextual(context -> Mono.create(taking -> {
            BaseSubscriber<Object> taker = new Taker(taking);
            taking.onDispose(taker);
            // As the client's own: what waits in a publisher is told of to who gave it up.
            Flux.from(body)
                    .doOnDiscard(ReferenceCounted.class, NowhereOutbound::release)
                    .contextWrite(context)
                    .subscribe(taker);
        }))));
    }

    private NettyOutbound after(Mono<Void> next) {
        return new NowhereOutbound(copy, channels, next);
    }

    /** Lets go also of what comes when no more is wanted. */
    private final class Taker extends BaseSubscriber<Object> {

        private final MonoSink<Void> taking;

        Taker(MonoSink<Void> taking) {
            this.taking = taking;
        }

        @Override
        protected void hookOnNext(Object message) {
            if (!isKept(message)) {
                taking.success();
            }
        }

        @Override
        protected void hookOnComplete() {
            taking.success();
        }

        @Override
        protected void hookOnError(Throwable failure) {
            taking.error(failure);
        }
    }

    private static void release(Object message) {
        if (message instanceof ReferenceCounted counted && counted.refCnt() > 0) {
            counted.release();
        }
    }

    private boolean isKept(Object message) {
        try {
            return CopyingOutbound.keep(message, copy);
        } finally {
            release(message);
        }
    }

    @Override
    public <S> NettyOutbound sendUsing(
            Callable<? extends S> source,
            BiFunction<? super Connection, ? super S, ?> mapped,
            Consumer<? super S> cleanup) {
        return after(before.then(Mono.error(() -> new UnsupportedOperationException("this request is not sent"))));
    }

    @Override
    public NettyOutbound withConnection(Consumer<? super Connection> told) {
        told.accept(new AnswerConnection(channels.get(), new byte[0]));
        return this;
    }

    @Override
    public Mono<Void> then() {
        return before;
    }
}
