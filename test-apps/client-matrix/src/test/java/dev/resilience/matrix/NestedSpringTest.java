package dev.resilience.matrix;

import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.springframework.http.client.ClientHttpRequestFactory;
import org.springframework.http.client.HttpComponentsClientHttpRequestFactory;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.http.client.SimpleClientHttpRequestFactory;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestTemplate;

/** Spring's {@code RestTemplate} and {@code RestClient} over each of their clients. */
class NestedSpringTest extends NestedConformance {

    @Override
    Map<String, Caller> callers() {
        Map<String, ClientHttpRequestFactory> factories = new LinkedHashMap<>();
        factories.put("java.net.http", new JdkClientHttpRequestFactory());
        factories.put("HttpURLConnection", new SimpleClientHttpRequestFactory());
        factories.put(
                "Apache 5",
                new HttpComponentsClientHttpRequestFactory(
                        HttpClients.custom().disableAutomaticRetries().build()));
        Map<String, Caller> callers = new LinkedHashMap<>();
        factories.forEach((name, factory) -> {
            RestTemplate template = new RestTemplate(factory);
            callers.put("RestTemplate over " + name, uri -> name(template.getForObject(uri, Map.class)));
            RestClient client = RestClient.builder().requestFactory(factory).build();
            callers.put(
                    "RestClient over " + name,
                    uri -> name(client.get().uri(uri).retrieve().body(Map.class)));
        });
        return callers;
    }

    private static String name(Map<?, ?> json) {
        return (String) json.get("name");
    }
}
