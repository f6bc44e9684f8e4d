package dev.resilience.testapps.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.testapps.harness.JvmUnderTest;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What people put on command lines. */
class CommandLineTest {

    @TempDir
    Path directory;

    @Test
    void of_two_agents_the_second_stays_out_and_says_so_in_one_line() throws Exception {
        Path config = Files.writeString(directory.resolve("good.yaml"), "services: {calcom: {}}");
        Path copy = Files.copy(Built.agent(), directory.resolve("copy.jar"));

        try (JvmUnderTest jvm = JvmUnderTest.command()
                .in(directory)
                .agent(Built.agent(), config)
                .agent(copy, config)
                .main(Built.tinyApplications(), "com.example.tiny.Hello")) {
            assertThat(jvm.awaitExit()).isZero();
            assertThat(jvm.out()).containsExactly("hello from main");
            assertThat(jvm.err()).filteredOn(line -> line.contains("already")).hasSize(1);
        }
    }

    @Test
    void of_two_agents_without_a_configuration_the_second_stays_out_too() throws Exception {
        try (JvmUnderTest jvm = JvmUnderTest.command()
                .in(directory)
                .jvm("-javaagent:" + Built.agent(), "-javaagent:" + Built.agent())
                .main(Built.tinyApplications(), "com.example.tiny.Hello")) {
            assertThat(jvm.awaitExit()).isZero();
            assertThat(jvm.out()).containsExactly("hello from main");
            assertThat(jvm.err()).hasSize(2);
            assertThat(jvm.err().get(0)).contains("no configuration found");
            assertThat(jvm.err().get(1)).contains("already");
        }
    }

    @Test
    void the_jdks_own_tools_are_left_alone() throws Exception {
        Path config = Files.writeString(directory.resolve("good.yaml"), "services: {calcom: {}}");

        try (JvmUnderTest jvm = JvmUnderTest.command()
                .in(directory)
                .environment("JAVA_TOOL_OPTIONS", "-javaagent:" + Built.agent() + "=" + config)
                .tool("jar", "--list", "--file", Built.booking().toString())) {
            assertThat(jvm.awaitExit()).isZero();
            assertThat(jvm.out()).contains("com/example/booking/BookingApplication.class");
            assertThat(jvm.err())
                    .filteredOn(line -> line.startsWith("[resilience]"))
                    .singleElement()
                    .asString()
                    .contains("leaves the JDK's own tools alone");
        }
    }

    @Test
    void so_are_the_jars_own_commands() throws Exception {
        Path config = Files.writeString(directory.resolve("good.yaml"), "services: {calcom: {}}");

        try (JvmUnderTest jvm = JvmUnderTest.command()
                .in(directory)
                .environment("JAVA_TOOL_OPTIONS", "-javaagent:" + Built.agent() + "=" + config)
                .jar(Built.agent(), "config", "validate", config.toString())) {
            assertThat(jvm.awaitExit()).isZero();
            assertThat(jvm.err()).noneMatch(line -> line.startsWith("[resilience]"));
        }
    }

    @Test
    void an_application_started_by_java_tool_options_is_protected() throws Exception {
        Path config = Files.writeString(directory.resolve("broken.yaml"), "services: [");

        try (JvmUnderTest jvm = JvmUnderTest.command()
                .in(directory)
                .environment("JAVA_TOOL_OPTIONS", "-javaagent:" + Built.agent() + "=" + config)
                .main(Built.tinyApplications(), "com.example.tiny.Hello")) {
            assertThat(jvm.awaitExit()).isZero();
            assertThat(jvm.out()).containsExactly("hello from main");
            assertThat(jvm.err()).anySatisfy(line -> assertThat(line).contains("broken.yaml"));
        }
    }

    @Test
    void an_agent_in_a_path_with_spaces_and_signs_starts() throws Exception {
        Path folder = Files.createDirectory(directory.resolve("a b+c%20é"));
        Path copy = Files.copy(Built.agent(), folder.resolve("resilience.jar"));
        Path config = Files.writeString(folder.resolve("my config.yaml"), "services: [");

        try (JvmUnderTest jvm = JvmUnderTest.command()
                .in(directory)
                .jvm("-Dsun.jnu.encoding=UTF-8")
                .environment("LC_ALL", "C.UTF-8")
                .agent(copy, config)
                .main(Built.tinyApplications(), "com.example.tiny.Hello")) {
            assertThat(jvm.awaitExit()).isZero();
            assertThat(jvm.out()).containsExactly("hello from main");
            assertThat(jvm.err()).first().asString().contains("my config.yaml:1:");
        }
    }
}
