package dev.resilience.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.config.EndpointConfig.Fallback;
import dev.resilience.config.EndpointConfig.StatusRange;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Answers that a rule declares: in place, in files, and by what became of the call. */
class RespondConfigTest {

    @TempDir
    Path directory;

    @Test
    void a_body_is_read_from_a_file_beside_the_configuration() throws IOException {
        Files.createDirectory(directory.resolve("answers"));
        Path file = Files.writeString(directory.resolve("answers/down.json"), "\uFEFF{\"items\":[]}");
        Fallback.Respond respond = respond("{status: 200, body_file: answers/down.json}");
        assertThat(respond.usual()).isEqualTo(new Fallback.Declared(200, Map.of(), "{\"items\":[]}", file));
    }

    @Test
    void a_case_has_what_it_does_not_say_from_outside() throws IOException {
        Path file = Files.writeString(directory.resolve("busy.html"), "<p>busy");
        Fallback.Respond respond = respond("""
                {status: 503, headers: {X-A: a, X-B: b}, body: usual, cases: [
                  {when: rejected, headers: {x-a: other}},
                  {when: [429, 500-502, no_response], status: 429, body_file: busy.html}]}""");
        assertThat(respond.usual().body()).isEqualTo("usual");
        assertThat(respond.cases())
                .containsExactly(
                        new Fallback.Case(
                                true,
                                false,
                                List.of(),
                                new Fallback.Declared(503, Map.of("X-A", "other", "X-B", "b"), "usual", null)),
                        new Fallback.Case(
                                false,
                                true,
                                List.of(new StatusRange(429, 429), new StatusRange(500, 502)),
                                new Fallback.Declared(429, Map.of("X-A", "a", "X-B", "b"), "<p>busy", file)));
    }

    @Test
    void a_file_that_cannot_be_the_body_is_told_where_it_is_named() throws IOException {
        assertThat(problems("{body_file: gone.json}"))
                .singleElement()
                .asString()
                .contains("test.yaml:4", "`body_file`", "gone.json", "no such file");
        Files.write(directory.resolve("latin.txt"), "caf\u00e9".getBytes(StandardCharsets.ISO_8859_1));
        assertThat(problems("{body_file: latin.txt}"))
                .singleElement()
                .asString()
                .contains("not UTF-8");
        Files.write(directory.resolve("large.txt"), new byte[1_000_001]);
        assertThat(problems("{body_file: large.txt}"))
                .singleElement()
                .asString()
                .contains("too large");
        assertThat(problems("{body_file: .}")).singleElement().asString().contains("directory");
    }

    @Test
    void what_contradicts_itself_is_refused() throws IOException {
        Files.writeString(directory.resolve("a.txt"), "a");
        assertThat(problems("{body: b, body_file: a.txt}"))
                .singleElement()
                .asString()
                .contains("one body");
        assertThat(problems("{cases: [{status: 200}]}"))
                .singleElement()
                .asString()
                .contains("`when`");
        assertThat(problems("{cases: [{when: sometimes}]}"))
                .singleElement()
                .asString()
                .contains("rejected, no_response, or an HTTP status");
        assertThat(Yaml.problems("services: {a: {endpoints: [{name: x, jdbc: {url: 'jdbc:h2:*'},"
                        + " fallback: [{respond: {cases: [{when: rejected}], rows: {columns: [a], values: []}}}]}]}}"))
                .singleElement()
                .asString()
                .contains("answers HTTP calls");
    }

    @Test
    void files_with_answers_are_told_so_that_they_can_be_watched() throws IOException {
        Path a = Files.writeString(directory.resolve("a.txt"), "a");
        Path b = Files.writeString(directory.resolve("b.txt"), "b");
        ConfigLoad load = read("{body_file: a.txt, cases: [{when: rejected}, {when: 404, body_file: b.txt}]}");
        assertThat(((ConfigLoad.Loaded) load).config().answerFiles()).containsExactly(a, b);
    }

    private Fallback.Respond respond(String options) {
        ConfigLoad load = read(options);
        assertThat(load).isInstanceOf(ConfigLoad.Loaded.class);
        ServiceConfig service = ((ConfigLoad.Loaded) load).config().services().get("a");
        return (Fallback.Respond) service.endpoints().get(0).fallback().get(0);
    }

    private List<String> problems(String options) {
        return read(options) instanceof ConfigLoad.Broken broken
                ? broken.problems().stream().map(ConfigProblem::toString).toList()
                : List.of();
    }

    private ConfigLoad read(String options) {
        String yaml = """
                services:
                  a:
                    endpoints:
                      - {name: x, http: {host: h}, fallback: [{respond: %s}]}
                """.formatted(options.replace("\n", " "));
        return new ConfigReader(new FakeEnvironment(Path.of(""))).read(yaml, directory.resolve("test.yaml"));
    }
}
