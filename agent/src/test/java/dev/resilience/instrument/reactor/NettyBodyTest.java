package dev.resilience.instrument.reactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.netty.NettyOutbound;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientConfig;
import reactor.netty.http.client.HttpClientRequest;
import reactor.util.context.Context;

class NettyBodyTest {

    private static final Duration SOON = Duration.ofSeconds(30);

    /** What the client's own outbound is besides. */
    private interface Own {}

    private final List<Object> sent = new ArrayList<>();
    private final NettyOutbound wire = (NettyOutbound) Proxy.newProxyInstance(
            NettyBodyTest.class.getClassLoader(),
            new Class<?>[] {NettyOutbound.class, Own.class},
            (self, asked, arguments) -> switch (asked.getName()) {
                case "sendObject" -> {
                    sent.add(arguments[0]);
                    yield self;
                }
                case "then" -> Mono.empty();
                default -> throw new UnsupportedOperationException(asked.getName());
            });

    private Publisher<Void> send(BiFunction<HttpClientRequest, NettyOutbound, Publisher<Void>> callback) {
        HttpClientConfig config = ((HttpClient)
                        HttpClient.create().post().uri("http://a.example/").send(callback))
                .configuration();
        HttpClientRequest request = UnsentNettyRequest.of(config, Target.of(config), Context.empty());
        return Objects.requireNonNull(NettyBody.of(config, Context.empty())).send(request, wire);
    }

    @Test
    void a_callback_that_takes_its_outbound_for_the_clients_own_once_it_is_subscribed_to_is_given_that() {
        Mono.fromDirect(send((request, outbound) -> Mono.defer(
                        () -> ((NettyOutbound) (Own) outbound).sendObject("all").then())))
                .block(SOON);
        assertThat(sent).containsExactly("all");
    }

    @Test
    void a_callback_that_has_sent_something_is_not_asked_again() {
        Mono<Void> sending = Mono.fromDirect(send((request, outbound) -> outbound.sendObject(Unpooled.EMPTY_BUFFER)
                .then()
                .then(Mono.defer(() -> ((NettyOutbound) (Own) outbound).then()))));
        assertThatThrownBy(() -> sending.block(SOON)).isInstanceOf(ClassCastException.class);
        assertThat(sent).containsExactly(Unpooled.EMPTY_BUFFER);
    }
}
