package dev.resilience.store;

import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.InetNameResolver;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.ThreadFactory;

/**
 * Names of hosts, as the JDK and with it the application resolves them. That may wait, so it is done on a thread that ends with
 * it and no event loop waits for it; a numeric address needs neither. Thread-safe.
 */
final class HostNames extends AddressResolverGroup<InetSocketAddress> {

    private final ThreadFactory threads;

    HostNames(ThreadFactory threads) {
        this.threads = threads;
    }

    @Override
    protected AddressResolver<InetSocketAddress> newResolver(EventExecutor executor) {
        return new Resolver(executor).asAddressResolver();
    }

    private final class Resolver extends InetNameResolver {

        Resolver(EventExecutor executor) {
            super(executor);
        }

        @Override
        protected void doResolve(String host, Promise<InetAddress> promise) {
            if (NetUtil.isValidIpV4Address(host) || NetUtil.isValidIpV6Address(host)) {
                lookUp(host, promise);
            } else {
                elsewhere(() -> lookUp(host, promise), promise);
            }
        }

        @Override
        protected void doResolveAll(String host, Promise<List<InetAddress>> promise) {
            elsewhere(
                    () -> {
                        try {
                            promise.trySuccess(List.of(InetAddress.getAllByName(host)));
                        } catch (UnknownHostException | RuntimeException unknown) {
                            promise.tryFailure(unknown);
                        }
                    },
                    promise);
        }

        private void lookUp(String host, Promise<InetAddress> promise) {
            try {
                promise.trySuccess(InetAddress.getByName(host));
            } catch (UnknownHostException | RuntimeException unknown) {
                promise.tryFailure(unknown);
            }
        }

        private void elsewhere(Runnable work, Promise<?> promise) {
            try {
                threads.newThread(work).start();
            } catch (RuntimeException | OutOfMemoryError noThread) {
                promise.tryFailure(noThread);
            }
        }
    }
}
