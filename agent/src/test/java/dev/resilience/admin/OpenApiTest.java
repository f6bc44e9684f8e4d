package dev.resilience.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.resilience.breaker.State;
import dev.resilience.metrics.CallOutcome;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The description and the API are one: every path on both sides, every answer as described. */
class OpenApiTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** What a path needs to be asked for with success. */
    private static final Map<String, String> QUERIES = Map.of(
            "/api/health/history", "?service=calcom",
            "/api/health/prediction", "?service=calcom",
            "/api/resilience/mode", "?service=calcom&mode=forced_open&for=1h&reason=test",
            "/api/resilience/queue/retry", "?id=q1",
            "/api/resilience/queue/drop", "?id=q1",
            "/api/resilience/reviews/resolve", "?id=r1",
            "/api/resilience/reviews/requeue", "?id=r2",
            "/api/resilience/reviews/drop", "?id=r3");

    /** The fixture has no part for them, or the answer has no end. */
    private static final Set<String> NOT_ASKED = Set.of("/api/health/prediction", "/api/resilience/stream");

    private final AdminFixture agent = new AdminFixture();
    private final HttpClient http = HttpClient.newHttpClient();
    private String url;
    private JsonNode document;

    @BeforeEach
    void serve() throws Exception {
        url = agent.serve();
        document = JSON.readTree(ask("GET", "/api/openapi.json").body());
        agent.metrics.endpoint("calcom", "calcom_call").record(CallOutcome.SUCCESS, 10_000_000);
        agent.metrics.endpoint("calcom", "calcom_call").fallback("stale_cache", CallOutcome.FAILURE, 1, 1);
        agent.circuits.set("calcom", State.OPEN);
        agent.circuits.set("retell", State.HALF_OPEN);
        agent.keep("q1", "calcom", null);
        agent.keep("q2", "calcom", null);
        for (int i = 1; i < 5; i++) {
            agent.keep("r" + i, "calcom", "8 attempts failed");
        }
    }

    @AfterEach
    void close() {
        agent.close();
    }

    @Test
    void every_path_is_described_and_every_description_has_a_path() {
        Set<String> described = new TreeSet<>();
        document.get("paths")
                .fields()
                .forEachRemaining(path -> path.getValue()
                        .fieldNames()
                        .forEachRemaining(
                                method -> described.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey())));
        Set<String> there = Routes.of(agent.surface).all().stream()
                .filter(route -> !Page.has(route.substring(route.indexOf(' ') + 1)))
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(described).isEqualTo(there);
        assertThat(document.get("openapi").asText()).isEqualTo("3.1.0");
    }

    @Test
    void every_answer_is_as_described() throws Exception {
        for (Map.Entry<String, JsonNode> path : document.get("paths").properties()) {
            for (Map.Entry<String, JsonNode> operation : path.getValue().properties()) {
                if (NOT_ASKED.contains(path.getKey())) {
                    continue;
                }
                HttpResponse<String> answer = ask(
                        operation.getKey().toUpperCase(Locale.ROOT),
                        path.getKey() + QUERIES.getOrDefault(path.getKey(), ""));
                assertThat(answer.statusCode())
                        .as(path.getKey() + answer.body())
                        .isEqualTo(200);
                Map.Entry<String, JsonNode> content = operation
                        .getValue()
                        .at("/responses/200/content")
                        .properties()
                        .iterator()
                        .next();
                assertThat(answer.headers().firstValue("Content-Type").orElse(""))
                        .startsWith(content.getKey());
                if (content.getKey().equals("application/json")) {
                    assertThat(valid(content.getValue().get("schema"), answer.body()))
                            .as(path.getKey() + answer.body())
                            .isEmpty();
                }
            }
        }
    }

    @Test
    void a_refusal_is_as_described_too() throws Exception {
        JsonNode problem = JSON.readTree("{\"$ref\":\"#/components/schemas/Problem\"}");

        assertThat(valid(problem, ask("GET", "/api/health/history").body())).isEmpty();
        assertThat(valid(problem, ask("GET", "/nowhere").body())).isEmpty();
        assertThat(valid(problem, "{}")).isNotEmpty();
    }

    private Iterable<?> valid(JsonNode schema, String body) {
        ObjectNode whole = schema.deepCopy();
        whole.set("components", document.get("components"));
        return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema(whole.toString(), InputFormat.JSON)
                .validate(body, InputFormat.JSON);
    }

    private HttpResponse<String> ask(String method, String path) throws Exception {
        return http.send(
                HttpRequest.newBuilder(URI.create(url + path))
                        .method(method, HttpRequest.BodyPublishers.noBody())
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }
}
