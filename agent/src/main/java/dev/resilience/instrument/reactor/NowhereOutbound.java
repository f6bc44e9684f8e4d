package dev.resilience.instrument.reactor;

import dev.resilience.instrument.http.BodyCopy;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.Connection;
import reactor.netty.NettyOutbound;

/** Takes what would be sent, and lets go of it: for a copy of its bytes, as long as that is kept. */
final class NowhereOutbound implements NettyOutbound {

    private final BodyCopy copy;
    private final Mono<Void> before;

    NowhereOutbound(BodyCopy copy) {
        this(copy, Mono.empty());
    }

    private NowhereOutbound(BodyCopy copy, Mono<Void> before) {
        this.copy = copy;
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
        return taken(Mono.just(message));
    }

    private NettyOutbound taken(Publisher<?> body) {
        return new NowhereOutbound(
                copy, before.then(Flux.from(body).takeWhile(this::isKept).then()));
    }

    private boolean isKept(Object message) {
        try {
            return CopyingOutbound.keep(message, copy);
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    @Override
    public <S> NettyOutbound sendUsing(
            Callable<? extends S> source,
            BiFunction<? super Connection, ? super S, ?> mapped,
            Consumer<? super S> cleanup) {
        throw new UnsupportedOperationException("this request is not sent");
    }

    @Override
    public NettyOutbound withConnection(Consumer<? super Connection> told) {
        told.accept(new AnswerConnection(new byte[0]));
        return this;
    }

    @Override
    public Mono<Void> then() {
        return before;
    }
}
