package dev.resilience.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
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

    /** Its answer has no end. */
    private static final Set<String> NOT_ASKED = Set.of("/api/resilience/stream");

    private final AdminFixture agent = new AdminFixture();
    private final HttpClient http = HttpClient.newHttpClient();
    private String url;
    private DescribedApi api;
    private JsonNode document;

    @BeforeEach
    void serve() throws Exception {
        url = agent.serve();
        api = DescribedApi.read(ask("GET", "/api/openapi.json").body());
        document = api.document();
        DescribedApi.fill(agent);
    }

    @AfterEach
    void close() {
        agent.close();
    }

    @Test
    void every_path_is_described_and_every_description_has_a_path() {
        Set<String> described = new TreeSet<>();
        api.operations().forEach(operation -> described.add(operation.toString()));
        Set<String> there = Routes.of(agent.surface).all().stream()
                .filter(route -> !Page.has(route.substring(route.indexOf(' ') + 1)))
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(described).isEqualTo(there);
        assertThat(document.get("openapi").asText()).isEqualTo("3.1.0");
    }

    @Test
    void every_answer_is_as_described() throws Exception {
        for (DescribedApi.Operation operation : api.operations()) {
            if (NOT_ASKED.contains(operation.path())) {
                continue;
            }
            HttpResponse<String> answer = ask(operation.method(), operation.target());
            assertThat(answer.statusCode()).as(operation + answer.body()).isEqualTo(200);
            Map.Entry<String, JsonNode> content = operation
                    .described()
                    .at("/responses/200/content")
                    .properties()
                    .iterator()
                    .next();
            assertThat(answer.headers().firstValue("Content-Type").orElse("")).startsWith(content.getKey());
            if (content.getKey().equals("application/json")) {
                assertThat(valid(content.getValue().get("schema"), answer.body()))
                        .as(operation + answer.body())
                        .isEmpty();
            }
        }
    }

    @Test
    void every_field_of_a_forecast_is_described() throws Exception {
        JsonNode described = document.at("/components/schemas/Prediction/properties");
        JsonNode answer = JSON.readTree(
                ask("GET", "/api/health/prediction?service=calcom").body());
        for (Map.Entry<String, JsonNode> field : answer.properties()) {
            JsonNode its = described.path(field.getKey());
            assertThat(its.isObject()).as(field.getKey()).isTrue();
            field.getValue()
                    .fieldNames()
                    .forEachRemaining(
                            name -> assertThat(its.at("/properties/" + name).isObject())
                                    .as(field.getKey() + "." + name)
                                    .isTrue());
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
