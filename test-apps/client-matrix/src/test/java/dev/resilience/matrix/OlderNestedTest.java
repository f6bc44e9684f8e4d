package dev.resilience.matrix;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.api.client.http.GenericUrl;
import com.google.api.client.http.javanet.NetHttpTransport;
import feign.Feign;
import feign.RequestLine;
import feign.Retryer;
import feign.jackson.JacksonDecoder;
import java.io.InputStream;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.ws.rs.client.Client;
import kong.unirest.HttpResponse;
import kong.unirest.JsonNode;
import kong.unirest.Unirest;
import kong.unirest.UnirestInstance;
import org.apache.http.HttpHost;
import org.eclipse.jetty.client.HttpClient;
import org.elasticsearch.client.Request;
import org.elasticsearch.client.RestClient;
import org.glassfish.jersey.apache.connector.ApacheConnectorProvider;
import org.glassfish.jersey.client.ClientConfig;
import org.glassfish.jersey.client.JerseyClientBuilder;
import org.glassfish.jersey.jetty.connector.JettyConnectorProvider;
import org.springframework.http.client.ClientHttpRequestFactory;
import org.springframework.http.client.HttpComponentsAsyncClientHttpRequestFactory;
import org.springframework.http.client.HttpComponentsClientHttpRequestFactory;
import org.springframework.http.client.OkHttp3ClientHttpRequestFactory;
import org.springframework.http.client.SimpleClientHttpRequestFactory;
import org.springframework.http.client.reactive.JettyClientHttpConnector;
import org.springframework.web.client.AsyncRestTemplate;
import org.springframework.web.client.RestTemplate;
import org.springframework.web.reactive.function.client.WebClient;
import retrofit2.Call;
import retrofit2.HttpException;
import retrofit2.Response;
import retrofit2.Retrofit;
import retrofit2.converter.jackson.JacksonConverterFactory;
import retrofit2.http.GET;
import retrofit2.http.Url;

/** What stands on the clients in applications of some years ago, which the newest versions of the same do not tell of. */
@SuppressWarnings("deprecation")
class OlderNestedTest extends NestedConformance {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** For Feign. */
    public interface People {
        @RequestLine("GET")
        Map<String, String> person(URI uri);
    }

    /** For Retrofit. */
    public interface RetrofitPeople {
        @GET
        Call<Map<String, String>> person(@Url String uri);

        @GET
        CompletableFuture<Map<String, String>> personLater(@Url String uri);
    }

    @Override
    Map<String, Caller> callers() throws Exception {
        Map<String, Caller> callers = new LinkedHashMap<>();
        addSpring(callers);
        callers.put("Feign over HttpURLConnection", feign(new feign.Client.Default(null, null)));
        callers.put("Feign over OkHttp", feign(new feign.okhttp.OkHttpClient()));
        RetrofitPeople retrofit = new Retrofit.Builder()
                .baseUrl("http://127.0.0.1/")
                .addConverterFactory(JacksonConverterFactory.create())
                .build()
                .create(RetrofitPeople.class);
        callers.put("Retrofit", uri -> name(retrofit.person(uri.toString()).execute()));
        callers.put(
                "Retrofit, as a future",
                uri -> retrofit.personLater(uri.toString())
                        .get(30, TimeUnit.SECONDS)
                        .get("name"));
        addJersey(callers, "", new ClientConfig());
        addJersey(callers, " over Apache 4", new ClientConfig().connectorProvider(new ApacheConnectorProvider()));
        addJersey(callers, " over Jetty", new ClientConfig().connectorProvider(new JettyConnectorProvider()));
        callers.put("Elasticsearch 7 over Apache 4", OlderNestedTest::elasticsearch);
        callers.put("Google's client over HttpURLConnection", OlderNestedTest::google);
        UnirestInstance unirest = Unirest.spawnInstance();
        callers.put(
                "Unirest over Apache 4", uri -> name(unirest.get(uri.toString()).asJson()));
        callers.put(
                "Unirest over Apache 4, async",
                uri -> name(unirest.get(uri.toString()).asJsonAsync().get(30, TimeUnit.SECONDS)));
        return callers;
    }

    private static void addSpring(Map<String, Caller> callers) throws Exception {
        callers.put("RestTemplate over HttpURLConnection", spring(new SimpleClientHttpRequestFactory()));
        callers.put("RestTemplate over Apache 4", spring(new HttpComponentsClientHttpRequestFactory()));
        callers.put("RestTemplate over OkHttp", spring(new OkHttp3ClientHttpRequestFactory()));
        AsyncRestTemplate async = new AsyncRestTemplate(new HttpComponentsAsyncClientHttpRequestFactory());
        callers.put("AsyncRestTemplate over Apache 4", uri -> (String) async.getForEntity(uri, Map.class)
                .get(30, TimeUnit.SECONDS)
                .getBody()
                .get("name"));
        HttpClient jetty = new HttpClient();
        jetty.start();
        WebClient webClient = WebClient.builder()
                .clientConnector(new JettyClientHttpConnector(jetty))
                .build();
        callers.put("WebClient over Jetty", uri -> (String) webClient
                .get()
                .uri(uri)
                .retrieve()
                .bodyToMono(Map.class)
                .block()
                .get("name"));
    }

    private static Caller spring(ClientHttpRequestFactory factory) {
        RestTemplate template = new RestTemplate(factory);
        return uri -> (String) template.getForObject(uri, Map.class).get("name");
    }

    private static Caller feign(feign.Client client) {
        People people = Feign.builder()
                .client(client)
                .decoder(new JacksonDecoder())
                .retryer(Retryer.NEVER_RETRY)
                .target(feign.Target.EmptyTarget.create(People.class));
        return uri -> people.person(uri).get("name");
    }

    private static String name(Response<Map<String, String>> response) {
        if (!response.isSuccessful()) {
            throw new HttpException(response);
        }
        return response.body().get("name");
    }

    private static void addJersey(Map<String, Caller> callers, String over, ClientConfig config) {
        Client jersey = new JerseyClientBuilder().withConfig(config).build();
        callers.put("Jersey" + over, uri ->
                (String) jersey.target(uri).request().get(Map.class).get("name"));
        callers.put("Jersey" + over + ", async", uri -> (String) jersey.target(uri)
                .request()
                .async()
                .get(Map.class)
                .get(30, TimeUnit.SECONDS)
                .get("name"));
    }

    private static String elasticsearch(URI uri) throws Exception {
        try (RestClient client = RestClient.builder(HttpHost.create("http://127.0.0.1:" + uri.getPort()))
                .build()) {
            return name(client.performRequest(new Request("GET", uri.getPath()))
                    .getEntity()
                    .getContent());
        }
    }

    private static String google(URI uri) throws Exception {
        return name(new NetHttpTransport()
                .createRequestFactory()
                .buildGetRequest(new GenericUrl(uri))
                .execute()
                .getContent());
    }

    private static String name(HttpResponse<JsonNode> response) {
        if (!response.isSuccess()) {
            throw new IllegalStateException("status " + response.getStatus());
        }
        return response.getBody().getObject().getString("name");
    }

    private static String name(InputStream json) throws Exception {
        try (json) {
            return JSON.readTree(json).get("name").asText();
        }
    }
}
