package dev.resilience.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.config.ConfigLoad;
import dev.resilience.config.ConfigReader;
import dev.resilience.config.Environment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigWatchTest {

    private final List<String> told = new ArrayList<>();

    @TempDir
    private Path folder;

    @Test
    void a_file_that_is_gone_is_told_once_and_so_is_its_return() throws Exception {
        Path file = Files.writeString(
                folder.resolve("resilience.yaml"), "instance: one\nstate_dir: " + folder + "\nservices: {a: {}}\n");
        ConfigLoad.Loaded loaded = (ConfigLoad.Loaded) new ConfigReader(Environment.ofJvm()).read(file);
        try (Protection protection = new Protection(loaded.config(), null);
                ConfigWatch watch = new ConfigWatch(
                        protection, what -> told.add("taken " + what), why -> told.add("refused " + why))) {
            watch.look();
            Path away = Files.move(file, folder.resolve("away.yaml"));
            watch.look();
            assertThat(told).isEmpty();
            watch.look();
            watch.look();
            assertThat(told).singleElement().asString().startsWith("refused " + file + " is gone");

            told.clear();
            Files.move(away, file);
            watch.look();
            watch.look();
            assertThat(told).singleElement().asString().startsWith("taken ").endsWith("nothing has changed");
        }
    }

    @Test
    void other_credentials_of_the_same_redis_are_taken_and_another_redis_is_not() throws Exception {
        Path file = Files.writeString(folder.resolve("resilience.yaml"), with("redis://agent:old@127.0.0.1:1"));
        ConfigLoad.Loaded loaded = (ConfigLoad.Loaded) new ConfigReader(Environment.ofJvm()).read(file);
        try (Protection protection = new Protection(loaded.config(), null);
                ConfigWatch watch = new ConfigWatch(protection, told::add, told::add)) {
            Files.writeString(file, with("redis://agent:new@127.0.0.1:1"));
            assertThat(watch.reload()).isEqualTo("in force: 1 services");
            for (int again = 0; again < 2; again++) {
                Files.writeString(file, with("redis://agent:newer" + again + "@127.0.0.1:2"));
                assertThat(watch.reload()).isEqualTo("in force: 1 services (redis: from the next start on)");
            }
        }
    }

    private String with(String redis) {
        return "instance: one\nstate_dir: " + folder + "\nredis: {url: \"" + redis + "\"}\nservices: {a: {}}\n";
    }
}
