package dev.resilience.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.breaker.StoreMode;
import dev.resilience.config.ConfigLoad;
import dev.resilience.config.ConfigReader;
import dev.resilience.config.Environment;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class StartLineTest {

    @Test
    void a_redis_that_was_not_reached_yet_is_not_said_to_share_the_state() {
        assertThat(line("redis: {url: 'redis://agent:secret@cache:6379'}", StoreMode.DEGRADED))
                .contains("protects 1 service of booking (resilience.yaml), state will be shared at redis://")
                .contains("cache:6379, which was not reached yet: this JVM decides alone till then, admin http://")
                .doesNotContain("secret");
    }

    @Test
    void one_that_answers_is() {
        assertThat(line("redis: {url: 'redis://cache:6379'}", StoreMode.SHARED))
                .contains("state is shared at redis://cache:6379, admin");
    }

    @Test
    void without_one_state_stays_here() {
        assertThat(line("", StoreMode.LOCAL)).contains("state stays in this JVM, admin");
    }

    private static String line(String redis, StoreMode mode) {
        String text = "application: booking\n" + redis + "\nservices: {calcom: {}}\n";
        ConfigLoad load = new ConfigReader(Environment.ofJvm()).read(text, Path.of("resilience.yaml"));
        return new StartLine(((ConfigLoad.Loaded) load).config(), mode, "http://127.0.0.1:9797").text();
    }
}
