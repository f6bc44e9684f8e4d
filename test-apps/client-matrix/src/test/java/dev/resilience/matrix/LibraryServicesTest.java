package dev.resilience.matrix;

import com.azure.core.http.HttpMethod;
import com.azure.core.http.HttpPipeline;
import com.azure.core.http.HttpPipelineBuilder;
import com.azure.core.http.HttpRequest;
import com.azure.core.http.HttpResponse;
import com.azure.core.http.vertx.VertxHttpClientBuilder;
import com.azure.core.util.Context;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.api.client.http.GenericUrl;
import com.google.api.client.http.HttpRequestFactory;
import com.google.api.client.http.apache.v2.ApacheHttpTransport;
import com.influxdb.client.InfluxDBClient;
import com.influxdb.client.InfluxDBClientFactory;
import dev.resilience.fallback.Answer;
import io.micronaut.http.client.BlockingHttpClient;
import io.micronaut.http.client.HttpClient;
import io.minio.GetObjectArgs;
import io.minio.MinioClient;
import io.vertx.core.Vertx;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.solr.client.solrj.SolrClient;
import org.apache.solr.client.solrj.SolrQuery;
import org.apache.solr.client.solrj.impl.Http2SolrClient;
import org.apache.solr.client.solrj.impl.HttpJdkSolrClient;
import org.apache.solr.client.solrj.impl.HttpSolrClient;
import org.apache.solr.client.solrj.impl.JsonMapResponseParser;
import org.apache.solr.client.solrj.request.QueryRequest;
import org.junit.jupiter.api.AfterAll;
import org.keycloak.OAuth2Constants;
import org.keycloak.admin.client.Keycloak;
import org.keycloak.admin.client.KeycloakBuilder;

/** Clients of services, which stand on RESTEasy, OkHttp, Vert.x, Jetty, Apache 4 and the JDK's clients, and Micronaut's over the JDK's. */
class LibraryServicesTest extends NestedConformance {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Vertx vertx = Vertx.vertx();

    @AfterAll
    void close() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    @Override
    Map<String, Caller> callers() {
        Map<String, Caller> callers = new LinkedHashMap<>();
        callers.put("Keycloak's admin client", new KeycloakTokens());
        callers.put("Micronaut over java.net.http", LibraryServicesTest::micronaut);
        HttpPipeline azure = new HttpPipelineBuilder()
                .httpClient(new VertxHttpClientBuilder().vertx(vertx).build())
                .build();
        callers.put("Azure's SDK over Vert.x", uri -> name(azure.sendSync(request(uri), Context.NONE)));
        callers.put(
                "Azure's SDK over Vert.x, reactive",
                uri -> name(azure.send(request(uri)).block()));
        callers.put(
                "Solr's client over java.net.http", uri -> solr(new HttpJdkSolrClient.Builder(uri.toString()).build()));
        callers.put(
                "Solr's client over Jetty",
                uri -> solr(new Http2SolrClient.Builder(uri.toString())
                        .useHttp1_1(true)
                        .build()));
        callers.put("Solr's client over Apache 4", uri -> solr(new HttpSolrClient.Builder(uri.toString()).build()));
        callers.put("InfluxDB's client", LibraryServicesTest::influx);
        callers.put("MinIO's client", LibraryServicesTest::minio);
        HttpRequestFactory google = new ApacheHttpTransport().createRequestFactory();
        callers.put(
                "Google's HTTP client over Apache 4",
                uri -> name(
                        google.buildGetRequest(new GenericUrl(uri)).execute().getContent()));
        return callers;
    }

    /** Has a token told in place of a name. */
    private static final class KeycloakTokens implements Caller {

        @Override
        public String name(URI uri) {
            try (Keycloak keycloak = KeycloakBuilder.builder()
                    .serverUrl(uri.toString())
                    .realm("bookings")
                    .clientId("booking")
                    .clientSecret("secret")
                    .grantType(OAuth2Constants.CLIENT_CREDENTIALS)
                    .build()) {
                return keycloak.tokenManager().getAccessTokenString();
            }
        }

        @Override
        public Answer.Http telling(String name) {
            return new Answer.Http(
                    "respond",
                    200,
                    List.of(new Answer.Header("Content-Type", "application/json")),
                    ("{\"access_token\":\"" + name + "\",\"expires_in\":60,\"token_type\":\"Bearer\"}")
                            .getBytes(StandardCharsets.UTF_8));
        }
    }

    private static String micronaut(URI uri) throws Exception {
        try (HttpClient client = HttpClient.create(
                URI.create("http://127.0.0.1:" + uri.getPort()).toURL())) {
            BlockingHttpClient blocking = client.toBlocking();
            return name(blocking.retrieve(uri.getPath()));
        }
    }

    private static HttpRequest request(URI uri) throws Exception {
        return new HttpRequest(HttpMethod.GET, uri.toURL());
    }

    private static String name(HttpResponse response) throws Exception {
        try (response) {
            if (response.getStatusCode() != 200) {
                throw new IllegalStateException("status " + response.getStatusCode());
            }
            return name(response.getBodyAsString().block());
        }
    }

    private static String solr(SolrClient client) throws Exception {
        QueryRequest query = new QueryRequest(new SolrQuery("*:*"));
        query.setResponseParser(new JsonMapResponseParser());
        try (client) {
            return (String) client.request(query).get("name");
        }
    }

    private static String influx(URI uri) throws Exception {
        try (InfluxDBClient client =
                InfluxDBClientFactory.create(uri.toString(), "token".toCharArray(), "bookings", "all")) {
            return name(client.getQueryApi().queryRaw("from(bucket: \"all\")"));
        }
    }

    private static String minio(URI uri) throws Exception {
        String[] parts = uri.getPath().split("/", 3);
        MinioClient client = MinioClient.builder()
                .endpoint("http://127.0.0.1:" + uri.getPort())
                .region("eu-central-1")
                .build();
        return name(client.getObject(
                GetObjectArgs.builder().bucket(parts[1]).object(parts[2]).build()));
    }

    private static String name(InputStream json) throws Exception {
        try (json) {
            return JSON.readTree(json).get("name").asText();
        }
    }

    private static String name(String json) throws Exception {
        return JSON.readTree(json).get("name").asText();
    }
}
