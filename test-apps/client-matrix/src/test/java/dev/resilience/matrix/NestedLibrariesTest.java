package dev.resilience.matrix;

import co.elastic.clients.json.JsonpDeserializer;
import co.elastic.clients.json.jackson.JacksonJsonpMapper;
import co.elastic.clients.transport.endpoints.SimpleEndpoint;
import co.elastic.clients.transport.instrumentation.NoopInstrumentation;
import co.elastic.clients.transport.rest5_client.Rest5ClientTransport;
import co.elastic.clients.transport.rest5_client.low_level.Rest5Client;
import com.azure.core.http.HttpClient;
import com.azure.core.http.HttpMethod;
import com.azure.core.http.HttpPipeline;
import com.azure.core.http.HttpPipelineBuilder;
import com.azure.core.http.HttpRequest;
import com.azure.core.http.HttpResponse;
import com.azure.core.http.jdk.httpclient.JdkHttpClientBuilder;
import com.azure.core.http.okhttp.OkHttpAsyncHttpClientBuilder;
import com.azure.core.util.Context;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.api.client.http.GenericUrl;
import com.google.api.client.http.HttpRequestFactory;
import com.google.api.client.http.javanet.NetHttpTransport;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import kong.unirest.core.Unirest;
import kong.unirest.core.UnirestInstance;
import org.apache.hc.core5.http.HttpHost;
import org.opensearch.client.opensearch.generic.OpenSearchGenericClient;
import org.opensearch.client.opensearch.generic.Requests;
import org.opensearch.client.opensearch.generic.Response;
import org.opensearch.client.transport.httpclient5.ApacheHttpClient5TransportBuilder;

/** Libraries of one vendor's each: what Elasticsearch's and OpenSearch's typed clients, Azure's and Google's SDKs and Unirest call by. */
class NestedLibrariesTest extends NestedConformance {

    private static final ObjectMapper JSON = new ObjectMapper();

    private static final SimpleEndpoint<String, Map<String, String>> PEOPLE = new SimpleEndpoint<>(
            "people",
            path -> "GET",
            path -> path,
            path -> Map.of(),
            path -> Map.of(),
            path -> Map.of(),
            false,
            JsonpDeserializer.of(Map.class));

    @Override
    Map<String, Caller> callers() {
        Map<String, Caller> callers = new LinkedHashMap<>();
        callers.put("Elasticsearch's Java client", NestedLibrariesTest::elasticsearch);
        callers.put("OpenSearch's Java client", uri -> openSearch(uri, false));
        callers.put("OpenSearch's Java client, async", uri -> openSearch(uri, true));
        UnirestInstance unirest = Unirest.spawnInstance();
        callers.put("Unirest", uri -> name(unirest.get(uri.toString()).asString()));
        HttpRequestFactory google = new NetHttpTransport().createRequestFactory();
        callers.put(
                "Google's HTTP client",
                uri -> name(
                        google.buildGetRequest(new GenericUrl(uri)).execute().parseAsString()));
        azure(callers, " over java.net.http", new JdkHttpClientBuilder().build());
        azure(callers, " over OkHttp", new OkHttpAsyncHttpClientBuilder().build());
        return callers;
    }

    private static String elasticsearch(URI uri) throws Exception {
        Rest5Client rest = Rest5Client.builder(URI.create("http://127.0.0.1:" + uri.getPort()))
                .build();
        try (Rest5ClientTransport transport =
                new Rest5ClientTransport(rest, new JacksonJsonpMapper(), null, NoopInstrumentation.INSTANCE)) {
            return transport.performRequest(uri.getPath(), PEOPLE, null).get("name");
        }
    }

    private static String openSearch(URI uri, boolean async) throws Exception {
        try (var transport = ApacheHttpClient5TransportBuilder.builder(new HttpHost("http", "127.0.0.1", uri.getPort()))
                .build()) {
            OpenSearchGenericClient client = new OpenSearchGenericClient(transport)
                    .withClientOptions(OpenSearchGenericClient.ClientOptions.throwOnHttpErrors());
            var request =
                    Requests.builder().method("GET").endpoint(uri.getPath()).build();
            try (Response response =
                    async ? client.executeAsync(request).get(30, TimeUnit.SECONDS) : client.execute(request)) {
                return name(response.getBody().orElseThrow().bodyAsString());
            }
        }
    }

    private static void azure(Map<String, Caller> callers, String over, HttpClient client) {
        HttpPipeline pipeline = new HttpPipelineBuilder().httpClient(client).build();
        callers.put("Azure's SDK" + over, uri -> name(pipeline.sendSync(request(uri), Context.NONE)));
        callers.put(
                "Azure's SDK" + over + ", reactive",
                uri -> name(pipeline.send(request(uri)).block()));
    }

    private static HttpRequest request(URI uri) throws Exception {
        return new HttpRequest(HttpMethod.GET, uri.toURL());
    }

    private static String name(HttpResponse response) throws Exception {
        try (response) {
            succeeded(response.getStatusCode());
            return name(response.getBodyAsString().block());
        }
    }

    private static String name(kong.unirest.core.HttpResponse<String> response) throws Exception {
        succeeded(response.getStatus());
        return name(response.getBody());
    }

    private static void succeeded(int status) {
        if (status != 200) {
            throw new IllegalStateException("status " + status);
        }
    }

    private static String name(String json) throws Exception {
        return JSON.readTree(json).get("name").asText();
    }
}
