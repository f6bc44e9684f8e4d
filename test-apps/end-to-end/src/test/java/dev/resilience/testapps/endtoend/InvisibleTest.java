package dev.resilience.testapps.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.testapps.harness.CalComStandIn;
import dev.resilience.testapps.harness.FreePort;
import dev.resilience.testapps.harness.JvmUnderTest;
import dev.resilience.testapps.harness.RedisProcess;
import dev.resilience.testapps.harness.TemporaryDirectory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** An application that looks at its own JVM sees the same with the agent as without it, but for what the contract names. */
class InvisibleTest {

    static Stream<Path> jdks() {
        return Jdks.all().stream();
    }

    @ParameterizedTest
    @MethodSource("jdks")
    void an_application_sees_nothing_but_named_threads_and_the_classes_of_the_bridge(Path jdk) throws Exception {
        try (TemporaryDirectory directory = new TemporaryDirectory("invisible-");
                RedisProcess redis = new RedisProcess(directory.child("redis"));
                CalComStandIn calCom = new CalComStandIn()) {
            int nobody = FreePort.next();
            Path config = Configs.write(directory.path(), """
                    redis: {url: "%s"}
                    admin: {port: 0}
                    telemetry: {traces: {otlp: "http://127.0.0.1:%d"}}
                    services:
                      calcom:
                        breaker: {failure_threshold: 1000}
                        endpoints: [{name: all, http: {host: 127.0.0.1}, fallback: [stale_cache]}]
                      database:
                        endpoints: [{name: all, jdbc: {url: "jdbc:*"}, fallback: [stale_cache]}]
                    """.formatted(redis.url(), nobody));

            List<String> without = scan(jdk, directory.path(), Optional.empty(), calCom, nobody);
            List<String> with = scan(jdk, directory.path(), Optional.of(config), calCom, nobody);

            List<String> appeared = new ArrayList<>(with);
            appeared.removeAll(without);
            List<String> vanished = new ArrayList<>(without);
            vanished.removeAll(with);
            assertThat(vanished).isEmpty();
            assertThat(appeared)
                    .allMatch(fact -> fact.matches("thread: resilience-[a-z-]+ in (main|system)")
                            || fact.matches("shutdown hook: resilience-.*")
                            || fact.equals("beans: dev.resilience")
                            || fact.equals("open file: resilience.jar")
                            || fact.equals("package: dev.resilience")
                            || fact.equals("package: dev.resilience.launch")
                            || fact.equals("package: dev.resilience.bootstrap")
                            // The JVM opens the agent's jar as a part of the class path.
                            || fact.equals("resource: resilience.jar!/META-INF/MANIFEST.MF"));
        }
    }

    private static List<String> scan(Path jdk, Path directory, Optional<Path> config, CalComStandIn calCom, int nobody)
            throws InterruptedException {
        JvmUnderTest.Command command = JvmUnderTest.command(jdk)
                .in(directory)
                .jvm("--add-opens=java.base/java.lang=ALL-UNNAMED", "--add-opens=java.base/java.net=ALL-UNNAMED");
        config.ifPresent(file -> command.agent(Built.agent(), file));
        try (JvmUnderTest jvm = command.main(
                Built.tinyApplications(),
                "com.example.tiny.Scanner",
                calCom.url().toString(),
                "http://127.0.0.1:" + nobody)) {
            jvm.awaitOut("done");
            // The application's own client has this one for as long as the collector has not found that nobody uses it.
            return jvm.out().stream()
                    .filter(fact -> !fact.matches("thread: HttpClient-\\d+-SelectorManager in main"))
                    .toList();
        }
    }
}
