package dev.resilience.testapps.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.testapps.harness.JvmUnderTest;
import dev.resilience.testapps.harness.RedisProcess;
import dev.resilience.testapps.harness.TemporaryDirectory;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** An application with its own, other versions of every library that the agent has inside runs the same with and without it. */
class CrowdedApplicationTest {

    static Stream<Path> jdks() {
        return Jdks.all().stream();
    }

    @ParameterizedTest
    @MethodSource("jdks")
    void it_uses_its_own_versions_of_everything(Path jdk) throws Exception {
        try (TemporaryDirectory directory = new TemporaryDirectory("crowded-");
                RedisProcess redis = new RedisProcess(directory.child("redis"))) {
            Path config = Configs.write(directory.path(), """
                    redis: {url: "%s"}
                    admin: {port: 0}
                    telemetry: {traces: {otlp: "http://127.0.0.1:9"}}
                    services:
                      calcom:
                        endpoints: [{name: all, http: {host: api.cal.com}}]
                      database:
                        endpoints: [{name: all, jdbc: {url: "jdbc:*"}}]
                    """.formatted(redis.url()));

            List<String> without = run(JvmUnderTest.command(jdk).in(directory.path()), redis);
            List<String> with =
                    run(JvmUnderTest.command(jdk).in(directory.path()).agent(Built.agent(), config), redis);

            assertThat(with).isEqualTo(without);
            assertThat(with).last().isEqualTo("done");
        }
    }

    private static List<String> run(JvmUnderTest.Command command, RedisProcess redis) throws InterruptedException {
        try (JvmUnderTest jvm = command.jar(Built.crowded(), redis.url())) {
            assertThat(jvm.awaitExit()).as("%s", jvm.err()).isZero();
            assertThat(jvm.err())
                    .filteredOn(line -> line.startsWith("[resilience]"))
                    .allMatch(line -> line.contains(" INFO "));
            return jvm.out();
        }
    }
}
