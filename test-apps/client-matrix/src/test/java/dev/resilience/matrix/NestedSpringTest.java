package dev.resilience.matrix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.apache.hc.client5.http.impl.async.HttpAsyncClients;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.reactivestreams.Publisher;
import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;
import org.springframework.http.client.ClientHttpRequestFactory;
import org.springframework.http.client.HttpComponentsClientHttpRequestFactory;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.http.client.JettyClientHttpRequestFactory;
import org.springframework.http.client.ReactorClientHttpRequestFactory;
import org.springframework.http.client.SimpleClientHttpRequestFactory;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.http.client.reactive.HttpComponentsClientHttpConnector;
import org.springframework.http.client.reactive.JdkClientHttpConnector;
import org.springframework.http.client.reactive.JettyClientHttpConnector;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestTemplate;
import org.springframework.web.client.support.RestClientAdapter;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.invoker.HttpServiceProxyFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Spring's {@code RestTemplate}, {@code RestClient} and {@code WebClient}, each over each of its clients. */
class NestedSpringTest extends NestedConformance {

    private static final Duration LONG = Duration.ofSeconds(30);

    /** For Spring's own interfaces over HTTP. */
    public interface SpringPeople {
        @GetExchange
        Map<String, String> person(java.net.URI uri);
    }

    @Override
    Map<String, Caller> callers() {
        Map<String, Caller> callers = new LinkedHashMap<>();
        blocking().forEach((name, factory) -> {
            RestTemplate template = new RestTemplate(factory);
            callers.put("RestTemplate over " + name, uri -> name(template.getForObject(uri, Map.class)));
            RestClient client = RestClient.builder().requestFactory(factory).build();
            callers.put(
                    "RestClient over " + name,
                    uri -> name(client.get().uri(uri).retrieve().body(Map.class)));
        });
        SpringPeople people = HttpServiceProxyFactory.builderFor(RestClientAdapter.create(RestClient.create()))
                .build()
                .createClient(SpringPeople.class);
        callers.put("An interface of Spring's", uri -> name(people.person(uri)));
        reactive().forEach((name, connector) -> {
            WebClient client = WebClient.builder().clientConnector(connector).build();
            callers.put(
                    "WebClient over " + name,
                    uri -> name(client.get()
                            .uri(uri)
                            .retrieve()
                            .bodyToMono(Map.class)
                            .block(LONG)));
        });
        return callers;
    }

    private static Map<String, ClientHttpRequestFactory> blocking() {
        Map<String, ClientHttpRequestFactory> factories = new LinkedHashMap<>();
        factories.put("java.net.http", new JdkClientHttpRequestFactory());
        factories.put("HttpURLConnection", new SimpleClientHttpRequestFactory());
        factories.put(
                "Apache 5",
                new HttpComponentsClientHttpRequestFactory(
                        HttpClients.custom().disableAutomaticRetries().build()));
        factories.put("Reactor Netty", new ReactorClientHttpRequestFactory());
        factories.put("Jetty", new JettyClientHttpRequestFactory());
        return factories;
    }

    private static Map<String, ClientHttpConnector> reactive() {
        Map<String, ClientHttpConnector> connectors = new LinkedHashMap<>();
        connectors.put("java.net.http", new JdkClientHttpConnector());
        connectors.put(
                "Apache 5",
                new HttpComponentsClientHttpConnector(
                        HttpAsyncClients.custom().disableAutomaticRetries().build()));
        connectors.put("Reactor Netty", new ReactorClientHttpConnector());
        connectors.put("Jetty", new JettyClientHttpConnector());
        return connectors;
    }

    @TestFactory
    Stream<DynamicTest> what_takes_a_call_in_charge_is_told_its_body() throws Exception {
        Map<String, ClientHttpConnector> connectors = reactive();
        return connectors.entrySet().stream()
                .map(each -> DynamicTest.dynamicTest(
                        each.getKey(),
                        () -> bodies(WebClient.builder()
                                .clientConnector(each.getValue())
                                .build())));
    }

    private void bodies(WebClient client) throws Exception {
        byte[] body = Arrays.copyOf(TestServer.LARGE, 10_000);
        for (Publisher<byte[]> published :
                List.of(Mono.just(body), Flux.just(body).hide())) {
            open();
            assertThat(posted(client, server.uri("/free/echo"), published)).isEqualTo(body);
            guard.instead = Answers.STALE;
            assertThat(posted(client, server.uri("/guarded/echo"), published)).isEqualTo(body);
            assertThat(guard.onlyCall().request.body()).isEqualTo(body);
            guard.calls.clear();
            posted(client, server.uri("/guarded/status/503"), published);
            assertThat(guard.onlyCall().taken).isEqualTo(body);
        }
        guard.calls.clear();
        posted(client, TestServer.refused("/guarded/echo"), Mono.just(body));
        assertThat(guard.onlyCall().taken).isEqualTo(body);
    }

    @Test
    void a_call_over_java_net_http_that_reaches_springs_time_limit_has_failed_of_that() throws Exception {
        server.hold = new CountDownLatch(1);
        guard.onceOnly = true;
        JdkClientHttpRequestFactory factory = new JdkClientHttpRequestFactory();
        factory.setReadTimeout(Duration.ofMillis(200));
        assertThatThrownBy(() -> factory.createRequest(server.uri("/guarded/hold"), HttpMethod.GET)
                        .execute())
                .isInstanceOf(HttpTimeoutException.class);
        settled("broken");
        assertThat(guard.onlyCall().failure).isInstanceOf(HttpTimeoutException.class);
        server.hold.countDown();
    }

    /** As applications of Spring Boot make them: a value that a converter writes while it is sent, or no body at all. */
    @TestFactory
    Stream<DynamicTest> what_takes_a_call_in_charge_is_told_what_a_converter_writes() {
        return blocking().entrySet().stream()
                .flatMap(each -> Stream.of("RestTemplate", "RestClient")
                        .map(client -> DynamicTest.dynamicTest(client + " over " + each.getKey(), () -> {
                            for (Object body : new Object[] {Map.of("room", 7), "plain text", null}) {
                                written(client, each.getValue(), body);
                            }
                        })));
    }

    private void written(String client, ClientHttpRequestFactory factory, @Nullable Object body) throws Exception {
        byte[] expected = String.valueOf(body == null ? "" : body instanceof Map ? "{\"room\":7}" : body)
                .getBytes(StandardCharsets.UTF_8);
        open();
        guard.instead = Answers.STALE;
        assertThat(exchanged(client, factory, server.uri("/guarded/echo"), body))
                .isEqualTo(expected);
        guard.calls.clear();
        for (URI failing : List.of(server.uri("/guarded/status/503"), TestServer.refused("/guarded/echo"))) {
            exchanged(client, factory, failing, body);
            isTold(failing.toString(), expected, body);
        }
        guard.answerAtOnce(Answers.STALE);
        exchanged(client, factory, server.uri("/guarded/echo"), body);
        isTold("rejected", expected, body);
    }

    private void isTold(String when, byte[] expected, @Nullable Object body) {
        ScriptedGuard.Call call = guard.onlyCall();
        assertThat(call.taken).as("%s, %s", when, body).isEqualTo(expected);
        if (body != null) {
            assertThat(call.request.header("Content-Type"))
                    .singleElement()
                    .asString()
                    .startsWith(body instanceof Map ? "application/json" : "text/plain");
        }
        guard.calls.clear();
    }

    private static byte[] exchanged(String client, ClientHttpRequestFactory factory, URI to, @Nullable Object body) {
        if (client.equals("RestTemplate")) {
            byte[] got = new RestTemplate(factory).postForObject(to, body, byte[].class);
            return got == null ? new byte[0] : got;
        }
        RestClient.RequestBodySpec request =
                RestClient.builder().requestFactory(factory).build().post().uri(to);
        byte[] got = (body == null ? request : request.body(body)).retrieve().body(byte[].class);
        return got == null ? new byte[0] : got;
    }

    private static byte[] posted(WebClient client, URI to, Publisher<byte[]> body) {
        return client.post()
                .uri(to)
                .contentType(MediaType.APPLICATION_OCTET_STREAM)
                .body(body, byte[].class)
                .retrieve()
                .bodyToMono(byte[].class)
                .block(LONG);
    }

    private static String name(Map<?, ?> json) {
        return (String) json.get("name");
    }
}
