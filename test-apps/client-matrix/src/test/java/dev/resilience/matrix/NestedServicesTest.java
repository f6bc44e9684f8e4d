package dev.resilience.matrix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import co.elastic.clients.transport.rest5_client.low_level.Rest5Client;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.resilience.CircuitBreakerOpenException;
import dev.resilience.fallback.Answer;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.apache.http.HttpHost;
import org.elasticsearch.client.Request;
import org.elasticsearch.client.RestClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.apache.ApacheHttpClient;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.StandardRetryStrategy;
import software.amazon.awssdk.retries.api.BackoffStrategy;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/** Clients of services: Elasticsearch's, of both generations, and what AWS's SDK makes its calls with. */
class NestedServicesTest extends NestedConformance {

    private static final ObjectMapper JSON = new ObjectMapper();

    private static final StaticCredentialsProvider KEYS =
            StaticCredentialsProvider.create(AwsBasicCredentials.create("key", "secret"));

    private static final StandardRetryStrategy THREE_ATTEMPTS = StandardRetryStrategy.builder()
            .retryOnException(failure -> true)
            .maxAttempts(3)
            .backoffStrategy(BackoffStrategy.retryImmediately())
            .build();

    private static final Answer.Http TABLES = new Answer.Http(
            "respond",
            200,
            List.of(new Answer.Header("Content-Type", "application/x-amz-json-1.0")),
            "{\"TableNames\":[\"bookings\"]}".getBytes(StandardCharsets.UTF_8));

    @Override
    Map<String, Caller> callers() {
        Map<String, Caller> callers = new LinkedHashMap<>();
        callers.put("Elasticsearch over Apache 4", NestedServicesTest::elasticsearch);
        callers.put("Elasticsearch over Apache 5", NestedServicesTest::elasticsearch5);
        callers.put("AWS over HttpURLConnection", aws(UrlConnectionHttpClient.create()));
        callers.put("AWS over Apache 4", aws(ApacheHttpClient.create()));
        callers.put("AWS over Apache 5", aws(Apache5HttpClient.create()));
        return callers;
    }

    private static String elasticsearch(URI uri) throws Exception {
        try (RestClient client = RestClient.builder(HttpHost.create("http://127.0.0.1:" + uri.getPort()))
                .build()) {
            return name(client.performRequest(new Request("GET", uri.getPath()))
                    .getEntity()
                    .getContent());
        }
    }

    private static String elasticsearch5(URI uri) throws Exception {
        try (Rest5Client client = Rest5Client.builder(URI.create("http://127.0.0.1:" + uri.getPort()))
                .build()) {
            return name(client.performRequest(
                            new co.elastic.clients.transport.rest5_client.low_level.Request("GET", uri.getPath()))
                    .getEntity()
                    .getContent());
        }
    }

    private static Caller aws(SdkHttpClient client) {
        return uri -> {
            SdkHttpRequest request =
                    SdkHttpRequest.builder().method(SdkHttpMethod.GET).uri(uri).build();
            HttpExecuteResponse response = client.prepareRequest(
                            HttpExecuteRequest.builder().request(request).build())
                    .call();
            try (InputStream body = response.responseBody().orElseThrow()) {
                if (!response.httpResponse().isSuccessful()) {
                    throw new IllegalStateException(
                            "status " + response.httpResponse().statusCode());
                }
                return name(body);
            }
        };
    }

    private DynamoDbClient dynamo(SdkHttpClient.Builder<?> http, String path) {
        return DynamoDbClient.builder()
                .httpClientBuilder(http)
                .endpointOverride(server.uri(path))
                .region(Region.EU_CENTRAL_1)
                .credentialsProvider(KEYS)
                .overrideConfiguration(settings -> settings.retryStrategy(THREE_ATTEMPTS))
                .build();
    }

    private static Stream<SdkHttpClient.Builder<?>> awsClients() {
        return Stream.of(UrlConnectionHttpClient.builder(), ApacheHttpClient.builder(), Apache5HttpClient.builder());
    }

    @ParameterizedTest
    @MethodSource("awsClients")
    void retries_of_aws_are_a_decision_each(SdkHttpClient.Builder<?> http) {
        server.flaky.set(1);
        try (DynamoDbClient dynamo = dynamo(http, "/guarded/flaky")) {
            assertThat(dynamo.listTables().tableNames()).isEmpty();
        }
        assertThat(guard.calls).extracting(ScriptedGuard.Call::outcome).containsExactly("answered 503", "answered 200");
    }

    @ParameterizedTest
    @MethodSource("awsClients")
    void an_answer_is_what_aws_reads_of_it(SdkHttpClient.Builder<?> http) {
        guard.answerAtOnce(TABLES);
        try (DynamoDbClient dynamo = dynamo(http, "/guarded/json")) {
            assertThat(dynamo.listTables().tableNames()).containsExactly("bookings");
        }
        assertThat(server.hits.get()).isZero();
    }

    private DynamoDbAsyncClient dynamoLater(String path) {
        return DynamoDbAsyncClient.builder()
                .httpClientBuilder(NettyNioAsyncHttpClient.builder())
                .endpointOverride(server.uri(path))
                .region(Region.EU_CENTRAL_1)
                .credentialsProvider(KEYS)
                .overrideConfiguration(settings -> settings.retryStrategy(THREE_ATTEMPTS))
                .build();
    }

    @Test
    void asynchronous_calls_of_aws_are_guarded_over_netty() {
        server.flaky.set(1);
        try (DynamoDbAsyncClient dynamo = dynamoLater("/guarded/flaky")) {
            assertThat(dynamo.listTables().join().tableNames()).isEmpty();
        }
        assertThat(guard.calls).extracting(ScriptedGuard.Call::outcome).containsExactly("answered 503", "answered 200");
        guard.answerAtOnce(TABLES);
        try (DynamoDbAsyncClient dynamo = dynamoLater("/guarded/json")) {
            assertThat(dynamo.listTables().join().tableNames()).containsExactly("bookings");
        }
        guard.reject();
        try (DynamoDbAsyncClient dynamo = dynamoLater("/guarded/json")) {
            assertThatThrownBy(() -> dynamo.listTables().join())
                    .isInstanceOf(CompletionException.class)
                    .hasCauseInstanceOf(SdkClientException.class)
                    .hasRootCauseInstanceOf(CircuitBreakerOpenException.class);
        }
        assertThat(server.hits.get()).isEqualTo(2);
    }

    private static String name(InputStream body) throws Exception {
        return JSON.readTree(body).get("name").asText();
    }
}
