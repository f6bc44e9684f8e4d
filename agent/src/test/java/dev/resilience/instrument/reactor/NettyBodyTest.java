package dev.resilience.instrument.reactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
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

    private static HttpClientConfig calling(BiFunction<HttpClientRequest, NettyOutbound, Publisher<Void>> callback) {
        return ((HttpClient) HttpClient.create().post().uri("http://a.example/").send(callback)).configuration();
    }

    private Publisher<Void> send(BiFunction<HttpClientRequest, NettyOutbound, Publisher<Void>> callback) {
        HttpClientConfig config = calling(callback);
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

    /** As the blocking clients of Spring 6.1 and 6.2 do. */
    @Test
    void a_body_that_is_written_on_its_connections_event_loop_is_known_where_it_goes_nowhere() {
        AtomicReference<EventLoop> loop = new AtomicReference<>();
        HttpClientConfig config = calling((request, outbound) -> outbound.withConnection(
                        connection -> loop.set(connection.channel().eventLoop()))
                .send(reader -> {
                    reader.onSubscribe(Operators.emptySubscription());
                    loop.get().execute(() -> {
                        reader.onNext(ByteBufUtil.writeAscii(outbound.alloc(), "all "));
                        reader.onNext(ByteBufUtil.writeAscii(outbound.alloc(), "of it"));
                        reader.onComplete();
                    });
                }));
        NettyBody body = Objects.requireNonNull(NettyBody.of(config, Context.empty()));
        assertThat(body.gather(Target.of(config))).succeedsWithin(SOON);
        assertThat(body.bytes()).asString().isEqualTo("all of it");
        assertThat(loop.get().terminationFuture()).succeedsWithin(SOON);
    }
}
