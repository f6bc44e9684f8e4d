package dev.resilience.testapps.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.testapps.harness.JvmUnderTest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whatever is wrong with the configuration, the application runs, and one line says what and where. */
class ConfigurationTroubleTest {

    @TempDir
    Path directory;

    @Test
    void without_a_configuration_the_application_runs_and_one_line_says_so() throws Exception {
        Ended ended = run("-javaagent:" + Built.agent());

        assertThat(ended.status).isZero();
        assertThat(ended.out).containsExactly("hello from main");
        assertThat(ended.err).singleElement().asString().contains("no configuration found", "nothing is protected");
    }

    @Test
    void a_configuration_in_the_working_directory_is_found() throws Exception {
        Files.writeString(directory.resolve("resilience.yaml"), "services: {a: {endpoints: [{nmae: x}]}}");

        Ended ended = run("-javaagent:" + Built.agent());

        assertThat(ended.out).containsExactly("hello from main");
        assertThat(ended.err)
                .anySatisfy(line -> assertThat(line).contains("resilience.yaml:1:", "`nmae`", "did you mean `name`?"));
    }

    @Test
    void a_configuration_can_be_named_by_property_and_by_environment() throws Exception {
        Path file = Files.writeString(directory.resolve("other.yaml"), "services: 3");

        Ended byProperty = run("-javaagent:" + Built.agent(), "-Dresilience.config=" + file);
        Ended byEnvironment;
        try (JvmUnderTest jvm = JvmUnderTest.command()
                .in(directory)
                .environment("RESILIENCE_CONFIG", file.toString())
                .jvm("-javaagent:" + Built.agent())
                .main(Built.tinyApplications(), "com.example.tiny.Hello")) {
            byEnvironment = new Ended(jvm);
        }

        assertThat(byProperty.err).anySatisfy(line -> assertThat(line).contains("other.yaml:1:11"));
        assertThat(byEnvironment.err).isEqualTo(byProperty.err);
        assertThat(byEnvironment.out).containsExactly("hello from main");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            malformed      | services: [                                       | :1:
            no mapping     | just text                                         | :1:1
            tags           | services: !!javax.script.ScriptEngineManager {}   | :1:
            aliases        | {a: &a [1], application: *a}                      | :1:
            duplicate keys | {application: a, application: b}                  | `application`
            unknown key    | {servcies: {}}                                    | did you mean `services`?
            bad duration   | {defaults: {breaker: {window: soon}}}             | `soon`
            bad address    | {redis: {url: "htp://x"}}                         | :1:15
            """)
    void a_broken_file_leaves_the_application_unprotected_and_says_where_it_is_broken(
            String name, String yaml, String said) throws Exception {
        Path file = Files.writeString(directory.resolve("broken.yaml"), yaml);

        Ended ended = run("-javaagent:" + Built.agent() + "=" + file);

        assertThat(ended.status).as(name).isZero();
        assertThat(ended.out).containsExactly("hello from main");
        assertThat(ended.err).first().asString().contains("ERROR", "broken.yaml:", said);
        assertThat(ended.err).last().asString().contains("UNPROTECTED");
        assertThat(ended.err).allSatisfy(line -> assertThat(line).startsWith("[resilience] "));
    }

    @Test
    void a_missing_file_that_was_named_is_an_error() throws Exception {
        Ended ended = run("-javaagent:" + Built.agent() + "=nowhere.yaml");

        assertThat(ended.out).containsExactly("hello from main");
        assertThat(ended.err).first().asString().contains("nowhere.yaml", "no such file", "agent argument");
    }

    @Test
    void an_unreadable_file_is_an_error() throws Exception {
        // A directory cannot be read as a file by anyone, not even by root.
        Path folder = Files.createDirectory(directory.resolve("folder.yaml"));

        Ended ended = run("-javaagent:" + Built.agent() + "=" + folder);

        assertThat(ended.out).containsExactly("hello from main");
        assertThat(ended.err).first().asString().contains("folder.yaml");
        assertThat(ended.err).last().asString().contains("UNPROTECTED");
    }

    @Test
    void ten_megabytes_are_refused_without_being_read_into_memory() throws Exception {
        Path file = Files.writeString(directory.resolve("huge.yaml"), "# filler\n".repeat(1_200_000));

        Ended ended = run("-Xmx16m", "-javaagent:" + Built.agent() + "=" + file);

        assertThat(ended.status).isZero();
        assertThat(ended.out).containsExactly("hello from main");
        assertThat(ended.err).first().asString().contains("huge.yaml", "ERROR");
    }

    @Test
    void aliases_that_multiply_are_refused_at_once() throws Exception {
        StringBuilder yaml = new StringBuilder("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        for (int i = 1; i < 12; i++) {
            String before = "*a" + (i - 1);
            yaml.append("a%d: &a%d [%s]%n".formatted(i, i, String.join(",", List.of(before, before, before, before))));
        }
        Path file = Files.writeString(directory.resolve("bomb.yaml"), yaml);

        Ended ended = run("-Xmx32m", "-javaagent:" + Built.agent() + "=" + file);

        assertThat(ended.out).containsExactly("hello from main");
        assertThat(ended.err).first().asString().contains("bomb.yaml");
    }

    @Test
    void in_strict_mode_errors_end_the_jvm_with_status_2_before_main() throws Exception {
        Path file = Files.writeString(directory.resolve("broken.yaml"), "services: [");

        Ended ended = run("-Dresilience.strict=true", "-javaagent:" + Built.agent() + "=" + file);

        assertThat(ended.status).isEqualTo(2);
        assertThat(ended.out).isEmpty();
        assertThat(ended.err).first().asString().contains("broken.yaml:1:");
    }

    @Test
    void in_strict_mode_a_good_file_lets_the_application_run() throws Exception {
        Path file = Files.writeString(directory.resolve("good.yaml"), "services: {calcom: {}}");

        Ended ended = run("-Dresilience.strict=true", "-javaagent:" + Built.agent() + "=" + file);

        assertThat(ended.status).isZero();
        assertThat(ended.out).containsExactly("hello from main");
    }

    private Ended run(String... jvmArguments) throws InterruptedException {
        try (JvmUnderTest jvm = JvmUnderTest.command()
                .in(directory)
                .jvm(jvmArguments)
                .main(Built.tinyApplications(), "com.example.tiny.Hello")) {
            return new Ended(jvm);
        }
    }

    private static final class Ended {

        final int status;
        final List<String> out;
        final List<String> err;

        Ended(JvmUnderTest jvm) throws InterruptedException {
            status = jvm.awaitExit();
            out = jvm.out();
            err = jvm.err();
        }
    }
}
