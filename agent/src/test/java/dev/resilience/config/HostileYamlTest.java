package dev.resilience.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A file by somebody who means harm: refused in words, at once, with nothing constructed. */
class HostileYamlTest {

    private static final Duration AT_ONCE = Duration.ofSeconds(30);

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "services: !!javax.script.ScriptEngineManager [!!java.net.URLClassLoader [[!!java.net.URL [\"http://127.0.0.1:1/\"]]]]",
                "application: !!java.io.File [x]\nservices: {a: {}}",
                "application: !include /etc/passwd\nservices: {a: {}}",
                "application: !!binary aGVsbG8=\nservices: {a: {}}",
                "services: !!map {a: !x {}}",
            })
    void tags_are_refused_and_never_followed(String yaml) {
        assertThat(Yaml.problems(yaml)).isNotEmpty();
        assertThat(Yaml.problems(yaml)).anyMatch(problem -> problem.contains("tag"));
    }

    @Test
    void a_bomb_of_aliases_is_refused() {
        StringBuilder yaml = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (int i = 1; i < 30; i++) {
            yaml.append("a").append(i).append(": &a").append(i).append(" [");
            yaml.append(String.join(", ", java.util.Collections.nCopies(10, "*a" + (i - 1))))
                    .append("]\n");
        }
        List<String> problems = atOnce(yaml.toString());

        assertThat(problems).anyMatch(problem -> problem.contains("aliases"));
    }

    @Test
    void few_aliases_that_stand_for_a_lot_are_refused() {
        StringBuilder yaml = new StringBuilder("services:\n  a:\n    depends_on: &l [");
        yaml.append("x, ".repeat(5_000)).append("x]\n");
        for (int i = 0; i < 40; i++) {
            yaml.append("  b").append(i).append(": {depends_on: *l}\n");
        }
        assertThat(atOnce(yaml.toString())).anyMatch(problem -> problem.contains("holds too much"));
    }

    @Test
    void a_value_that_contains_itself_is_refused() {
        assertThat(atOnce("services: &s {a: *s}")).isNotEmpty();
        assertThat(atOnce("services: {a: {endpoints: &e [*e]}}")).isNotEmpty();
    }

    @Test
    void depth_is_limited() {
        assertThat(atOnce("services: " + "[".repeat(50_000)))
                .singleElement()
                .asString()
                .contains("nested too deeply");
        assertThat(atOnce("services: " + "{a: ".repeat(5_000))).isNotEmpty();
    }

    @Test
    void a_file_of_ten_megabytes_is_refused_unread() throws Exception {
        Path file = folder.resolve("big.yaml");
        byte[] bytes = new byte[10_000_000];
        Arrays.fill(bytes, (byte) '#');
        Files.write(file, bytes);

        ConfigLoad load = new ConfigReader(new FakeEnvironment(folder)).read(file);

        assertThat(load)
                .isInstanceOfSatisfying(
                        ConfigLoad.Broken.class,
                        broken -> assertThat(broken.problems())
                                .singleElement()
                                .asString()
                                .contains(file.toString(), "large"));
    }

    @Test
    void a_text_of_many_problems_is_told_in_a_hundred() {
        StringBuilder yaml = new StringBuilder("services:\n");
        for (int i = 0; i < 5_000; i++) {
            yaml.append("  s").append(i).append(": {nonsense: 1}\n");
        }
        assertThat(atOnce(yaml.toString())).hasSize(101).last().asString().contains("more problems");
    }

    @Test
    void duplicate_keys_are_refused_with_both_places() {
        assertThat(Yaml.problems("services:\n  a: {}\n  a: {}\n"))
                .singleElement()
                .asString()
                .startsWith("test.yaml:3:3: duplicate key `a`")
                .contains("line 2, column 3");
        assertThat(Yaml.problems("services:\n  a:\n    mode: monitor\n    mode: enforce\n"))
                .hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "services:\n\ta: {}",
                "services: {a: {}",
                "services: 'a",
                "services: @a",
                "a: b: c",
                "%YAML 9.9\n---\nx",
                "services: {a: {}}\n---\nservices: {b: {}}",
                "? [a, b]\n: c",
                "services: {<<: {a: {}}}",
                "services: {a: {}}\n\u0000",
                "\uFEFF\uFEFF",
                "services: *nobody",
            })
    void malformed_text_is_told_with_its_place(String yaml) {
        assertThat(atOnce(yaml))
                .isNotEmpty()
                .allSatisfy(problem -> assertThat(problem).startsWith("test.yaml"));
    }

    @Test
    void a_file_that_is_not_utf_8_is_told_with_its_place() throws Exception {
        Path file = folder.resolve("latin.yaml");
        Files.write(file, "services:\n  größe: {}\n".getBytes(StandardCharsets.ISO_8859_1));

        assertThat(new ConfigReader(new FakeEnvironment(folder)).read(file))
                .isInstanceOfSatisfying(
                        ConfigLoad.Broken.class,
                        broken -> assertThat(broken.problems()).singleElement().satisfies(problem -> {
                            assertThat(problem.line()).isEqualTo(2);
                            assertThat(problem.what()).contains("UTF-8");
                        }));
    }

    @Test
    void a_directory_is_no_configuration() {
        assertThat(new ConfigReader(new FakeEnvironment(folder)).read(folder)).isInstanceOf(ConfigLoad.Broken.class);
    }

    @Property(tries = 500)
    void no_text_makes_the_reader_throw(@ForAll @StringLength(max = 300) String text) {
        assertThat(Yaml.read(text)).isNotNull();
        assertThat(Yaml.read("services: {a: {" + text + "}}")).isNotNull();
    }

    @Test
    void variables_cannot_make_a_value_grow_without_bound() {
        StringBuilder nested = new StringBuilder("x");
        for (int i = 0; i < 50; i++) {
            nested.insert(0, "${A:").append("}");
        }
        assertThat(atOnce("application: \"" + nested + "\"\nservices: {a: {}}")).isNotEmpty();
        assertThat(Yaml.problems(
                        "application: \"" + "${A}".repeat(1000) + "\"\nservices: {a: {}}",
                        environment -> environment.variables.put("A", "x".repeat(100_000))))
                .isNotEmpty();
    }

    private static List<String> atOnce(String yaml) {
        return assertTimeoutPreemptively(AT_ONCE, () -> Yaml.problems(yaml));
    }
}
