package dev.resilience.instrument.reactor;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.function.Consumer;
import reactor.core.publisher.Flux;
import reactor.netty.ByteBufFlux;
import reactor.netty.Connection;
import reactor.netty.NettyInbound;

/** Where an answer comes from: a connection to nowhere. */
final class AnswerConnection implements Connection, NettyInbound {

    private final Channel channel;
    private final byte[] body;

    AnswerConnection(byte[] body) {
        this(new EmbeddedChannel(), body);
    }

    AnswerConnection(Channel channel, byte[] body) {
        this.channel = channel;
        this.body = body;
    }

    @Override
    public Channel channel() {
        return channel;
    }

    @Override
    public NettyInbound inbound() {
        return this;
    }

    @Override
    public ByteBufFlux receive() {
        return ByteBufFlux.fromInbound(receiveObject(), channel.alloc());
    }

    /** On the heap and in no pool, so that nothing is lost when nobody releases it. */
    @Override
    public Flux<?> receiveObject() {
        // Each body of its own: readers may write into it.
        return body.length == 0 ? Flux.empty() : Flux.defer(() -> Flux.just(Unpooled.wrappedBuffer(body.clone())));
    }

    @Override
    public NettyInbound withConnection(Consumer<? super Connection> told) {
        told.accept(this);
        return this;
    }
}
