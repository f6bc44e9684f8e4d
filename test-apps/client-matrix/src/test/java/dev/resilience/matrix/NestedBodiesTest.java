package dev.resilience.matrix;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.bootstrap.Bridge;
import dev.resilience.fallback.Answer;
import feign.Feign;
import feign.Headers;
import feign.RequestLine;
import feign.Retryer;
import feign.jackson.JacksonDecoder;
import feign.jackson.JacksonEncoder;
import jakarta.ws.rs.client.Client;
import jakarta.ws.rs.client.ClientBuilder;
import jakarta.ws.rs.client.Entity;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import okhttp3.Interceptor;
import okhttp3.MediaType;
import okhttp3.MultipartBody;
import okhttp3.OkHttpClient;
import okhttp3.RequestBody;
import okio.BufferedSink;
import okio.GzipSink;
import okio.Okio;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.entity.GzipCompressingEntity;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.io.entity.StringEntity;
import org.glassfish.jersey.apache5.connector.Apache5ConnectorProvider;
import org.glassfish.jersey.client.ClientConfig;
import org.glassfish.jersey.jetty.connector.JettyConnectorProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.http.client.ClientHttpRequestFactory;
import org.springframework.http.client.HttpComponentsClientHttpRequestFactory;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.http.client.JettyClientHttpRequestFactory;
import org.springframework.http.client.ReactorClientHttpRequestFactory;
import org.springframework.http.client.SimpleClientHttpRequestFactory;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.util.MultiValueMap;
import org.springframework.web.client.RestTemplate;
import retrofit2.Call;
import retrofit2.Retrofit;
import retrofit2.converter.jackson.JacksonConverterFactory;
import retrofit2.http.Body;
import retrofit2.http.Multipart;
import retrofit2.http.POST;
import retrofit2.http.Part;
import retrofit2.http.Url;

/**
 * What applications send as a body by what stands on the clients (JSON written while it is sent, parts, compressed bodies) is told
 * to what takes the call in charge: when it was sent, when there was no connection, and when the call is rejected.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class NestedBodiesTest {

    private static final Map<String, String> ADA = Map.of("name", "Ada");

    private static final Answer.Http ACCEPTED = new Answer.Http(
            "queue",
            202,
            List.of(new Answer.Header("Content-Type", "application/json")),
            "{\"name\":\"Grace\"}".getBytes(StandardCharsets.UTF_8));

    /** Sends something with the name in it. */
    @FunctionalInterface
    private interface Caller {
        Object post(URI to) throws Exception;
    }

    /** For Feign. */
    public interface People {
        @RequestLine("POST")
        @Headers("Content-Type: application/json")
        Map<String, String> create(URI uri, Map<String, String> person);

        @RequestLine("POST")
        @Headers({"Content-Type: application/json", "Content-Encoding: gzip"})
        Map<String, String> createCompressed(URI uri, Map<String, String> person);
    }

    /** For Retrofit. */
    public interface RetrofitPeople {
        @POST
        Call<Map<String, String>> create(@Url String uri, @Body Map<String, String> person);

        @Multipart
        @POST
        Call<Map<String, String>> upload(@Url String uri, @Part MultipartBody.Part file);
    }

    private final long failuresBefore = Bridge.failures();

    @AfterEach
    void nothingIsLeftBehind() {
        SwitchableGuard.use(null);
        assertThat(Bridge.failures() - failuresBefore).isZero();
    }

    private static Map<String, Caller> callers() {
        Map<String, Caller> callers = new LinkedHashMap<>();
        addFeign(callers);
        addRetrofit(callers);
        addJersey(callers, "", ClientBuilder.newClient());
        addJersey(
                callers,
                " over Apache 5",
                ClientBuilder.newClient(new ClientConfig().connectorProvider(new Apache5ConnectorProvider())));
        addJersey(
                callers,
                " over Jetty",
                ClientBuilder.newClient(new ClientConfig().connectorProvider(new JettyConnectorProvider())));
        addParts(callers, "java.net.http", new JdkClientHttpRequestFactory());
        addParts(callers, "HttpURLConnection", new SimpleClientHttpRequestFactory());
        addParts(callers, "Apache 5", new HttpComponentsClientHttpRequestFactory(apache()));
        addParts(callers, "Reactor Netty", new ReactorClientHttpRequestFactory());
        addParts(callers, "Jetty", new JettyClientHttpRequestFactory());
        callers.put("compressed by Apache 5", NestedBodiesTest::compressedByApache);
        callers.put("compressed over java.net.http", NestedBodiesTest::compressedOverTheJdk);
        return callers;
    }

    private static void addFeign(Map<String, Caller> callers) {
        Map<String, feign.Client> clients = new LinkedHashMap<>();
        clients.put("HttpURLConnection", new feign.Client.Default(null, null));
        clients.put("OkHttp", new feign.okhttp.OkHttpClient());
        clients.put("Apache 5", new feign.hc5.ApacheHttp5Client(apache()));
        clients.put("java.net.http", new feign.http2client.Http2Client());
        clients.forEach((name, client) -> {
            People people = Feign.builder()
                    .client(client)
                    .encoder(new JacksonEncoder())
                    .decoder(new JacksonDecoder())
                    .retryer(Retryer.NEVER_RETRY)
                    .target(feign.Target.EmptyTarget.create(People.class));
            callers.put("Feign over " + name, uri -> people.create(uri, ADA));
            if (name.equals("HttpURLConnection")) {
                // The only one that compresses by itself.
                callers.put("Feign, compressed, over " + name, uri -> people.createCompressed(uri, ADA));
            }
        });
    }

    private static CloseableHttpClient apache() {
        return HttpClients.custom().disableAutomaticRetries().build();
    }

    private static void addRetrofit(Map<String, Caller> callers) {
        RetrofitPeople plain = retrofit(new OkHttpClient());
        callers.put(
                "Retrofit", uri -> plain.create(uri.toString(), ADA).execute().body());
        callers.put(
                "Retrofit, parts",
                uri -> plain.upload(
                                uri.toString(),
                                MultipartBody.Part.createFormData(
                                        "file", "ada.txt", RequestBody.create("Ada", MediaType.get("text/plain"))))
                        .execute()
                        .body());
        RetrofitPeople compressing = retrofit(new OkHttpClient.Builder()
                .addInterceptor(NestedBodiesTest::compressing)
                .build());
        callers.put(
                "Retrofit, compressed",
                uri -> compressing.create(uri.toString(), ADA).execute().body());
    }

    private static RetrofitPeople retrofit(OkHttpClient client) {
        return new Retrofit.Builder()
                .baseUrl("http://127.0.0.1/")
                .client(client)
                .addConverterFactory(JacksonConverterFactory.create())
                .build()
                .create(RetrofitPeople.class);
    }

    /** As OkHttp's own recipe has it. */
    private static okhttp3.Response compressing(Interceptor.Chain chain) throws IOException {
        RequestBody plain = chain.request().body();
        return chain.proceed(chain.request()
                .newBuilder()
                .header("Content-Encoding", "gzip")
                .method(chain.request().method(), new RequestBody() {
                    @Override
                    public MediaType contentType() {
                        return plain.contentType();
                    }

                    @Override
                    public void writeTo(BufferedSink sink) throws IOException {
                        try (BufferedSink compressed = Okio.buffer(new GzipSink(sink))) {
                            plain.writeTo(compressed);
                        }
                    }
                })
                .build());
    }

    private static void addJersey(Map<String, Caller> callers, String over, Client jersey) {
        callers.put(
                "Jersey" + over,
                uri -> jersey.target(uri)
                        .request()
                        .post(Entity.json(ADA))
                        .readEntity(Map.class)
                        .get("name"));
    }

    private static void addParts(Map<String, Caller> callers, String over, ClientHttpRequestFactory factory) {
        RestTemplate template = new RestTemplate(factory);
        callers.put("RestTemplate, parts, over " + over, uri -> {
            MultiValueMap<String, Object> parts = new LinkedMultiValueMap<>();
            parts.add("kind", "person");
            parts.add("file", new ByteArrayResource("Ada".getBytes(StandardCharsets.UTF_8)) {
                @Override
                public String getFilename() {
                    return "ada.txt";
                }
            });
            return template.postForObject(uri, parts, String.class);
        });
    }

    private static Object compressedByApache(URI uri) throws IOException {
        HttpPost post = new HttpPost(uri);
        post.setEntity(new GzipCompressingEntity(new StringEntity("{\"name\":\"Ada\"}", ContentType.APPLICATION_JSON)));
        try (CloseableHttpClient client = apache()) {
            return client.execute(post, response -> response.getCode());
        }
    }

    private static Object compressedOverTheJdk(URI uri) throws Exception {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(compressed)) {
            out.write("{\"name\":\"Ada\"}".getBytes(StandardCharsets.UTF_8));
        }
        HttpRequest request = HttpRequest.newBuilder(uri)
                .header("Content-Type", "application/json")
                .header("Content-Encoding", "gzip")
                .POST(HttpRequest.BodyPublishers.ofInputStream(
                        () -> new ByteArrayInputStream(compressed.toByteArray())))
                .build();
        return HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.ofString())
                .body();
    }

    @TestFactory
    Stream<DynamicTest> a_body_is_told_however_it_is_made() {
        return callers().entrySet().stream()
                .map(caller -> DynamicTest.dynamicTest(caller.getKey(), () -> isTold(caller.getValue())));
    }

    private static void isTold(Caller caller) throws Exception {
        try (TestServer server = new TestServer()) {
            for (String when : List.of("failed", "refused", "rejected")) {
                ScriptedGuard guard = new ScriptedGuard();
                SwitchableGuard.use(guard);
                guard.instead = ACCEPTED;
                if (when.equals("rejected")) {
                    guard.answerAtOnce(ACCEPTED);
                }
                URI to = when.equals("refused")
                        ? TestServer.refused("/guarded/echo")
                        : server.uri(when.equals("failed") ? "/guarded/status/503" : "/guarded/echo");
                caller.post(to);
                ScriptedGuard.Call call = guard.onlyCall();
                assertThat(call.taken).as(when).isNotNull();
                assertThat(text(call)).as(when).contains("Ada");
                String type = call.request.header("Content-Type").get(0);
                if (type.startsWith("multipart/")) {
                    String boundary = type.replaceFirst(".*boundary=\"?([^\";]+).*", "$1");
                    assertThat(text(call)).as(when).contains("--" + boundary + "--");
                } else {
                    assertThat(type).as(when).startsWith("application/json");
                }
            }
        }
    }

    private static String text(ScriptedGuard.Call call) throws IOException {
        if (call.request.header("Content-Encoding").contains("gzip")) {
            try (GZIPInputStream plain = new GZIPInputStream(new ByteArrayInputStream(call.taken))) {
                return new String(plain.readAllBytes(), StandardCharsets.UTF_8);
            }
        }
        return new String(call.taken, StandardCharsets.UTF_8);
    }
}
