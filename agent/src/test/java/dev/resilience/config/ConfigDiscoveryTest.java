package dev.resilience.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
    void the_next_release_of_a_jar_has_the_same_name() {
        for (String jar : List.of(
                "booking.jar",
                "booking-1.2.jar",
                "/opt/booking-1.2.3-SNAPSHOT.jar",
                "lib/booking-1.2.3.RELEASE.jar",
                "booking-v2.0.1.jar",
                "booking-1.0.0-rc.1+build5-exec.jar",
                "booking-1.0rc2.jar",
                "booking_2.1.jar",
                "booking-42.jar --port 1",
                "booking-7-SNAPSHOT.jar",
                "booking-20240131.1200-3.jar")) {
            environment.properties.put("sun.java.command", jar);
            assertThat(new Identity(environment).application()).as(jar).isEqualTo("booking");
        }
        for (String name : List.of("log4j2", "s3-proxy", "web-3-tier", "2048", "1.2", "base64")) {
            assertThat(Identity.withoutVersion(name)).isEqualTo(name);
        }
    }

    @Test
    void a_spring_boot_application_is_named_by_its_own_file() throws Exception {
        environment.properties.put("sun.java.command", "app-1.0.jar");
        environment.properties.put("java.class.path", "app-1.0.jar" + java.io.File.pathSeparator + "classes");
        jar(
                "app-1.0.jar",
                "BOOT-INF/classes/application.properties",
                "server.port=1\nspring.application.name = shop\n");
        assertThat(new Identity(environment).application()).isEqualTo("shop");
        jar(
                "app-1.0.jar",
                "application.yml",
                "# ours\n---\nspring:\n  application:\n    name: kiosk\n---\nspring.application.name: no\n");
        assertThat(new Identity(environment).application()).isEqualTo("kiosk");
        jar("app-1.0.jar", "application.yml", "spring.application.name: ${NAME}\n");
        assertThat(new Identity(environment).application()).isEqualTo("app");
        Files.createDirectories(folder.resolve("classes/BOOT-INF/classes"));
        Files.writeString(
                folder.resolve("classes/BOOT-INF/classes/application.yaml"), "spring: {application.name: unpacked}");
        assertThat(new Identity(environment).application()).isEqualTo("unpacked");
    }

    @Test
    void calls_that_another_release_left_are_found() throws Exception {
        environment.properties.put("user.home", folder.toString());
        environment.properties.put("sun.java.command", "booking-1.3.jar");
        Path own = new Identity(environment).stateDir("booking");
        for (String name : List.of("booking", "booking-1.2", "booking-1.1", "bookings-1.2")) {
            Files.createDirectories(own.resolveSibling(name).resolve("queue"));
            Files.write(
                    own.resolveSibling(name).resolve("queue/x.journal"),
                    new byte[name.equals("booking-1.1") ? 8 : 200]);
        }

        assertThat(new Identity(environment).leftBeside("booking", own))
                .containsExactly(own.resolveSibling("booking-1.2"));
        assertThat(new Identity(environment).leftBeside("booking", folder)).isEmpty();
    }

    private void jar(String name, String entry, String text) throws Exception {
        try (java.util.zip.ZipOutputStream out =
                new java.util.zip.ZipOutputStream(Files.newOutputStream(folder.resolve(name)))) {
            out.putNextEntry(new java.util.zip.ZipEntry(entry));
            out.write(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        }
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
