package dev.resilience.testapps.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.testapps.harness.JvmUnderTest;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Applications that come and go in one JVM, as in Tomcat. */
class RedeployTest {

    @Test
    void of_fifty_redeployments_no_class_loader_is_kept(@TempDir Path directory) throws Exception {
        Path config = Configs.write(directory, """
                admin: {port: 0}
                services:
                  anything:
                    endpoints: [{name: all, http: {host: 127.0.0.1}, fallback: [stale_cache]}]
                  database:
                    endpoints: [{name: all, jdbc: {url: "jdbc:h2:*"}, fallback: [stale_cache]}]
                """);
        try (JvmUnderTest jvm = JvmUnderTest.command()
                .in(directory)
                .jvm("-Xmx256m")
                .agent(Built.agent(), config)
                .main(
                        Built.tinyApplications(),
                        "com.example.tiny.Container",
                        "50",
                        Built.tinyApplications(),
                        Built.library("h2.jar").toString())) {
            assertThat(jvm.awaitExit()).as("%s", jvm.err()).isZero();
            assertThat(jvm.out()).containsExactly("still there: 0");
            assertThat(jvm.err()).noneMatch(OwnLines::warns);
        }
    }
}
