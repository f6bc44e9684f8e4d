package dev.resilience.matrix;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.fallback.Answer;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpMethod;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeStrategies;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import reactor.util.retry.Retry;

class WebClientTest extends AsyncHttpClientConformance {

    private static final HttpClient NETTY = HttpClient.create(ConnectionProvider.builder("matrix")
                    .maxConnections(POOLED)
                    .pendingAcquireMaxCount(-1)
                    .build())
            .followRedirect(true)
            .compress(true);

    private static final WebClient CLIENT = client(NETTY);
    private static final WebClient IMPATIENT = client(NETTY.responseTimeout(READ_TIMEOUT));

    private static WebClient client(HttpClient netty) {
        return WebClient.builder()
                .clientConnector(new ReactorClientHttpConnector(netty))
                .exchangeStrategies(ExchangeStrategies.builder()
                        .codecs(codecs -> codecs.defaultCodecs().maxInMemorySize(100_000_000))
                        .build())
                .build();
    }

    @Override
    Started start(Outgoing outgoing) {
        WebClient client = outgoing.uri().getPath().contains("silent") ? IMPATIENT : CLIENT;
        WebClient.RequestBodySpec request =
                client.method(HttpMethod.valueOf(outgoing.method())).uri(outgoing.uri());
        outgoing.headers().forEach(request::header);
        WebClient.RequestHeadersSpec<?> sent = outgoing.body() == null ? request : request.bodyValue(outgoing.body());
        CompletableFuture<Reply> future = sent.exchangeToMono(WebClientTest::reply)
                .timeout(Duration.ofSeconds(25))
                .toFuture();
        return new Started(future, () -> future.cancel(true));
    }

    private static Mono<Reply> reply(ClientResponse response) {
        Reply.Builder reply = new Reply.Builder();
        response.headers()
                .asHttpHeaders()
                .forEach((name, values) -> values.forEach(value -> reply.header(name, value)));
        return response.bodyToMono(byte[].class)
                .defaultIfEmpty(new byte[0])
                .map(body -> reply.build(status(response), body));
    }

    /** Its type differs between generations of Spring. */
    private static int status(ClientResponse response) {
        try {
            Object status = ClientResponse.class.getMethod("statusCode").invoke(response);
            return (Integer) status.getClass().getMethod("value").invoke(status);
        } catch (ReflectiveOperationException failure) {
            throw new AssertionError(failure);
        }
    }

    @Override
    AutoCloseable begun(Outgoing request, boolean reads) {
        if (!reads) {
            return null;
        }
        CLIENT.get()
                .uri(request.uri())
                .exchangeToFlux(response -> response.bodyToFlux(byte[].class))
                .blockFirst(Duration.ofSeconds(25));
        return () -> {};
    }

    @Override
    boolean pieces(Outgoing request, Consumer<byte[]> to) {
        CLIENT.get()
                .uri(request.uri())
                .exchangeToFlux(response -> response.bodyToFlux(DataBuffer.class))
                .doOnNext(piece -> to.accept(bytes(piece)))
                .blockLast(Duration.ofSeconds(25));
        return true;
    }

    private static byte[] bytes(DataBuffer piece) {
        byte[] bytes = new byte[piece.readableByteCount()];
        piece.read(bytes);
        DataBufferUtils.release(piece);
        return bytes;
    }

    @Test
    void answers_go_through_the_applications_own_decoders() {
        guard.answerAtOnce(Answers.STALE);
        WebClient.ResponseSpec asked =
                CLIENT.get().uri(server.uri("/guarded/hello")).retrieve();
        assertThat(asked.bodyToMono(String.class).block(Duration.ofSeconds(25))).isEqualTo("from the cache, ä");
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        pieces(Outgoing.get(server.uri("/guarded/hello")), all::writeBytes);
        assertThat(all.toByteArray()).isEqualTo(Answers.STALE.body());
        assertThat(asked.toEntity(byte[].class)
                        .block(Duration.ofSeconds(25))
                        .getHeaders()
                        .getFirst("Age"))
                .isEqualTo("7");
    }

    @Test
    void the_context_of_the_subscriber_is_there_all_the_way() {
        for (Answer.Http answer : new Answer.Http[] {null, Answers.STALE}) {
            if (answer != null) {
                guard.answerAtOnce(answer);
            }
            String seen = CLIENT.get()
                    .uri(server.uri("/guarded/hello"))
                    .exchangeToMono(response -> response.bodyToMono(String.class)
                            .flatMap(body -> Mono.deferContextual(context -> Mono.just(context.<String>get("who")))))
                    .contextWrite(context -> context.put("who", "me"))
                    .block(Duration.ofSeconds(25));
            assertThat(seen).isEqualTo("me");
        }
    }

    @Test
    void what_the_application_retries_is_a_call_each() {
        server.flaky.set(2);
        String body = CLIENT.get()
                .uri(server.uri("/guarded/flaky"))
                .retrieve()
                .toBodilessEntity()
                .map(entity -> "now")
                .retryWhen(Retry.max(5))
                .block(Duration.ofSeconds(25));
        assertThat(body).isEqualTo("now");
        assertThat(guard.calls)
                .extracting(ScriptedGuard.Call::outcome)
                .containsExactly("answered 503", "answered 503", "answered 200");
    }

    @Override
    boolean rejectionIsThrownAsItIs() {
        return false;
    }

    @Override
    boolean tellsBodies() {
        return false;
    }

    @Override
    boolean unpacks() {
        return true;
    }
}
