package dev.resilience.instrument.reactor;

import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A channel to nowhere with an event loop that runs what it is given, until all is over: an embedded one's runs nothing by
 * itself, and Spring's blocking clients up to 6.2 write their bodies there.
 */
final class NowhereChannel extends EmbeddedChannel {

    /** Null while the embedded channel is made, which needs its own. */
    private final @Nullable EventLoop running;

    /** @param threads where the loop runs, from the first thing that it is given */
    NowhereChannel(Executor threads, CompletionStage<?> over) {
        EventLoop loop = new DefaultEventLoop(threads);
        running = loop;
        over.whenComplete((nothing, failure) -> loop.shutdownGracefully(0, 0, TimeUnit.SECONDS));
    }

    @Override
    public EventLoop eventLoop() {
        return running == null ? super.eventLoop() : running;
    }
}
