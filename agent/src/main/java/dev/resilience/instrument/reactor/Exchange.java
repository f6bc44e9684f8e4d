package dev.resilience.instrument.reactor;

import dev.resilience.CircuitBreakerOpenException;
import dev.resilience.fallback.Answer;
import dev.resilience.guard.HttpCall;
import dev.resilience.guard.HttpResponseView;
import dev.resilience.instrument.http.Body;
import dev.resilience.instrument.http.HiddenFields;
import dev.resilience.instrument.http.NettyFailures;
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

    /** The number, of older generations of Spring, which otherwise know some statuses only; null in the newest. */
    private static final @Nullable Method RAW_STATUS = methodIfAny(ClientResponse.class, "rawStatusCode");

    /** Its result's type is another one in each generation of Spring. */
    private static final Method STATUS = method(ClientResponse.class, "statusCode");

    private static final Method STATUS_VALUE = method(STATUS.getReturnType(), "value");

    private final ExchangeFunction function;
    private final ClientRequest request;
    private final OutgoingRequest outgoing;

    Exchange(HttpCall call, ExchangeFunction function, OutgoingRequest outgoing) {
        super(call);
        this.function = function;
        this.request = outgoing.request();
        this.outgoing = outgoing;
    }

    private static Method method(Class<?> type, String name) {
        Method method = methodIfAny(type, name);
        if (method == null) {
            throw new IllegalStateException("no " + name + " in " + type);
        }
        return method;
    }

    private static @Nullable Method methodIfAny(Class<?> type, String name) {
        try {
            return type.getMethod(name);
        } catch (NoSuchMethodException otherGeneration) {
            return null;
        }
    }

    @Override
    Mono<ClientResponse> make(List<Answer.Header> along) {
        ClientRequest sent = with(along, outgoing.sent());
        return Mono.defer(() -> function.exchange(sent));
    }

    private ClientRequest with(List<Answer.Header> along, ClientRequest kept) {
        ClientRequest sent = kept;
        for (Answer.Header header : along) {
            if (outgoing.header(header.name()).isEmpty()) {
                sent = ClientRequest.from(sent)
                        .header(header.name(), header.value())
                        .build();
            }
        }
        return sent;
    }

    @Override
    boolean repeatable() {
        return !outgoing.mayHaveBody();
    }

    @Override
    HttpResponseView head(ClientResponse response) {
        try {
            Object status =
                    RAW_STATUS == null ? STATUS_VALUE.invoke(STATUS.invoke(response)) : RAW_STATUS.invoke(response);
            return new ResponseHead((Integer) status, () -> headers(response));
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
        byte[] bytes = KeptRequest.bytes(piece);
        body.write(bytes, 0, bytes.length);
    }

    @Override
    ClientResponse respond(Answer.Http answer) {
        ClientResponse.Builder response =
                ClientResponse.create(answer.status(), strategies(function)).request(new AnsweredRequest(request));
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

    /** Those that the client was built with: they encode and decode its bodies. */
    static ExchangeStrategies strategies(ExchangeFunction function) {
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
