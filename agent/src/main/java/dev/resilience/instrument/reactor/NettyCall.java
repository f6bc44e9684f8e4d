package dev.resilience.instrument.reactor;

import dev.resilience.CircuitBreakerOpenException;
import dev.resilience.fallback.Answer;
import dev.resilience.guard.HttpCall;
import dev.resilience.guard.HttpResponseView;
import dev.resilience.instrument.http.Body;
import dev.resilience.instrument.http.NettyFailures;
import dev.resilience.instrument.http.ResponseHead;
import java.net.URI;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClient.RequestSender;
import reactor.netty.http.client.HttpClient.ResponseReceiver;
import reactor.netty.http.client.HttpClientResponse;
import reactor.util.context.ContextView;

/** A call of Reactor Netty's own client. */
final class NettyCall extends ReactiveCall<Received> {

    private static final byte[] NO_BODY = new byte[0];

    private final HttpClient client;
    private final Target target;
    private final ContextView context;
    private final @Nullable NettyBody body;

    /** @param body to be sent in the place of the client's own; null for that */
    NettyCall(HttpCall call, HttpClient client, Target target, ContextView context, @Nullable NettyBody body) {
        super(call);
        this.client = client;
        this.target = target;
        this.context = context;
        this.body = body;
    }

    @Override
    Mono<Received> make(List<Answer.Header> along) {
        HttpClient with = with(along);
        Object sent = body == null ? with : ((RequestSender) with).send(body::send);
        return Mono.defer(() -> ((ResponseReceiver<?>) sent)
                .responseConnection((response, connection) -> Mono.just(new Received(response, connection)))
                .next());
    }

    private HttpClient with(List<Answer.Header> along) {
        HttpClient sent = client;
        for (Answer.Header header : along) {
            if (!client.configuration().headers().contains(header.name())) {
                sent = sent.headers(headers -> headers.set(header.name(), header.value()));
            }
        }
        return sent;
    }

    /** A body may be published once only. */
    @Override
    boolean repeatable() {
        return Settings.sender(client.configuration()) == null;
    }

    @Override
    HttpResponseView head(Received received) {
        return new ResponseHead(
                received.response().status().code(),
                () -> NettyRequest.all(received.response().responseHeaders()));
    }

    @Override
    @Nullable
    URI ledTo(Received received) {
        HttpClientResponse response = received.response();
        return response.redirectedFrom().length == 0 ? null : URI.create(response.resourceUrl());
    }

    @Override
    Received watched(Received received, Body body) {
        return received.with(body);
    }

    @Override
    Received respond(Answer.Http answer) {
        boolean bare = target.method().equals("HEAD");
        return new Received(
                new AnswerResponse(answer, client.configuration(), target, context),
                new AnswerConnection(bare ? NO_BODY : answer.body()));
    }

    @Override
    void discard(Received received) {
        received.discard();
    }

    @Override
    Throwable told(Throwable failure) {
        return NettyFailures.told(failure);
    }

    @Override
    Throwable rejection(CircuitBreakerOpenException rejection) {
        return rejection;
    }

    @Override
    Throwable timedOut(TimeoutException timeout) {
        return timeout;
    }
}
