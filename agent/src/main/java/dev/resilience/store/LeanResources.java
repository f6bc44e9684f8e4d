package dev.resilience.store;

import io.lettuce.core.event.DefaultEventPublisherOptions;
import io.lettuce.core.event.Event;
import io.lettuce.core.event.EventBus;
import io.lettuce.core.event.EventPublisherOptions;
import io.lettuce.core.metrics.CommandLatencyRecorder;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.Delay;
import io.lettuce.core.resource.DnsResolver;
import io.lettuce.core.resource.EventLoopGroupProvider;
import io.lettuce.core.resource.NettyCustomizer;
import io.lettuce.core.resource.SocketAddressResolver;
import io.lettuce.core.tracing.Tracing;
import io.netty.channel.EventLoopGroup;
import io.netty.resolver.AddressResolverGroup;
import io.netty.util.Timer;
import io.netty.util.concurrent.EventExecutorGroup;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import java.time.Duration;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import reactor.core.publisher.Flux;

/**
 * What Lettuce's clients share: the agent's own event loops and timer, and nothing that it does not use. Lettuce's own would bring a
 * resolver of names with a socket, a bus of events, measurements and a good part of Reactor into the start of an application.
 */
final class LeanResources implements ClientResources {

    /** Between attempts to reach a node of a cluster again. */
    private static final Duration RECONNECT = Duration.ofMillis(250);

    private final EventLoopGroup loops;
    private final int threads;
    private final Timer timer;
    private final AddressResolverGroup<?> names;
    private final SocketAddressResolver addresses = SocketAddressResolver.create(DnsResolver.unresolved());
    private final Delay reconnect = Delay.constant(RECONNECT);
    private final EventBus unheard = new UnheardEvents();
    private final NettyCustomizer asItIs = new NettyCustomizer() {};

    /** @param loops are shut down by who made them */
    LeanResources(EventLoopGroup loops, int threads, Timer timer, ThreadFactory forNames) {
        this.loops = loops;
        this.threads = threads;
        this.timer = timer;
        this.names = new HostNames(forNames);
    }

    @Override
    public Builder mutate() {
        throw new UnsupportedOperationException("these are all that there are");
    }

    @Override
    public Future<Boolean> shutdown() {
        names.close();
        return ImmediateEventExecutor.INSTANCE.newSucceededFuture(true);
    }

    @Override
    public Future<Boolean> shutdown(long quietPeriod, long timeout, TimeUnit unit) {
        return shutdown();
    }

    @Override
    public AddressResolverGroup<?> addressResolverGroup() {
        return names;
    }

    @Override
    public EventPublisherOptions commandLatencyPublisherOptions() {
        return DefaultEventPublisherOptions.disabled();
    }

    @Override
    public CommandLatencyRecorder commandLatencyRecorder() {
        return CommandLatencyRecorder.disabled();
    }

    @Override
    public int computationThreadPoolSize() {
        return threads;
    }

    @Override
    public EventBus eventBus() {
        return unheard;
    }

    @Override
    public EventLoopGroupProvider eventLoopGroupProvider() {
        return new Loops(loops, threads);
    }

    @Override
    public EventExecutorGroup eventExecutorGroup() {
        return loops;
    }

    @Override
    public int ioThreadPoolSize() {
        return threads;
    }

    @Override
    public NettyCustomizer nettyCustomizer() {
        return asItIs;
    }

    @Override
    public Delay reconnectDelay() {
        return reconnect;
    }

    @Override
    public SocketAddressResolver socketAddressResolver() {
        return addresses;
    }

    @Override
    public Timer timer() {
        return timer;
    }

    @Override
    public Tracing tracing() {
        return Tracing.disabled();
    }

    /** Lends the same loops to everybody; they end with their owner. */
    private record Loops(EventLoopGroup loops, int threadPoolSize) implements EventLoopGroupProvider {

        @Override
        public <T extends EventLoopGroup> T allocate(Class<T> type) {
            return type.cast(loops);
        }

        @Override
        public Future<Boolean> release(EventExecutorGroup group, long quietPeriod, long timeout, TimeUnit unit) {
            return ImmediateEventExecutor.INSTANCE.newSucceededFuture(true);
        }

        @Override
        public Future<Boolean> shutdown(long quietPeriod, long timeout, TimeUnit unit) {
            return ImmediateEventExecutor.INSTANCE.newSucceededFuture(true);
        }
    }

    /** Nobody listens to Lettuce's events. */
    private static final class UnheardEvents implements EventBus {

        @Override
        public Flux<Event> get() {
            return Flux.never();
        }

        @Override
        public void publish(Event event) {}
    }
}
