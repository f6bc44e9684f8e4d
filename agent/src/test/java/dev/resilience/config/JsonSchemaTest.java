package dev.resilience.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.Yaml;

/** The schema that editors use says what the agent says. */
class JsonSchemaTest {

    private static final Path FILE = SamplesTest.FOLDER.resolve("resilience.schema.json");
    private static final JsonMapper JSON = JsonMapper.builder().build();

    @Test
    void the_file_that_users_get_is_the_one_made_from_the_code() throws Exception {
        if (Boolean.getBoolean("schema.write")) {
            Files.writeString(FILE, JsonSchema.text());
        }
        assertThat(Files.readString(FILE))
                .as("made anew by: mvn -pl agent-bootstrap,agent test -Dtest=JsonSchemaTest"
                        + " -Dsurefire.failIfNoSpecifiedTests=false -Dschema.write=true")
                .isEqualTo(JsonSchema.text());
    }

    @ParameterizedTest
    @MethodSource("dev.resilience.config.SamplesTest#samples")
    void samples_are_valid(String sample) throws Exception {
        assertThat(errors(Files.readString(SamplesTest.FOLDER.resolve(sample)))).isEmpty();
        assertThat(Files.readString(SamplesTest.FOLDER.resolve(sample)))
                .startsWith("# yaml-language-server: $schema=resilience.schema.json");
    }

    @Test
    void the_documented_file_is_valid() {
        assertThat(errors(ContractTest.DOCUMENTED)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "services: {a: {breaker: {failure_treshold: 3}}}",
                "services: {a: {breaker: {failure_rate: 2}}}",
                "services: {a: {breaker: {timeout: soon}}}",
                "services: {a: {mode: enforced}}",
                "services: {a: {failure_threshold: 5}}",
                "services: {a: {endpoints: [{name: x}]}}",
                "services: {a: {endpoints: [{http: {host: h}}]}}",
                "services: {a: {endpoints: [{name: x, http: {host: h}, jdbc: {url: 'jdbc:h2:*'}}]}}",
                "services: {a: {endpoints: [{name: x, http: {host: h}, fallback: [stale]}]}}",
                "services: {a: {probe: {interval: 5s}}}",
                "services: {'a/b': {}}",
                "admin: {port: 99999}",
                "admin: {port: '99999'}",
                "admin: {port: 65536}",
                "admin: {port: '65536'}",
                "admin: {port: ''}",
                "services: {a: {max_concurrent: '0'}}",
                "services: {a: {max_concurrent: '1000001'}}",
                "redis: {url: 'redis://host:99999'}",
                "redis: {url: 'redis://user:1@host:65536/0'}",
                "redis: {url: 'redis-sentinel://one:26379,two:99999,three/0#master'}",
                "redis: {nodes: ['host:99999']}",
                "services: {a: {probe: {redis: 'redis://host:70000'}}}",
                "services: {a: {probe: {http: 'http://host:655360/'}}}",
                "x: 1",
            })
    void what_the_agent_refuses_the_schema_refuses(String yaml) {
        assertThat(dev.resilience.config.Yaml.problems(yaml)).isNotEmpty();
        assertThat(errors(yaml)).isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "services: {a: }",
                "services: {a: {cache_ttl: 5m, max_concurrent: '${N:5}'}}",
                "services: {a: {breaker: {failure_rate: 50%, timeout: '${T:5s}', slow_calls: {longer_than: 2}}}}",
                "services: {a: {failures: {status: 500-502, ignore: {status: [404, 410-411]}}}}",
                "services: {a: {endpoints: [{name: x, http: {method: GET, host: '*'}, fallback: stale_cache}]}}",
                "admin: {port: '${PORT:0}', token: '${T:}'}\nservices: {a: {}}",
                "admin: {port: '9797'}\nservices: {a: {max_concurrent: '1000000'}}",
                "admin: {port: \"65535\"}\nservices: {a: {breaker: {failure_rate: '0.5', timeout_growth: '2.0'}}}",
                "redis: {url: 'redis://user:99999@host:65535', wait_replicas: '10'}\nservices: {a: {}}",
                "redis: {url: 'redis-sentinel://x:99999,y@one,two:26379/0#master'}\nservices: {a: {}}",
                "redis: {nodes: ['one:6379', two, 'rediss://u:123456@three:7000']}\nservices: {a: {}}",
                "services: {a: {probe: {http: 'http://[fe80::99999]:80/a:99999'}}}",
            })
    void what_the_agent_takes_the_schema_takes(String yaml) {
        assertThat(dev.resilience.config.Yaml.problems(yaml)).isEmpty();
        assertThat(errors(yaml)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "admin: {port: '%s'}",
                "services: {a: {max_concurrent: '%s'}}",
                "services: {a: {breaker: {timeout_growth: '%s'}}}",
                "services: {a: {breaker: {failure_rate: '%s'}}}",
                "services: {a: {slo: {availability: '%s'}}}",
            })
    void the_agent_and_the_schema_agree_on_numbers_in_quotes(String yaml) {
        List<String> numbers = List.of(
                "0", "1", "5", "9", "10", "99", "100", "101", "199", "1000", "65535", "65536", "1000000", "1000001",
                "0.0", "0.5", "1.0", "1.5", "1.01", "5.0", "5.00", "5.5", "99.9", "100.0", "100.01", "1000.0", "+5",
                "-5", "05", "00", "0_5", "1_0", "1__0.0", "1_.0_1", "1_", "_1", "1.", ".5", ".", "1.2.3", "+", "",
                " 5 ", "5 5", "5e1", "0x5", "5%", "0.5 %", "100%", "100.0%", "101%", "%", "5%%", "50 % ");
        for (String number : numbers) {
            String file = yaml.formatted(number);
            boolean alone = !file.startsWith("services");
            List<?> problems = dev.resilience.config.Yaml.problems(alone ? file + "\nservices: {b: {}}" : file);
            assertThat(errors(file).isEmpty()).as("%s: %s", file, problems).isEqualTo(problems.isEmpty());
        }
    }

    @Test
    void every_key_has_a_description() throws Exception {
        JsonNode document = JSON.readTree(JsonSchema.text());

        document.get("definitions")
                .fields()
                .forEachRemaining(definition -> definition
                        .getValue()
                        .path("properties")
                        .fields()
                        .forEachRemaining(property -> assertThat(
                                        property.getValue().path("description").asText())
                                .as("%s.%s", definition.getKey(), property.getKey())
                                .isNotBlank()));
    }

    /** What YAML's language server offers: each word with its meaning, each example one that the agent would take. */
    @Test
    void editors_are_told_what_words_mean_and_what_values_look_like() throws Exception {
        JsonNode document = JSON.readTree(JsonSchema.text());
        for (JsonNode choice : document.findParents("enum")) {
            assertThat(choice.path("enumDescriptions").size())
                    .as(choice.toString())
                    .isEqualTo(choice.get("enum").size());
        }
        int examples = 0;
        for (JsonNode key : document.findParents("examples")) {
            com.fasterxml.jackson.databind.node.ObjectNode alone = key.deepCopy();
            alone.set("definitions", document.get("definitions"));
            for (JsonNode example : key.get("examples")) {
                assertThat(SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_7)
                                .getSchema(alone.toString(), InputFormat.JSON)
                                .validate(example.toString(), InputFormat.JSON))
                        .as(key.toString())
                        .isEmpty();
                examples++;
            }
        }
        assertThat(examples).isGreaterThan(60);
    }

    private static List<Error> errors(String yaml) {
        Object read = new Yaml().load(yaml);
        return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_7)
                .getSchema(JsonSchema.text(), InputFormat.JSON)
                .validate(JSON.valueToTree(read));
    }
}
