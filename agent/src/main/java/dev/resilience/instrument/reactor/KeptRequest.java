package dev.resilience.instrument.reactor;

import dev.resilience.bootstrap.Bridge;
import dev.resilience.fallback.Request;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.ZeroCopyHttpOutputMessage;
import org.springframework.http.client.reactive.ClientHttpRequest;
import org.springframework.http.client.reactive.ClientHttpRequestDecorator;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A request as a connector sends it, and a copy of its body: up to {@link Request.Http#MAX_BODY}, and nothing of a longer one. Written
 * by one thread at a time, read by any.
 */
class KeptRequest extends ClientHttpRequestDecorator {

    private final ByteArrayOutputStream copy = new ByteArrayOutputStream();
    private volatile boolean whole;
    private volatile boolean tooLong;
    private volatile @Nullable String contentType;

    KeptRequest(ClientHttpRequest request) {
        super(request);
    }

    static KeptRequest of(ClientHttpRequest request) {
        return request instanceof ZeroCopyHttpOutputMessage files
                ? new WithFiles(request, files)
                : new KeptRequest(request);
    }

    /** Whether the body can be told, or never will be. */
    final boolean isKnown() {
        return whole || tooLong;
    }

    /** Null when it is not whole. */
    final byte @Nullable [] bytes() {
        return whole && !tooLong ? copy.toByteArray() : null;
    }

    final @Nullable String contentType() {
        return contentType;
    }

    @Override
    public Mono<Void> writeWith(Publisher<? extends DataBuffer> body) {
        noteType();
        // A connector tells one buffer from a stream of them by the publisher's type.
        return super.writeWith(
                body instanceof Mono
                        ? Mono.<DataBuffer>from(body)
                                .doOnSubscribe(sender -> begin())
                                .doOnNext(this::keep)
                                .doOnSuccess(end -> whole = true)
                        : Flux.<DataBuffer>from(body)
                                .doOnSubscribe(sender -> begin())
                                .doOnNext(this::keep)
                                .doOnComplete(() -> whole = true));
    }

    @Override
    public Mono<Void> writeAndFlushWith(Publisher<? extends Publisher<? extends DataBuffer>> body) {
        noteType();
        Flux<Publisher<DataBuffer>> kept =
                Flux.from(body).map(piece -> Flux.<DataBuffer>from(piece).doOnNext(this::keep));
        return super.writeAndFlushWith(kept.doOnSubscribe(sender -> begin())).doOnSuccess(end -> whole = true);
    }

    @Override
    public Mono<Void> setComplete() {
        noteType();
        return super.setComplete().doOnSubscribe(sender -> whole = true);
    }

    private void noteType() {
        contentType = getHeaders().getFirst("Content-Type");
    }

    private void begin() {
        whole = false;
        tooLong = false;
        copy.reset();
    }

    private void keep(DataBuffer piece) {
        try {
            tooLong |= piece.readableByteCount() > Request.Http.MAX_BODY - copy.size();
            if (tooLong) {
                copy.reset();
            } else {
                copy.writeBytes(bytes(piece));
            }
        } catch (RuntimeException failure) {
            tooLong = true;
            Bridge.failed(failure);
        }
    }

    /** What there is to read, which stays to be read. */
    static byte[] bytes(DataBuffer piece) {
        int position = piece.readPosition();
        byte[] bytes = new byte[piece.readableByteCount()];
        piece.read(bytes);
        piece.readPosition(position);
        return bytes;
    }

    /** Where files are sent without being read here: they stay untold. */
    private static final class WithFiles extends KeptRequest implements ZeroCopyHttpOutputMessage {

        private final ZeroCopyHttpOutputMessage files;

        WithFiles(ClientHttpRequest request, ZeroCopyHttpOutputMessage files) {
            super(request);
            this.files = files;
        }

        @Override
        public Mono<Void> writeWith(Path file, long position, long count) {
            return files.writeWith(file, position, count);
        }
    }
}
