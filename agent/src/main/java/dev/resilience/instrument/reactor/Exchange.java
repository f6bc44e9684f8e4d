package dev.resilience.instrument.reactor;

import dev.resilience.CircuitBreakerOpenException;
import dev.resilience.fallback.Answer;
import dev.resilience.guard.HttpCall;
import dev.resilience.guard.HttpResponseView;
import dev.resilience.instrument.http.Body;
import dev.resilience.instrument.http.HiddenFields;
import dev.resilience.instrument.http.ResponseHead;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeFunction;
import org.springframework.web.reactive.function.client.ExchangeStrategies;
import org.springframework.web.reactive.function.client.WebClientRequestException;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A call of {@code WebClient}. */
final class Exchange extends ReactiveCall<ClientResponse> {

    private static final String TRACEPARENT = "traceparent";

    /** Its result's type is another one in each generation of Spring. */
    private static final Method STATUS = method(ClientResponse.class, "statusCode");

    private static final Method STATUS_VALUE = method(STATUS.getReturnType(), "value");

    private final ExchangeFunction function;
    private final ClientRequest request;

    Exchange(HttpCall call, ExchangeFunction function, ClientRequest request) {
        super(call);
        this.function = function;
        this.request = request;
    }

    private static Method method(Class<?> type, String name) {
        try {
            return type.getMethod(name);
        } catch (NoSuchMethodException unknown) {
            throw new IllegalStateException(unknown);
        }
    }

    @Override
    Mono<ClientResponse> make(@Nullable String traceparent) {
        boolean traced = traceparent != null
                && new OutgoingRequest(request).header(TRACEPARENT).isEmpty();
        ClientRequest sent = traced
                ? ClientRequest.from(request).header(TRACEPARENT, traceparent).build()
                : request;
        return Mono.defer(() -> function.exchange(sent));
    }

    @Override
    boolean repeatable() {
        return !new OutgoingRequest(request).mayHaveBody();
    }

    @Override
    HttpResponseView head(ClientResponse response) {
        try {
            return new ResponseHead((Integer) STATUS_VALUE.invoke(STATUS.invoke(response)), () -> headers(response));
        } catch (ReflectiveOperationException failure) {
            throw new IllegalStateException(failure);
        }
    }

    private static List<Answer.Header> headers(ClientResponse response) {
        List<Answer.Header> headers = new ArrayList<>();
        response.headers().asHttpHeaders().forEach((name, values) -> {
            for (String value : values) {
                headers.add(new Answer.Header(name, value));
            }
        });
        return headers;
    }

    @Override
    ClientResponse watched(ClientResponse response, Body body) {
        return response.mutate().body(content -> watched(content, body)).build();
    }

    private static Flux<DataBuffer> watched(Flux<DataBuffer> content, Body body) {
        Flux<DataBuffer> copied = body.keeps() ? content.doOnNext(piece -> copy(piece, body)) : content;
        return copied.doOnSubscribe(reader -> body.awaited())
                .doOnComplete(body::complete)
                .doOnError(failure -> body.broken(NettyFailures.told(failure)))
                .doOnCancel(body::abandon);
    }

    private static void copy(DataBuffer piece, Body body) {
        int position = piece.readPosition();
        byte[] bytes = new byte[piece.readableByteCount()];
        piece.read(bytes);
        piece.readPosition(position);
        body.write(bytes, 0, bytes.length);
    }

    @Override
    ClientResponse respond(Answer.Http answer) {
        ClientResponse.Builder response = ClientResponse.create(answer.status(), strategies());
        for (Answer.Header header : answer.headers()) {
            response.header(header.name(), header.value());
        }
        boolean bare = request.method().name().equals("HEAD") || answer.body().length == 0;
        // Each body of its own: decoders may write into it.
        return response.body(bare ? Flux.empty() : Flux.defer(() -> Flux.just(buffer(answer.body()))))
                .build();
    }

    private static DataBuffer buffer(byte[] body) {
        return DefaultDataBufferFactory.sharedInstance.wrap(body.clone());
    }

    /** Those that the client was built with: they decode its bodies. */
    private ExchangeStrategies strategies() {
        try {
            Object own = HiddenFields.value(function, "strategies");
            return own instanceof ExchangeStrategies strategies ? strategies : ExchangeStrategies.withDefaults();
        } catch (ReflectiveOperationException | RuntimeException unknown) {
            return ExchangeStrategies.withDefaults();
        }
    }

    @Override
    void discard(ClientResponse response) {
        response.releaseBody().onErrorResume(failure -> Mono.empty()).subscribe();
    }

    @Override
    Throwable told(Throwable failure) {
        Throwable cause = failure.getCause();
        return NettyFailures.told(failure instanceof WebClientRequestException && cause != null ? cause : failure);
    }

    @Override
    Throwable rejection(CircuitBreakerOpenException rejection) {
        return new WebClientRequestException(rejection, request.method(), request.url(), request.headers());
    }

    @Override
    Throwable timedOut(TimeoutException timeout) {
        return new WebClientRequestException(timeout, request.method(), request.url(), request.headers());
    }
}
