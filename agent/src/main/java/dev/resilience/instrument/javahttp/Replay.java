package dev.resilience.instrument.javahttp;

import dev.resilience.fallback.Answer;
import java.net.URI;
import java.net.http.HttpClient.Version;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.ResponseInfo;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow.Subscriber;
import java.util.concurrent.Flow.Subscription;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** Turns an answer into the response that the application's own body handler makes of it. */
final class Replay {

    private Replay() {}

    /** Completes with the response, or with what the handler threw. */
    static <T> CompletableFuture<HttpResponse<T>> answer(
            Answer.Http answer, HttpRequest request, Version version, BodyHandler<T> handler) {
        try {
            HttpRequest answered = from(answer.address(), request);
            Head head = new Head(answer.status(), headers(answer), version);
            BodySubscriber<T> reader = handler.apply(head);
            Source source = new Source(answer.body(), reader);
            reader.onSubscribe(source);
            source.endIfEmpty();
            return reader.getBody()
                    .<HttpResponse<T>>thenApply(body -> new Response<>(answered, head, body))
                    .toCompletableFuture();
        } catch (Throwable handlerFailure) {
            return CompletableFuture.failedFuture(handlerFailure);
        }
    }

    /** The request that a real response is to, after those that led to it. */
    private static HttpRequest from(@Nullable URI address, HttpRequest request) {
        return address == null
                ? request
                : HttpRequest.newBuilder(request, (name, value) -> true)
                        .uri(address)
                        .build();
    }

    private static HttpHeaders headers(Answer.Http answer) {
        Map<String, List<String>> byName = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (Answer.Header header : answer.headers()) {
            byName.computeIfAbsent(header.name(), name -> new ArrayList<>()).add(header.value());
        }
        return HttpHeaders.of(byName, (name, value) -> true);
    }

    private record Head(int statusCode, HttpHeaders headers, Version version) implements ResponseInfo {}

    /** Hands the body over at the first demand, whole. */
    private static final class Source implements Subscription {

        private final byte[] body;
        private final Subscriber<? super List<ByteBuffer>> reader;
        private final AtomicBoolean done = new AtomicBoolean();

        Source(byte[] body, Subscriber<? super List<ByteBuffer>> reader) {
            this.body = body;
            this.reader = reader;
        }

        /** An empty body ends without any demand. */
        void endIfEmpty() {
            if (body.length == 0 && done.compareAndSet(false, true)) {
                reader.onComplete();
            }
        }

        @Override
        public void request(long pieces) {
            if (!done.compareAndSet(false, true)) {
                return;
            }
            if (pieces <= 0) {
                reader.onError(new IllegalArgumentException("non-positive request: " + pieces));
                return;
            }
            if (body.length > 0) {
                reader.onNext(List.of(ByteBuffer.wrap(body).asReadOnlyBuffer()));
            }
            reader.onComplete();
        }

        @Override
        public void cancel() {
            done.set(true);
        }
    }

    private record Response<T>(HttpRequest request, Head head, T body) implements HttpResponse<T> {

        @Override
        public int statusCode() {
            return head.statusCode();
        }

        @Override
        public Optional<HttpResponse<T>> previousResponse() {
            return Optional.empty();
        }

        @Override
        public HttpHeaders headers() {
            return head.headers();
        }

        @Override
        public Optional<SSLSession> sslSession() {
            return Optional.empty();
        }

        @Override
        public URI uri() {
            return request.uri();
        }

        @Override
        public Version version() {
            return head.version();
        }

        @Override
        public String toString() {
            return "(" + request.method() + " " + request.uri() + ") " + statusCode();
        }
    }
}
