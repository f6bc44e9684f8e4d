package dev.resilience.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.resolver.AddressResolver;
import io.netty.util.concurrent.DefaultEventExecutor;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostNamesTest {

    private static final EventExecutor LOOP = new DefaultEventExecutor();

    private final AtomicInteger made = new AtomicInteger();
    private final AddressResolver<InetSocketAddress> names = new HostNames(work -> {
                made.incrementAndGet();
                return new Thread(work);
            })
            .getResolver(LOOP);

    @AfterAll
    static void end() {
        LOOP.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1", "203.0.113.7"})
    void a_numeric_address_is_its_own_and_needs_no_thread(String address) throws Exception {
        assertThat(resolved(address).getNow().getAddress()).isEqualTo(InetAddress.getByName(address));
        assertThat(made).hasValue(0);
    }

    @Test
    void a_name_is_looked_up_on_a_thread_of_its_own() throws Exception {
        InetSocketAddress found = resolved("localhost").getNow();

        assertThat(found.getAddress().isLoopbackAddress()).isTrue();
        assertThat(found.getPort()).isEqualTo(6379);
        assertThat(made).hasValue(1);
    }

    @Test
    void all_addresses_of_a_name_are_found_too() throws Exception {
        Future<?> found = names.resolveAll(InetSocketAddress.createUnresolved("localhost", 6379));

        assertThat(found.await(60, TimeUnit.SECONDS)).isTrue();
        assertThat(found.getNow())
                .asInstanceOf(InstanceOfAssertFactories.LIST)
                .contains(new InetSocketAddress("localhost", 6379));
    }

    @Test
    void a_name_that_nobody_has_is_unknown() throws Exception {
        assertThat(resolved("no such host.invalid").cause()).isInstanceOf(UnknownHostException.class);
    }

    @Test
    void without_a_thread_the_failure_is_told() throws Exception {
        Future<InetSocketAddress> found = new HostNames(work -> {
                    throw new OutOfMemoryError("unable to create native thread");
                })
                .getResolver(LOOP)
                .resolve(InetSocketAddress.createUnresolved("localhost", 6379));

        assertThat(found.await(60, TimeUnit.SECONDS)).isTrue();
        assertThat(found.cause()).isInstanceOf(OutOfMemoryError.class);
    }

    private Future<InetSocketAddress> resolved(String host) throws InterruptedException {
        Future<InetSocketAddress> found = names.resolve(InetSocketAddress.createUnresolved(host, 6379));
        assertThat(found.await(60, TimeUnit.SECONDS)).isTrue();
        return found;
    }
}
