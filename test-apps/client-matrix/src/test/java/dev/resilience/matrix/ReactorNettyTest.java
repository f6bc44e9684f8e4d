package dev.resilience.matrix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.resilience.CircuitBreakerOpenException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.util.retry.Retry;

/** The streamed way to take a response, and what Reactor Netty alone has. */
class ReactorNettyTest extends ReactorNettyConformance {

    private static final Duration LONG = Duration.ofSeconds(20);

    @Override
    Mono<Reply> taken(HttpClient.ResponseReceiver<?> sent) {
        return sent.response((response, body) -> body.map(ReactorNettyConformance::bytes)
                        .reduce(new byte[0], ReactorNettyTest::joined)
                        .map(bytes -> reply(response, bytes)))
                .next();
    }

    private static byte[] joined(byte[] head, byte[] tail) {
        byte[] all = java.util.Arrays.copyOf(head, head.length + tail.length);
        System.arraycopy(tail, 0, all, head.length, tail.length);
        return all;
    }

    @Test
    void nothing_is_asked_before_somebody_subscribes_and_each_subscription_is_a_call() {
        server.flaky.set(2);
        Mono<String> call = CLIENT.get()
                .uri(server.uri("/guarded/flaky").toString())
                .responseSingle((response, body) -> response.status().code() == 503
                        ? Mono.error(new IllegalStateException("not yet"))
                        : Mono.just("now"));
        assertThat(guard.calls).isEmpty();
        assertThat(call.retryWhen(Retry.max(5)).block(LONG)).isEqualTo("now");
        assertThat(guard.calls).hasSize(3);
        // The last one's body is nobody's, and let go of after the receiver's answer.
        eventually(() -> assertThat(guard.calls)
                .extracting(ScriptedGuard.Call::outcome)
                .containsExactly("answered 503", "answered 503", "answered 200"));
    }

    @Test
    void heads_alone_are_guarded_too() {
        HttpClient.ResponseReceiver<?> good =
                CLIENT.get().uri(server.uri("/guarded/large").toString());
        for (int i = 0; i < 3 * POOLED; i++) {
            assertThat(good.response().block(LONG).status().code()).isEqualTo(200);
        }
        guard.answerAtOnce(Answers.STALE);
        assertThat(good.response().block(LONG).responseHeaders().get("Age")).isEqualTo("7");
        guard.reject();
        assertThatThrownBy(() -> good.response().block(LONG)).hasCauseInstanceOf(CircuitBreakerOpenException.class);
    }

    @Test
    void contents_alone_are_guarded_too() {
        HttpClient.ResponseReceiver<?> good =
                CLIENT.get().uri(server.uri("/guarded/hello").toString());
        assertThat(good.responseContent().aggregate().asString().block(LONG)).isEqualTo("Hello");
        settled("answered 200");
        guard.answerAtOnce(Answers.STALE);
        assertThat(good.responseContent()
                        .aggregate()
                        .asString(StandardCharsets.UTF_8)
                        .block(LONG))
                .isEqualTo("from the cache, ä");
        guard.reject();
        assertThatThrownBy(() -> good.responseContent().blockLast(LONG))
                .hasCauseInstanceOf(CircuitBreakerOpenException.class);
    }

    @Test
    void addresses_and_headers_that_are_known_late_are_asked_for_once() {
        AtomicInteger asked = new AtomicInteger();
        Mono<String> address = Mono.fromSupplier(() -> {
            asked.incrementAndGet();
            return server.uri("/guarded/hello").toString();
        });
        HttpClient late = CLIENT.headersWhen(headers -> Mono.just(headers.add("X-Late", "yes")));
        String body =
                late.get().uri(address).responseContent().aggregate().asString().block(LONG);
        assertThat(body).isEqualTo("Hello");
        assertThat(asked).hasValue(1);
        settled("answered 200");
        assertThat(guard.onlyCall().request.header("X-Late")).containsExactly("yes");
        String free = late.get()
                .uri(Mono.fromSupplier(() -> server.uri("/free/hello").toString()))
                .responseContent()
                .aggregate()
                .asString()
                .block(LONG);
        assertThat(free).isEqualTo("Hello");
        assertThat(guard.calls).hasSize(1);
    }

    @Test
    void base_addresses_are_part_of_the_address() {
        String base = server.uri("").toString();
        assertThat(CLIENT.baseUrl(base + "/guarded/")
                        .get()
                        .uri("/hello?a=1")
                        .responseContent()
                        .aggregate()
                        .asString()
                        .block(LONG))
                .isEqualTo("Hello");
        assertThat(guard.onlyCall().request.uri()).isEqualTo(server.uri("/guarded/hello?a=1"));
        guard.calls.clear();
        String withoutScheme = base.substring("http://".length());
        CLIENT.get()
                .uri(withoutScheme + "/guarded/hello")
                .responseContent()
                .aggregate()
                .asString()
                .block(LONG);
        assertThat(guard.onlyCall().request.uri()).isEqualTo(server.uri("/guarded/hello"));
    }

    @Test
    void the_context_of_the_subscriber_reaches_the_receiver() {
        guard.answerAtOnce(Answers.STALE);
        Mono<String> call = CLIENT.get()
                .uri(server.uri("/guarded/hello").toString())
                .response((response, body) -> Flux.deferContextual(context -> Flux.just(context.<String>get("who"))))
                .next()
                .contextWrite(context -> context.put("who", "me"));
        assertThat(call.block(LONG)).isEqualTo("me");
        guard.admission = null;
        assertThat(call.block(LONG)).isEqualTo("me");
    }

    @Test
    void a_time_out_is_told_as_one() {
        String silent = server.rawUri("/guarded/silent").toString();
        assertThatThrownBy(() -> CLIENT.responseTimeout(READ_TIMEOUT)
                        .get()
                        .uri(silent)
                        .response()
                        .block(LONG))
                .isInstanceOf(RuntimeException.class);
        settled("failed");
        assertThat(guard.onlyCall().failure).isInstanceOf(java.util.concurrent.TimeoutException.class);
    }

    @Test
    void calls_over_http_2_are_guarded_as_any_other() {
        DisposableServer http2 = HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .protocol(HttpProtocol.H2C)
                .handle((request, response) -> response.status(request.uri().endsWith("bad") ? 503 : 200)
                        .sendString(Mono.just("over " + request.version())))
                .bindNow(LONG);
        try {
            HttpClient client = HttpClient.create().protocol(HttpProtocol.H2C);
            String server = "http://127.0.0.1:" + http2.port();
            String free = text(client, server + "/free/good");
            assertThat(text(client, server + "/guarded/good")).isEqualTo(free);
            settled("answered 200");
            guard.calls.clear();
            guard.instead = Answers.STALE;
            assertThat(client.get()
                            .uri(server + "/guarded/bad")
                            .response()
                            .block(LONG)
                            .status()
                            .code())
                    .isEqualTo(200);
            settled("answered 503");
            assumeTrue(free.equals("over HTTP/2.0"), "the oldest version falls back to HTTP/1.1 by itself");
        } finally {
            http2.disposeNow(LONG);
        }
    }

    private static String text(HttpClient client, String uri) {
        return client.get().uri(uri).responseContent().aggregate().asString().block(LONG);
    }
}
