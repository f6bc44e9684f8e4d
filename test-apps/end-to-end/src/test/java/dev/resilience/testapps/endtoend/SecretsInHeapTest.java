package dev.resilience.testapps.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.testapps.harness.CalComStandIn;
import dev.resilience.testapps.harness.JvmUnderTest;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the agent remembers of calls, seen in a dump of the live heap: of secrets that the application does not keep itself, no
 * more than is there without the agent.
 */
class SecretsInHeapTest {

    private static final Pattern SECRET = Pattern.compile("S\0?3\0?C\0?R\0?3\0?T\0?-\0?([a-z\0]+)");

    @TempDir
    Path directory;

    @Test
    void no_secret_that_the_application_has_forgotten_is_kept_by_the_agent() throws Exception {
        try (CalComStandIn calCom = new CalComStandIn()) {
            Path config = Configs.write(directory, """
                    admin: {port: 0}
                    services:
                      calcom:
                        endpoints: [{name: all, http: {host: 127.0.0.1, port: %d}, fallback: [{stale_cache: {ttl: 1h}}]}]
                      database:
                        endpoints: [{name: all, jdbc: {url: "jdbc:h2:*"}, fallback: [stale_cache]}]
                    """.formatted(calCom.port()));

            Set<String> without = remembered(calCom, Optional.empty());
            Set<String> with = remembered(calCom, Optional.of(config));

            assertThat(without).as("the search finds what is there").contains("kept");
            with.removeAll(without);
            assertThat(with).isEmpty();
        }
    }

    private Set<String> remembered(CalComStandIn calCom, Optional<Path> config) throws Exception {
        JvmUnderTest.Command command = JvmUnderTest.command().in(directory).jvm("-Xmx96m", "-XX:+UseSerialGC");
        config.ifPresent(file -> command.agent(Built.agent(), file));
        try (JvmUnderTest jvm = command.main(
                Built.tinyApplications() + File.pathSeparator + Built.library("h2.jar"),
                "com.example.secretive.ForgetfulApplication",
                calCom.url().toString(),
                "jdbc:h2:mem:forgetful;DB_CLOSE_DELAY=-1")) {
            jvm.awaitOut("forgotten true");
            assertThat(jvm.out()).doesNotContain("failed");
            Path dump = directory.resolve("heap-" + config.isPresent() + ".hprof");
            assertThat(new ProcessBuilder(
                                    Path.of(System.getProperty("java.home"), "bin", "jcmd")
                                            .toString(),
                                    Long.toString(jvm.pid()),
                                    "GC.heap_dump",
                                    dump.toString())
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor())
                    .isZero();
            return secrets(dump);
        }
    }

    private static Set<String> secrets(Path dump) throws IOException {
        Set<String> found = new TreeSet<>();
        Matcher matcher = SECRET.matcher(Files.readString(dump, StandardCharsets.ISO_8859_1));
        while (matcher.find()) {
            found.add(matcher.group(1).replace("\0", ""));
        }
        return found;
    }
}
