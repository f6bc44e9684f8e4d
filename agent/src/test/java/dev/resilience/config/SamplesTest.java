package dev.resilience.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.yaml.snakeyaml.Yaml;

/** The samples that users copy. */
class SamplesTest {

    static final Path FOLDER = Path.of(System.getProperty("reactor.root", ".."), "config-samples");

    /** The agent's own: what lies in the folder itself. */
    static List<String> samples() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".yaml"))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void there_is_one_for_each_kind_of_application() throws Exception {
        assertThat(samples())
                .contains(
                        "minimal.yaml", "five-services.yaml", "database-only.yaml", "spring-boot.yaml", "cluster.yaml");
    }

    @ParameterizedTest
    @MethodSource("samples")
    void are_read_without_a_complaint(String name) {
        ConfigLoad load = new ConfigReader(new FakeEnvironment(FOLDER)).read(FOLDER.resolve(name));

        assertThat(load).isInstanceOfSatisfying(ConfigLoad.Loaded.class, loaded -> {
            assertThat(loaded.warnings()).isEqualTo(List.of());
            assertThat(loaded.config().services()).isNotEmpty();
        });
    }

    @Test
    void the_configuration_inside_the_kubernetes_manifest_is_valid() throws Exception {
        int found = 0;
        for (Object document : new Yaml().loadAll(Files.readString(FOLDER.resolve("kubernetes/deployment.yaml")))) {
            if (document instanceof java.util.Map<?, ?> map
                    && map.get("data") instanceof java.util.Map<?, ?> data
                    && data.get("resilience.yaml") instanceof String text) {
                FakeEnvironment environment = new FakeEnvironment(FOLDER);
                environment.variables.put("POD_NAME", "booking-0");
                environment.variables.put("RESILIENCE_TOKEN", "t");
                assertThat(new ConfigReader(environment).read(text, Path.of("resilience.yaml")))
                        .isInstanceOf(ConfigLoad.Loaded.class);
                found++;
            }
        }
        assertThat(found).isEqualTo(1);
    }

    @Test
    void each_names_the_schema_for_editors() throws Exception {
        for (String name : samples()) {
            Path file = FOLDER.resolve(name);
            String first = Files.readAllLines(file).get(0);
            assertThat(first).as(name).startsWith("# yaml-language-server: $schema=");
            assertThat(file.resolveSibling(first.substring(first.indexOf('=') + 1)))
                    .as(name)
                    .exists();
        }
    }

    @Test
    void the_composed_services_find_what_they_mount_and_scrape_each_other() throws Exception {
        Path folder = FOLDER.resolve("docker-compose");
        Map<?, ?> services = (Map<?, ?>)
                ((Map<?, ?>) new Yaml().load(Files.readString(folder.resolve("compose.yaml")))).get("services");
        assertThat(services.keySet().toString()).contains("redis", "prometheus", "grafana");
        services.forEach((name, service) -> {
            Object volumes = ((Map<?, ?>) service).get("volumes");
            for (Object volume : volumes instanceof List<?> list ? list : List.of()) {
                String source = String.valueOf(volume).split(":")[0];
                // The jar is built, not kept.
                if (source.startsWith(".") && !source.endsWith(".jar")) {
                    assertThat(folder.resolve(source))
                            .as("%s mounts %s", name, volume)
                            .exists();
                }
            }
        });
        String scraped = Files.readString(folder.resolve("prometheus.yml"));
        FakeEnvironment environment = new FakeEnvironment(folder);
        ((Map<?, ?>) ((Map<?, ?>) services.get("app")).get("environment"))
                .forEach((name, value) -> environment.variables.put(
                        String.valueOf(name), String.valueOf(value).replaceAll("\\$\\{.*", "t0ken")));
        ConfigLoad load = new ConfigReader(environment).read(folder.resolve("resilience.yaml"));
        assertThat(load).isInstanceOfSatisfying(ConfigLoad.Loaded.class, loaded -> {
            String redis = loaded.config().redis().display();
            assertThat(services.keySet()).anyMatch(name -> redis.contains("://" + name + ":"));
            int port = loaded.config().admin().port();
            assertThat(services.keySet()).anyMatch(name -> scraped.contains(name + ":" + port));
        });
    }
}
