package dev.resilience.health.roster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.breaker.FakeTime;
import dev.resilience.config.AgentConfig;
import dev.resilience.config.ConfigLoad;
import dev.resilience.config.ConfigReader;
import dev.resilience.config.Environment;
import dev.resilience.log.AgentLog;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

class RosterTest {

    private final Map<String, String> told = new HashMap<>();
    private final FakeTime here = new FakeTime();
    private final FakeTime there = new FakeTime();

    @Test
    void instances_that_run_by_one_configuration_have_no_drift() {
        assertThat(Roster.drift(List.of(instance("a-1", "a", "11111111", 0), instance("a-2", "a", "11111111", 0))))
                .isNull();
    }

    @Test
    void instances_of_one_application_that_differ_are_told_by_name() {
        assertThat(Roster.drift(List.of(
                        instance("a-1", "a", "11111111", 0),
                        instance("a-2", "a", "22222222", 0),
                        instance("a-3", "a", "11111111", 0))))
                .isEqualTo("a runs by 2 different configurations: 11111111 (a-1, a-3); 22222222 (a-2)");
    }

    @Test
    void other_applications_may_differ_and_lost_instances_say_nothing_any_more() {
        assertThat(Roster.drift(List.of(
                        instance("a-1", "a", "11111111", 0),
                        instance("b-1", "b", "22222222", 0),
                        instance("a-2", "a", "33333333", 60_000))))
                .isNull();
    }

    @Test
    void two_jvms_of_one_name_say_so_and_tell_the_fleet_until_one_of_them_ends() {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        PrintStream before = AgentLog.redirect(new PrintStream(said, true, StandardCharsets.UTF_8));
        try {
            Roster first = roster(here);
            here.forward(Duration.ofSeconds(3));
            there.forward(Duration.ofSeconds(3));
            Roster second = roster(there);
            there.settle();
            assertThat(namesake(second)).as("whose place it may have taken").isEmpty();
            for (int round = 0; round < 6; round++) {
                here.forward(Duration.ofSeconds(10));
                there.forward(Duration.ofSeconds(10));
            }

            assertThat(namesake(first)).contains(" since ").isNotEqualTo(namesake(second));
            assertThat(namesake(second)).contains(" since ");
            assertThat(told.get("twin")).contains("\"namesake\":\"on ");
            assertThat(said.toString(StandardCharsets.UTF_8).lines())
                    .singleElement()
                    .asString()
                    .contains("another JVM of this fleet calls itself 'twin', too (on ", "an `instance` of its own");

            here.forward(Duration.ofSeconds(60));
            assertThat(namesake(first)).isEmpty();
        } finally {
            AgentLog.redirect(before);
        }
    }

    private static String namesake(Roster roster) {
        return roster.all().toCompletableFuture().join().get(0).namesake();
    }

    private Roster roster(FakeTime time) {
        String text = "instance: twin\nservices: {calcom: {}}\n";
        ConfigLoad load = new ConfigReader(Environment.ofJvm()).read(text, Path.of("resilience.yaml"));
        AgentConfig config = ((ConfigLoad.Loaded) load).config();
        Roster roster = new Roster(() -> config, "1", () -> "shared", () -> null, new Fleet(), time, time::unixMillis);
        roster.start();
        return roster;
    }

    private final class Fleet implements RosterStore {

        @Override
        public CompletionStage<String> tell(String instance, String text, boolean first) {
            String before = told.put(instance, text);
            return CompletableFuture.completedFuture(before == null ? "" : before);
        }

        @Override
        public CompletionStage<Map<String, Told>> all() {
            return CompletableFuture.completedFuture(Map.of());
        }
    }

    private static Instance instance(String name, String application, String config, long silent) {
        return new Instance(name, application, "host", "1", "shared", config, "", 0, silent, "");
    }
}
