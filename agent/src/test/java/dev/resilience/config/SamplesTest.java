package dev.resilience.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The samples that users copy. */
class SamplesTest {

    static final Path FOLDER = Path.of(System.getProperty("reactor.root", ".."), "config-samples");

    @ParameterizedTest
    @ValueSource(strings = {"minimal.yaml", "five-services.yaml", "database-only.yaml"})
    void are_read_without_a_complaint(String name) {
        ConfigLoad load = new ConfigReader(new FakeEnvironment(FOLDER)).read(FOLDER.resolve(name));

        assertThat(load).isInstanceOfSatisfying(ConfigLoad.Loaded.class, loaded -> {
            assertThat(loaded.warnings()).isEqualTo(List.of());
            assertThat(loaded.config().services()).isNotEmpty();
        });
    }
}
