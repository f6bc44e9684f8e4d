package dev.resilience.instrument.reactor;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.client.reactive.ClientHttpRequest;
import org.springframework.http.codec.HttpMessageWriter;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.reactive.function.BodyInserter;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ExchangeFunction;
import reactor.core.publisher.Mono;

/**
 * A request's body, for what may take its call in charge: kept while it is sent. Where it was not sent, it is written once more,
 * to nobody, which only a value can be: what the application publishes is never asked for a second time, nor for us alone.
 * Never waits. Thread-safe.
 */
final class RequestBody {

    private final ClientRequest request;
    private final ExchangeFunction function;
    private volatile @Nullable KeptRequest last;

    RequestBody(ClientRequest request, ExchangeFunction function) {
        this.request = request;
        this.function = function;
    }

    /** The request whose body is kept when it is sent. */
    ClientRequest keeping(ClientRequest sent) {
        return ClientRequest.from(sent).body(this::insert).build();
    }

    /** Called anew where a connector sends a request anew. */
    private Mono<Void> insert(ClientHttpRequest message, BodyInserter.Context context) {
        KeptRequest kept = KeptRequest.of(message);
        last = kept;
        return request.body().insert(kept, context);
    }

    /** All of it, or null when that is not known. */
    byte @Nullable [] bytes() {
        KeptRequest kept = last;
        if (kept == null || !kept.isKnown()) {
            kept = writtenToNobody();
            last = kept;
        }
        return kept.bytes();
    }

    /** What was written as the body's type, which encoders choose; null before it was written. */
    @Nullable
    String contentType() {
        KeptRequest kept = last;
        return kept == null ? null : kept.contentType();
    }

    private KeptRequest writtenToNobody() {
        UnsentRequest unsent = new UnsentRequest(request);
        KeptRequest kept = new KeptRequest(unsent);
        try {
            request.body()
                    .insert(
                            kept,
                            new ValuesOnly(unsent, Exchange.strategies(function).messageWriters()))
                    .subscribe(written -> {}, unwritable -> {})
                    .dispose();
        } catch (RuntimeException unwritable) {
            // Not known, then.
        }
        return kept;
    }

    /** @param writers the application's own */
    private record ValuesOnly(UnsentRequest unsent, List<HttpMessageWriter<?>> writers)
            implements BodyInserter.Context {

        @Override
        public List<HttpMessageWriter<?>> messageWriters() {
            return writers.stream().<HttpMessageWriter<?>>map(this::valueWriter).toList();
        }

        private <T> ValueWriter<T> valueWriter(HttpMessageWriter<T> writer) {
            return new ValueWriter<>(writer, unsent);
        }

        @Override
        public Optional<ServerHttpRequest> serverRequest() {
            return Optional.empty();
        }

        @Override
        public Map<String, Object> hints() {
            return Map.of();
        }
    }
}
