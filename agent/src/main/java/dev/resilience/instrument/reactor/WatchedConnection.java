package dev.resilience.instrument.reactor;

import dev.resilience.instrument.http.Body;
import dev.resilience.instrument.http.NettyFailures;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufHolder;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.ByteBufFlux;
import reactor.netty.Connection;
import reactor.netty.NettyInbound;
import reactor.netty.NettyOutbound;

/** A connection whose body is watched as the application reads it. */
final class WatchedConnection implements Connection, NettyInbound {

    private final Connection connection;
    private final Body body;

    WatchedConnection(Connection connection, Body body) {
        this.connection = connection;
        this.body = body;
    }

    @Override
    public NettyInbound inbound() {
        return this;
    }

    @Override
    public ByteBufFlux receive() {
        return ByteBufFlux.fromInbound(receiveObject(), channel().alloc());
    }

    @Override
    public Flux<?> receiveObject() {
        Flux<?> content = connection.inbound().receiveObject();
        Flux<?> copied = body.keeps() ? content.doOnNext(this::copy) : content;
        return copied.doOnSubscribe(reader -> body.awaited())
                .doOnComplete(body::complete)
                .doOnError(failure -> body.broken(NettyFailures.told(failure)))
                .doOnCancel(body::abandon);
    }

    private void copy(Object piece) {
        Object content = piece instanceof ByteBufHolder holder ? holder.content() : piece;
        if (!(content instanceof ByteBuf buffer)) {
            body.abandon();
            return;
        }
        byte[] bytes = new byte[buffer.readableBytes()];
        buffer.getBytes(buffer.readerIndex(), bytes);
        body.write(bytes, 0, bytes.length);
    }

    @Override
    public NettyInbound withConnection(Consumer<? super Connection> told) {
        told.accept(this);
        return this;
    }

    @Override
    public <T extends Connection> @Nullable T as(Class<T> type) {
        return connection.as(type);
    }

    @Override
    public Channel channel() {
        return connection.channel();
    }

    @Override
    public Connection addHandlerFirst(String name, ChannelHandler handler) {
        connection.addHandlerFirst(name, handler);
        return this;
    }

    @Override
    public Connection addHandlerLast(String name, ChannelHandler handler) {
        connection.addHandlerLast(name, handler);
        return this;
    }

    @Override
    public void dispose() {
        connection.dispose();
    }

    @Override
    public boolean isDisposed() {
        return connection.isDisposed();
    }

    @Override
    public boolean isPersistent() {
        return connection.isPersistent();
    }

    @Override
    public Connection markPersistent(boolean persist) {
        connection.markPersistent(persist);
        return this;
    }

    @Override
    public Mono<Void> onDispose() {
        return connection.onDispose();
    }

    @Override
    public Connection onDispose(Disposable then) {
        connection.onDispose(then);
        return this;
    }

    @Override
    public Mono<Void> onTerminate() {
        return connection.onTerminate();
    }

    @Override
    public NettyOutbound outbound() {
        return connection.outbound();
    }

    @Override
    public boolean rebind(@Nullable Connection other) {
        return connection.rebind(other);
    }
}
