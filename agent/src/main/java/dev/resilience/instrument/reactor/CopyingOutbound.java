package dev.resilience.instrument.reactor;

import dev.resilience.instrument.http.BodyCopy;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.Connection;
import reactor.netty.NettyOutbound;

/** Sends what is to be sent, and keeps a copy of its bytes; of files, and of what is no bytes, there is none. */
final class CopyingOutbound implements NettyOutbound {

    private final NettyOutbound wire;
    private final BodyCopy copy;
    private final AtomicBoolean used;

    CopyingOutbound(NettyOutbound wire, BodyCopy copy) {
        this(wire, copy, new AtomicBoolean());
    }

    private CopyingOutbound(NettyOutbound wire, BodyCopy copy, AtomicBoolean used) {
        this.wire = wire;
        this.copy = copy;
        this.used = used;
    }

    /** Whether something may have been sent. */
    boolean isUsed() {
        return used.get();
    }

    private NettyOutbound with(NettyOutbound next) {
        used.set(true);
        return new CopyingOutbound(next, copy, used);
    }

    private NettyOutbound lost(NettyOutbound next) {
        copy.lose();
        return with(next);
    }

    @Override
    public ByteBufAllocator alloc() {
        return wire.alloc();
    }

    @Override
    public NettyOutbound send(Publisher<? extends ByteBuf> body) {
        return with(wire.send(copied(body)));
    }

    @Override
    public NettyOutbound send(Publisher<? extends ByteBuf> body, Predicate<ByteBuf> flushes) {
        return with(wire.send(copied(body), flushes));
    }

    @Override
    public NettyOutbound sendObject(Publisher<?> body) {
        return with(wire.sendObject(copied(body)));
    }

    @Override
    public NettyOutbound sendObject(Publisher<?> body, Predicate<Object> flushes) {
        return with(wire.sendObject(copied(body), flushes));
    }

    @Override
    public NettyOutbound sendObject(Object message) {
        keep(message, copy);
        return with(wire.sendObject(message));
    }

    @Override
    public <S> NettyOutbound sendUsing(
            Callable<? extends S> source,
            BiFunction<? super Connection, ? super S, ?> mapped,
            Consumer<? super S> cleanup) {
        return lost(wire.sendUsing(source, mapped, cleanup));
    }

    @Override
    public NettyOutbound sendFile(Path file) {
        return lost(wire.sendFile(file));
    }

    @Override
    public NettyOutbound sendFile(Path file, long position, long count) {
        return lost(wire.sendFile(file, position, count));
    }

    @Override
    public NettyOutbound sendFileChunked(Path file, long position, long count) {
        return lost(wire.sendFileChunked(file, position, count));
    }

    @Override
    public NettyOutbound withConnection(Consumer<? super Connection> told) {
        return with(wire.withConnection(told));
    }

    @Override
    public Mono<Void> then() {
        used.set(true);
        return wire.then();
    }

    @Override
    public void subscribe(Subscriber<? super Void> reader) {
        used.set(true);
        wire.subscribe(reader);
    }

    /** The client tells one buffer from a stream of them by the publisher's type. */
    private <T> Publisher<T> copied(Publisher<T> body) {
        return body instanceof Mono
                ? Mono.<T>from(body).doOnNext(message -> keep(message, copy))
                : Flux.<T>from(body).doOnNext(message -> keep(message, copy));
    }

    /** @return false where nothing more needs to be told */
    static boolean keep(Object message, BodyCopy copy) {
        if (message instanceof ByteBuf piece) {
            byte[] bytes = new byte[piece.readableBytes()];
            piece.getBytes(piece.readerIndex(), bytes);
            return copy.write(bytes, 0, bytes.length);
        }
        copy.lose();
        return false;
    }
}
