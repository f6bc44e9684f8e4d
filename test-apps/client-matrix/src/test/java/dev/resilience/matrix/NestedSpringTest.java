package dev.resilience.matrix;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.hc.client5.http.impl.async.HttpAsyncClients;
import org.apache.hc.client5.http.impl.classic.HttpClients;
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

    private static String name(Map<?, ?> json) {
        return (String) json.get("name");
    }
}
