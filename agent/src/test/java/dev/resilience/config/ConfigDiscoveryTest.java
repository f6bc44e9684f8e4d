package dev.resilience.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigDiscoveryTest {

    @TempDir
    Path folder;

    private FakeEnvironment environment;

    @BeforeEach
    void start() {
        environment = new FakeEnvironment(folder);
    }

    @Test
    void nothing_named_and_nothing_there_is_none() {
        assertThat(load(null)).isInstanceOf(ConfigLoad.None.class);
        assertThat(load(" ")).isInstanceOf(ConfigLoad.None.class);
    }

    @Test
    void argument_then_property_then_variable_then_the_usual_place() throws Exception {
        file("resilience.yaml", "usual");
        assertThat(application(null)).isEqualTo("usual");
        file("variable.yaml", "variable");
        environment.variables.put("RESILIENCE_CONFIG", "variable.yaml");
        assertThat(application(null)).isEqualTo("variable");
        file("property.yaml", "property");
        environment.properties.put("resilience.config", "property.yaml");
        assertThat(application(null)).isEqualTo("property");
        file("argument.yaml", "argument");
        assertThat(application("argument.yaml")).isEqualTo("argument");
        assertThat(application(folder.resolve("argument.yaml").toString())).isEqualTo("argument");
    }

    @Test
    void a_file_that_was_named_must_exist_and_no_other_is_taken() throws Exception {
        file("resilience.yaml", "usual");

        assertThat(load("other.yaml"))
                .isInstanceOfSatisfying(
                        ConfigLoad.Broken.class,
                        broken -> assertThat(broken.problems())
                                .singleElement()
                                .asString()
                                .isEqualTo("other.yaml: no such file (named by the agent argument)"));
        assertThat(load("\0")).isInstanceOf(ConfigLoad.Broken.class);
    }

    @Test
    void the_application_is_named_as_other_tools_name_it() {
        environment.properties.put("sun.java.command", "com.example.Main --port 1");
        assertThat(new Identity(environment).application()).isEqualTo("Main");
        environment.properties.put("sun.java.command", "/opt/my app/shop.jar --x");
        assertThat(new Identity(environment).application()).isEqualTo("shop");
        environment.properties.put("spring.application.name", "spring");
        assertThat(new Identity(environment).application()).isEqualTo("spring");
        environment.variables.put("OTEL_SERVICE_NAME", "otel");
        assertThat(new Identity(environment).application()).isEqualTo("otel");
    }

    @Test
    void state_is_kept_where_the_application_cannot_leave_the_folder() {
        assertThat(new Identity(environment).stateDir("../../etc"))
                .isEqualTo(Path.of("/home/somebody/.resilience/_._.._etc"));
    }

    private ConfigLoad load(String argument) {
        return new ConfigDiscovery(environment).load(argument);
    }

    private String application(String argument) {
        return ((ConfigLoad.Loaded) load(argument)).config().application();
    }

    private void file(String name, String application) throws IOException {
        Files.writeString(folder.resolve(name), "application: " + application + "\nservices: {a: {}}\n");
    }
}
