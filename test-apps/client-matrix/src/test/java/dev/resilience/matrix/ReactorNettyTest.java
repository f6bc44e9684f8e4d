package dev.resilience.matrix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.resilience.CircuitBreakerOpenException;
import io.netty.handler.codec.http.HttpMethod;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientRequest;
import reactor.netty.http.server.HttpServer;

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
        assertThat(call.retry(5).block(LONG)).isEqualTo("now");
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
    void a_send_callback_is_asked_once_whatever_becomes_of_the_call() throws Exception {
        guard.instead = Answers.STALE;
        byte[] json = "{\"room\":7}".getBytes(StandardCharsets.UTF_8);
        for (String failing : List.of(
                server.uri("/guarded/status/503").toString(),
                TestServer.refused("/guarded/echo").toString(),
                "rejected")) {
            if (failing.equals("rejected")) {
                guard.answerAtOnce(Answers.STALE);
            }
            AtomicInteger asked = new AtomicInteger();
            CLIENT.post()
                    .uri(
                            failing.equals("rejected")
                                    ? server.uri("/guarded/echo").toString()
                                    : failing)
                    .send((request, outbound) -> {
                        asked.incrementAndGet();
                        request.header("Content-Type", "application/json").addHeader("X-Who", request.method() + "");
                        return outbound.sendByteArray(Flux.deferContextual(
                                context -> Flux.just("{\"room\":".getBytes(), context.<byte[]>get("end"))));
                    })
                    .response()
                    .contextWrite(context -> context.put("end", "7}".getBytes()))
                    .block(LONG);
            ScriptedGuard.Call call = guard.onlyCall();
            assertThat(call.taken).as(failing).isEqualTo(json);
            assertThat(call.request.header("content-type")).as(failing).containsExactly("application/json");
            assertThat(call.request.header("X-Who")).as(failing).containsExactly("POST");
            assertThat(call.request.header("Authorization")).as(failing).isEmpty();
            assertThat(asked).as(failing).hasValue(1);
            guard.calls.clear();
        }
    }

    /** They are sent as long as nothing is, and say who asks like any others. */
    @Test
    void headers_that_a_send_callback_sets_when_it_is_subscribed_to_are_known() throws Exception {
        guard.instead = Answers.STALE;
        for (String to : List.of(
                server.uri("/guarded/status/503").toString(),
                TestServer.refused("/guarded/echo").toString())) {
            CLIENT.request(HttpMethod.GET)
                    .uri(to)
                    .send((request, outbound) -> Mono.deferContextual(context -> {
                        request.header("Authorization", context.<String>get("token"));
                        return outbound.then();
                    }))
                    .response()
                    .contextWrite(context -> context.put("token", "Bearer a"))
                    .block(LONG);
            assertThat(guard.onlyCall().request.header("Authorization")).as(to).containsExactly("Bearer a");
            guard.calls.clear();
        }
    }

    @Test
    void a_send_callback_that_wants_the_clients_own_outbound_gets_it() {
        guard.instead = Answers.STALE;
        assertThat(CLIENT.post()
                        .uri(server.uri("/guarded/echo").toString())
                        .send((request, outbound) ->
                                ((HttpClientRequest) outbound).requestHeaders().isEmpty()
                                        ? outbound
                                        : outbound.sendString(Mono.just("as ever")))
                        .responseContent()
                        .aggregate()
                        .asString()
                        .block(LONG))
                .isEqualTo("as ever");
        settled("answered 200");
    }

    @Test
    void a_body_that_does_not_end_is_not_waited_for_when_nobody_sends_it() {
        guard.answerAtOnce(Answers.STALE);
        CLIENT.post()
                .uri(server.uri("/guarded/echo").toString())
                .send((request, outbound) -> outbound.sendString(Flux.never()))
                .response()
                .block(LONG);
        assertThat(guard.onlyCall().taken).isNull();
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
        guard.later = Executors.newSingleThreadExecutor();
        try {
            assertThat(call.block(LONG)).isEqualTo("me");
            guard.reject();
            assertThat(call.onErrorResume(failure ->
                                    Mono.deferContextual(context -> Mono.just("still " + context.<String>get("who"))))
                            .contextWrite(context -> context.put("who", "me"))
                            .block(LONG))
                    .isEqualTo("still me");
        } finally {
            guard.later.shutdown();
        }
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
