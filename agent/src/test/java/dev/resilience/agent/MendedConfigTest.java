package dev.resilience.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.resilience.config.AgentConfig;
import dev.resilience.config.ConfigLoad;
import dev.resilience.config.ConfigReader;
import dev.resilience.config.Environment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MendedConfigTest {

    private static final String GOOD = "services: {calcom: {endpoints: [{name: a, http: {host: a.example}}]}}\n";

    private final List<AgentConfig> started = new ArrayList<>();
    private final AtomicBoolean attached = new AtomicBoolean();

    @TempDir
    private Path folder;

    private Path file;

    @Test
    void a_file_that_was_broken_at_the_start_is_taken_up_when_it_is_mended() throws Exception {
        MendedConfig mended = brokenAtTheStart();
        assertThat(mended.look()).isFalse();

        Files.writeString(file, "services: {calcom: {mode: fool}}\n");
        assertThat(mended.look()).isFalse();
        assertThat(mended.look()).isFalse();
        assertThat(started).isEmpty();

        Files.writeString(file, GOOD);
        assertThat(mended.look()).isFalse();
        assertThat(mended.look()).isTrue();
        assertThat(started).hasSize(1);
        assertThat(mended.look()).isTrue();
        assertThat(started).hasSize(1);
    }

    @Test
    void the_half_of_a_file_that_is_written_in_place_is_not_taken_though_it_is_valid_by_itself() throws Exception {
        MendedConfig mended = brokenAtTheStart();
        Files.writeString(file, GOOD);
        assertThat(mended.look()).isFalse();

        Files.writeString(file, GOOD + "application: booking\n");
        assertThat(mended.look()).isFalse();
        assertThat(started).isEmpty();
        assertThat(mended.look()).isTrue();
        assertThat(started).singleElement().extracting(AgentConfig::application).isEqualTo("booking");
    }

    @Test
    void it_is_read_again_when_asked_over_jmx_and_says_what_is_still_wrong() throws Exception {
        MendedConfig mended = brokenAtTheStart();
        assertThatThrownBy(mended::reload).hasMessageContaining("mode");

        Files.writeString(file, GOOD);
        assertThat(mended.reload()).contains("is mended");
        assertThat(started).hasSize(1);
    }

    @Test
    void an_agent_that_was_attached_meanwhile_ends_the_wait() throws Exception {
        MendedConfig mended = brokenAtTheStart();
        attached.set(true);
        Files.writeString(file, GOOD);

        assertThat(mended.look()).isTrue();
        assertThat(started).isEmpty();
    }

    @Test
    void a_start_that_failed_is_told_as_such_whenever_it_is_asked_for_again() throws Exception {
        file = Files.writeString(folder.resolve("resilience.yaml"), "services: {calcom: {mode: foo}}\n");
        MendedConfig mended = new MendedConfig(
                (ConfigLoad.Broken) load(),
                this::load,
                config -> {
                    throw new IllegalStateException("no threads left");
                },
                attached::get);
        Files.writeString(file, GOOD);

        assertThatThrownBy(mended::reload).hasMessageContaining("could not start", "no threads left");
        assertThatThrownBy(mended::reload)
                .hasMessageContaining("no threads left")
                .hasMessageContaining("restart the JVM");
        assertThat(mended.look()).isTrue();
    }

    private MendedConfig brokenAtTheStart() throws Exception {
        file = Files.writeString(folder.resolve("resilience.yaml"), "services: {calcom: {mode: foo}}\n");
        return new MendedConfig((ConfigLoad.Broken) load(), this::load, started::add, attached::get);
    }

    private ConfigLoad load() {
        return new ConfigReader(Environment.ofJvm()).read(file);
    }
}
