package dev.resilience.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The completion script in a real bash, asked as its tab key asks. */
class CompletionTest {

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "resilience sta         | status states",
                "resilience config      | config",
                "resilience config exp  | explain",
                "resilience reviews re  | resolve requeue",
                "resilience status --wa | --watch",
                "resilience mode calcom forced_ | forced_open forced_closed",
            })
    void the_tab_key_offers_what_fits(String typed, String offered) throws Exception {
        List<String> words = List.of(typed.strip().split(" "));
        String asked = """
                source '%s' || exit 9
                COMP_LINE='%s'; COMP_POINT=${#COMP_LINE}; COMP_WORDS=(%s); COMP_CWORD=%d
                complete -p resilience > /dev/null || exit 8
                _complete_resilience resilience '%s' '%s'
                printf '%%s\\n' "${COMPREPLY[@]}"
                """.formatted(
                        script(),
                        typed.strip(),
                        typed.strip(),
                        words.size() - 1,
                        words.get(words.size() - 1),
                        words.get(words.size() - 2));

        assertThat(bash(asked).lines().map(String::strip).filter(line -> !line.isEmpty()))
                .containsExactlyInAnyOrder(offered.strip().split(" "));
    }

    @Test
    void the_word_is_the_command() throws Exception {
        assertThat(bash("source '%s' && type resilience".formatted(script()))).contains("java -jar");
    }

    private Path script() throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream complaints = new ByteArrayOutputStream();
        int status = Main.run(
                new String[] {"completion"},
                new Screen(new PrintStream(out, true), false),
                new PrintStream(complaints));
        assertThat(status).as(complaints.toString(StandardCharsets.UTF_8)).isZero();
        return Files.write(folder.resolve("completion.bash"), out.toByteArray());
    }

    private static String bash(String commands) throws Exception {
        Process bash = new ProcessBuilder("bash", "--norc", "-c", commands)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        bash.getOutputStream().close();
        String said = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(bash.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(bash.exitValue()).as(said).isZero();
        return said;
    }
}
