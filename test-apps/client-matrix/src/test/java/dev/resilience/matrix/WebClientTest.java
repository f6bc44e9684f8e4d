package dev.resilience.matrix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.resilience.fallback.Answer;
import dev.resilience.fallback.Request;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.core.io.FileSystemResource;
import org.springframework.core.io.InputStreamResource;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;
import org.springframework.http.client.reactive.ClientHttpRequest;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.util.MultiValueMap;
import org.springframework.web.reactive.function.BodyInserter;
import org.springframework.web.reactive.function.BodyInserters;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeStrategies;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientResponseException;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;

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
    String callbackThreads() {
        return "reactor-http-.*|parallel-.*";
    }

    @Override
    Started start(Outgoing outgoing) {
        WebClient client = outgoing.uri().getPath().contains("silent") ? IMPATIENT : CLIENT;
        WebClient.RequestBodySpec request =
                client.method(HttpMethod.valueOf(outgoing.method())).uri(outgoing.uri());
        outgoing.headers().forEach(request::header);
        WebClient.RequestHeadersSpec<?> sent = outgoing.body() == null ? request : request.bodyValue(outgoing.body());
        return started(sent);
    }

    @Override
    boolean takesBodiesOnce(boolean sent) {
        return sent;
    }

    @Override
    Started startOnce(URI to, Once body) {
        Mono<byte[]> once = Mono.fromSupplier(body::bytes);
        return started(CLIENT.put().uri(to).body(once, byte[].class));
    }

    private Started started(WebClient.RequestHeadersSpec<?> sent) {
        Told told = new Told();
        Disposable subscription = sent.exchangeToMono(WebClientTest::reply)
                .timeout(Duration.ofSeconds(25))
                .subscribe(told::complete, told::completeExceptionally);
        return new Started(told, subscription::dispose);
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

    /** Its type differs between generations of Spring; older ones have the number, too, and know no other status as such. */
    private static int status(ClientResponse response) {
        try {
            return (Integer) ClientResponse.class.getMethod("rawStatusCode").invoke(response);
        } catch (NoSuchMethodException newest) {
            return numbered(response);
        } catch (ReflectiveOperationException failure) {
            throw new AssertionError(failure);
        }
    }

    private static int numbered(ClientResponse response) {
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
    void the_context_of_the_subscriber_is_there_before_and_after_whatever_becomes_of_the_call() {
        WebClient client = CLIENT.mutate()
                .filter((request, next) -> Mono.deferContextual(context -> next.exchange(ClientRequest.from(request)
                        .header("X-Before", context.<String>get("who"))
                        .build())))
                .build();
        guard.later = Executors.newSingleThreadExecutor();
        try {
            guard.repetitions = 1;
            server.flaky.set(1);
            assertThat(who(client, "/guarded/flaky")).isEqualTo("me");
            guard.repetitions = 0;
            guard.instead = Answers.STALE;
            assertThat(who(client, "/guarded/status/503")).isEqualTo("me");
            guard.answerAtOnce(Answers.STALE);
            assertThat(who(client, "/guarded/hello")).isEqualTo("me");
            guard.reject();
            assertThat(who(client, "/guarded/hello")).isEqualTo("me");
            assertThat(guard.calls)
                    .allSatisfy(
                            call -> assertThat(call.request.header("X-Before")).containsExactly("me"));
        } finally {
            guard.later.shutdown();
        }
    }

    private String who(WebClient client, String path) {
        Mono<String> after = Mono.deferContextual(context -> Mono.just(context.<String>get("who")));
        return client.get()
                .uri(server.uri(path))
                .exchangeToMono(response -> response.releaseBody().then(after))
                .onErrorResume(failure -> after)
                .contextWrite(context -> context.put("who", "me"))
                .block(Duration.ofSeconds(25));
    }

    @Test
    void what_the_application_retries_is_a_call_each() {
        server.flaky.set(2);
        String body = CLIENT.get()
                .uri(server.uri("/guarded/flaky"))
                .retrieve()
                .toBodilessEntity()
                .map(entity -> "now")
                // The oldest Reactor's retryWhen loses an attempt that fails elsewhere before it is done beginning it.
                .retry(5)
                .block(Duration.ofSeconds(25));
        assertThat(body).isEqualTo("now");
        assertThat(guard.calls)
                .extracting(ScriptedGuard.Call::outcome)
                .containsExactly("answered 503", "answered 503", "answered 200");
    }

    @Test
    void what_is_published_is_told_when_it_was_sent_and_is_never_asked_for_twice_or_for_nothing() throws Exception {
        guard.instead = Answers.STALE;
        server.flaky.set(1);
        Once sent = new Once();
        isStale(startOnce(server.uri("/guarded/flaky"), sent).reply().get(30, TimeUnit.SECONDS));
        assertThat(taken()).isEqualTo(Arrays.copyOf(TestServer.LARGE, 100_000));
        assertThat(sent.begun).hasValue(1);

        Once refused = new Once();
        isStale(startOnce(TestServer.refused("/guarded/echo"), refused).reply().get(30, TimeUnit.SECONDS));
        assertThat(taken()).isNull();
        guard.answerAtOnce(Answers.STALE);
        isStale(startOnce(server.uri("/guarded/echo"), refused).reply().get(30, TimeUnit.SECONDS));
        assertThat(taken()).isNull();
        assertThat(refused.begun).hasValue(0);
    }

    @Test
    void bodies_that_are_too_long_are_sent_and_not_told() throws Exception {
        byte[] longest = Arrays.copyOf(TestServer.LARGE, Request.Http.MAX_BODY);
        byte[] longer = new byte[Request.Http.MAX_BODY + 1];
        guard.instead = Answers.STALE;
        for (boolean rejected : new boolean[] {false, true}) {
            for (byte[] body : new byte[][] {longest, longer}) {
                server.flaky.set(1);
                isStale(exchange(Outgoing.post(server.uri("/guarded/flaky"), body)));
                assertThat(taken()).isEqualTo(body == longest ? longest : null);
            }
            guard.answerAtOnce(Answers.STALE);
        }
        assertThat(server.hits).hasValue(2);
        guard.admission = null;
        assertThat(exchange(Outgoing.post(server.uri("/guarded/echo"), longer)).body())
                .isEqualTo(longer);
    }

    @Test
    void values_are_told_as_the_applications_encoders_write_them_with_the_type_that_these_set() throws Exception {
        Map<BodyInserter<?, ? super ClientHttpRequest>, String> values = new LinkedHashMap<>();
        values.put(BodyInserters.fromValue(Map.of("name", "Ada")), "application/json {\"name\":\"Ada\"}");
        values.put(BodyInserters.fromValue("Grüße"), "text/plain;charset=UTF-8 Grüße");
        values.put(
                BodyInserters.fromFormData("name", "Ada").with("of", "a b"),
                "application/x-www-form-urlencoded name=Ada&of=a+b");
        values.put(BodyInserters.fromPublisher(Mono.just("told"), String.class), "text/plain;charset=UTF-8 told");
        values.put(BodyInserters.empty(), " ");
        values.forEach((value, expected) -> {
            guard.admission = null;
            guard.instead = Answers.STALE;
            assertThat(told(value, "/guarded/status/503")).isEqualTo(expected);
            guard.answerAtOnce(Answers.STALE);
            assertThat(told(value, "/guarded/echo")).isEqualTo(expected);
        });
    }

    private String told(BodyInserter<?, ? super ClientHttpRequest> body, String path) {
        CLIENT.post()
                .uri(server.uri(path))
                .body(body)
                .exchangeToMono(WebClientTest::reply)
                .block(Duration.ofSeconds(25));
        List<String> type = guard.onlyCall().request.header("Content-Type");
        assertThat(type).hasSizeLessThan(2);
        // Older generations of Spring also name the charset of forms.
        return String.join("", type).replace("urlencoded;charset=UTF-8", "urlencoded")
                + " "
                + new String(taken(), StandardCharsets.UTF_8);
    }

    @Test
    void values_are_told_beside_tracers_and_debuggers_too() {
        guard.answerAtOnce(Answers.STALE);
        Hooks.onEachOperator("tracer", Operators.lift((scannable, subscriber) -> subscriber));
        Hooks.onOperatorDebug();
        try {
            assertThat(told(BodyInserters.fromValue("told"), "/guarded/echo"))
                    .isEqualTo("text/plain;charset=UTF-8 told");
        } finally {
            Hooks.resetOnOperatorDebug();
            Hooks.resetOnEachOperator("tracer");
        }
    }

    @Test
    void what_can_be_read_once_only_is_left_alone() {
        guard.answerAtOnce(Answers.STALE);
        AtomicInteger opened = new AtomicInteger();
        InputStream once = new ByteArrayInputStream(new byte[10]) {
            @Override
            public synchronized int read(byte[] into, int from, int most) {
                opened.incrementAndGet();
                return super.read(into, from, most);
            }
        };
        MultiValueMap<String, Object> parts = new LinkedMultiValueMap<>();
        parts.add("file", new InputStreamResource(once));
        DataBuffer buffer = DefaultDataBufferFactory.sharedInstance.wrap(new byte[10]);
        List<BodyInserter<?, ? super ClientHttpRequest>> bodies = List.of(
                BodyInserters.fromResource(new InputStreamResource(once)),
                BodyInserters.fromMultipartData(parts),
                BodyInserters.fromValue(buffer),
                BodyInserters.fromDataBuffers(Mono.just(buffer)));
        for (BodyInserter<?, ? super ClientHttpRequest> body : bodies) {
            CLIENT.post()
                    .uri(server.uri("/guarded/echo"))
                    .body(body)
                    .exchangeToMono(WebClientTest::reply)
                    .block(Duration.ofSeconds(25));
            assertThat(taken()).isNull();
        }
        assertThat(opened).hasValue(0);
        assertThat(buffer.readableByteCount()).isEqualTo(10);
    }

    @Test
    void files_are_sent_as_without_the_agent_and_streams_are_told(@TempDir Path folder) throws Exception {
        Path file = Files.write(folder.resolve("file"), Arrays.copyOf(TestServer.LARGE, 100_000));
        guard.instead = Answers.STALE;
        Reply echoed = CLIENT.post()
                .uri(server.uri("/guarded/echo"))
                .body(BodyInserters.fromResource(new FileSystemResource(file)))
                .exchangeToMono(WebClientTest::reply)
                .block(Duration.ofSeconds(25));
        assertThat(echoed.body()).isEqualTo(Files.readAllBytes(file));
        assertThat(guard.onlyCall().request.body()).isNull();
        guard.calls.clear();

        Reply streamed = CLIENT.post()
                .uri(server.uri("/guarded/echo"))
                .contentType(MediaType.parseMediaType("application/x-ndjson"))
                .body(Flux.just(Map.of("n", 1), Map.of("n", 2)), Map.class)
                .exchangeToMono(WebClientTest::reply)
                .block(Duration.ofSeconds(25));
        assertThat(streamed.text()).contains("{\"n\":1}", "{\"n\":2}");
        assertThat(guard.onlyCall().request.body()).isEqualTo(streamed.body());
    }

    private byte[] taken() {
        byte[] taken = guard.onlyCall().taken;
        guard.calls.clear();
        return taken;
    }

    @Test
    void calls_without_a_body_can_be_made_again_whatever_their_method() throws Exception {
        guard.repetitions = 1;
        for (String method : new String[] {"DELETE", "PUT", "POST"}) {
            server.flaky.set(1);
            Reply reply = exchange(new Outgoing(method, server.uri("/guarded/flaky"), Map.of(), null));
            assertThat(reply.status()).isEqualTo(200);
        }
        assertThat(server.hits).hasValue(6);
    }

    @Test
    void an_answer_in_place_knows_its_request() {
        guard.answerAtOnce(new Answer.Http("respond", 503, List.of(), new byte[0]));
        URI uri = server.uri("/guarded/hello");
        Throwable thrown = catchThrowable(
                () -> CLIENT.get().uri(uri).retrieve().toBodilessEntity().block(Duration.ofSeconds(25)));
        assertThat(thrown)
                .isInstanceOfSatisfying(WebClientResponseException.class, failure -> {
                    assertThat(failure.getRequest().getMethod()).isEqualTo(HttpMethod.GET);
                    assertThat(failure.getRequest().getURI()).isEqualTo(uri);
                })
                .hasMessageContaining("GET " + uri);
    }

    @Override
    boolean takesBodies() {
        return true;
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
