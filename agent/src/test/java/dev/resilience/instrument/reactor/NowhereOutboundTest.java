package dev.resilience.instrument.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.fallback.Request;
import dev.resilience.instrument.http.BodyCopy;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

class NowhereOutboundTest {

    private static final Duration SOON = Duration.ofSeconds(30);

    private final BodyCopy copy = new BodyCopy();
    private final NowhereOutbound outbound = new NowhereOutbound(copy, EmbeddedChannel::new);

    /** What was given to the outbound, and is expected back released once: a second time fails. */
    private final List<ByteBuf> given = new ArrayList<>();

    private ByteBuf piece(int length) {
        ByteBuf piece = Unpooled.buffer(length).writeZero(length);
        given.add(piece);
        return piece;
    }

    private void allIsReleased() {
        assertThat(given).extracting(ByteBuf::refCnt).containsOnly(0);
    }

    @Test
    void what_is_taken_is_released_once() {
        ByteBuf kept = piece(3).retain();
        outbound.send(Flux.just(piece(1), kept)).sendObject(piece(2)).then().block(SOON);
        copy.complete();
        assertThat(copy.bytes()).hasSize(6);
        assertThat(kept.release()).isTrue();
        allIsReleased();
    }

    @Test
    void what_waits_in_a_publisher_is_released_when_no_more_is_wanted() {
        Sinks.Many<ByteBuf> waiting = Sinks.many().unicast().onBackpressureBuffer();
        waiting.tryEmitNext(piece(Request.Http.MAX_BODY + 1));
        waiting.tryEmitNext(piece(1));
        waiting.tryEmitNext(piece(2));
        outbound.send(waiting.asFlux()).then().block(SOON);
        allIsReleased();
    }

    @Test
    void what_waits_in_a_publisher_is_released_when_nobody_waits_any_more() {
        Sinks.Many<ByteBuf> later = Sinks.many().unicast().onBackpressureBuffer();
        Disposable taking = outbound.send(Flux.concat(Flux.just(piece(1)), Mono.never())
                        .flatMap(first -> later.asFlux()
                                .concatMap(piece -> Mono.just(piece).concatWith(Mono.never()), 8)
                                .startWith(first)))
                .then()
                .subscribe();
        later.tryEmitNext(piece(1));
        later.tryEmitNext(piece(2));
        later.tryEmitNext(piece(3));
        taking.dispose();
        allIsReleased();
    }

    @Test
    void what_comes_after_no_more_is_wanted_is_released() {
        List<ByteBuf> pieces = IntStream.of(Request.Http.MAX_BODY + 1, 1, 2)
                .mapToObj(this::piece)
                .toList();
        Publisher<ByteBuf> deaf = reader -> {
            reader.onSubscribe(new Subscription() {
                @Override
                public void request(long count) {}

                @Override
                public void cancel() {}
            });
            pieces.forEach(reader::onNext);
            reader.onComplete();
        };
        outbound.send(deaf).then().block(SOON);
        allIsReleased();
    }

    @Test
    void what_comes_after_a_failure_is_released_and_so_is_what_comes_before_a_file() {
        outbound.send(Mono.error(new IllegalStateException("no body")))
                .sendObject(piece(1))
                .then()
                .onErrorComplete(IllegalStateException.class)
                .block(SOON);
        outbound.sendObject(piece(2))
                .sendUsing(() -> "file", (connection, source) -> source, source -> {})
                .then()
                .onErrorComplete(UnsupportedOperationException.class)
                .block(SOON);
        allIsReleased();
    }
}
