package dev.resilience.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.breaker.Outcome;
import dev.resilience.breaker.ServiceCircuit;
import dev.resilience.breaker.State;
import dev.resilience.config.AgentConfig;
import dev.resilience.config.ConfigLoad;
import dev.resilience.config.ConfigReader;
import dev.resilience.config.Environment;
import java.lang.instrument.Instrumentation;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigWatchTest {

    private final List<String> told = new ArrayList<>();

    /** Nothing that could be woven is loaded. */
    private static final Instrumentation JVM = (Instrumentation) Proxy.newProxyInstance(
            Instrumentation.class.getClassLoader(),
            new Class<?>[] {Instrumentation.class},
            (self, method, arguments) -> method.getReturnType() == Class[].class ? new Class<?>[0] : null);

    @TempDir
    private Path folder;

    @Test
    void a_file_that_is_gone_is_told_once_and_so_is_its_return() throws Exception {
        Path file = Files.writeString(
                folder.resolve("resilience.yaml"), "instance: one\nstate_dir: " + folder + "\nservices: {a: {}}\n");
        ConfigLoad.Loaded loaded = (ConfigLoad.Loaded) new ConfigReader(Environment.ofJvm()).read(file);
        try (Protection protection = new Protection(loaded.config(), JVM);
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
    void the_half_of_a_file_that_is_written_in_place_is_not_taken_though_it_is_valid_by_itself() throws Exception {
        String before = "state_dir: " + folder + "\nservices:\n  a: {}\n";
        Path file = Files.writeString(folder.resolve("resilience.yaml"), before + "  b: {}\n");
        try (Protection protection = new Protection(read(file), JVM);
                ConfigWatch watch = new ConfigWatch(protection, told::add, told::add)) {
            Files.writeString(file, before);
            watch.look();
            Files.writeString(file, before + "  b: {}\n  c: {}\n");
            watch.look();
            assertThat(protection.config().services()).containsOnlyKeys("a", "b");

            watch.look();
            assertThat(protection.config().services()).containsOnlyKeys("a", "b", "c");
            watch.look();
            assertThat(told).hasSize(1);
        }
    }

    /** A disk may hang for minutes, and weaving takes its time: what circuits and their calls wait for goes on meanwhile. */
    @Test
    void the_file_is_looked_at_and_put_in_force_on_a_thread_that_nobody_waits_for() throws Exception {
        Path file =
                Files.writeString(folder.resolve("resilience.yaml"), "state_dir: " + folder + "\nservices: {a: {}}\n");
        CompletableFuture<String> thread = new CompletableFuture<>();
        try (Protection protection = new Protection(read(file), JVM);
                ConfigWatch watch = new ConfigWatch(
                        protection,
                        what -> thread.complete(Thread.currentThread().getName()),
                        told::add)) {
            watch.start();
            Files.writeString(file, "state_dir: " + folder + "\nservices: {a: {}, b: {}}\n");
            assertThat(thread.get(30, TimeUnit.SECONDS)).isEqualTo("resilience-config");
        }
    }

    @Test
    void a_look_that_found_no_memory_is_not_the_last() throws Exception {
        String before = "state_dir: " + folder + "\nservices: {a: {}";
        Path file = Files.writeString(folder.resolve("resilience.yaml"), before + "}\n");
        CompletableFuture<Void> full = new CompletableFuture<>();
        CompletableFuture<Void> roomAgain = new CompletableFuture<>();
        try (Protection protection = new Protection(read(file), JVM);
                ConfigWatch watch = new ConfigWatch(
                        protection,
                        what -> {
                            if (full.complete(null)) {
                                throw new OutOfMemoryError("Java heap space");
                            }
                            roomAgain.complete(null);
                        },
                        told::add)) {
            watch.start();
            Files.writeString(file, before + ", b: {}}\n");
            full.get(30, TimeUnit.SECONDS);
            Files.writeString(file, before + ", b: {}, c: {}}\n");
            roomAgain.get(30, TimeUnit.SECONDS);
        }
    }

    /** The look that puts a change in force waits for the agent, which is being closed. */
    @Test
    void a_jvm_that_ends_while_a_change_is_taken_waits_for_no_look() throws Exception {
        Path file =
                Files.writeString(folder.resolve("resilience.yaml"), "state_dir: " + folder + "\nservices: {a: {}}\n");
        try (Protection protection = new Protection(read(file), JVM);
                ConfigWatch watch = new ConfigWatch(protection, told::add, told::add)) {
            synchronized (watch) {
                CompletableFuture.runAsync(watch::close).get(10, TimeUnit.SECONDS);
            }
        }
    }

    @Test
    void other_credentials_of_the_same_redis_are_taken_and_another_redis_is_not() throws Exception {
        Path file = Files.writeString(folder.resolve("resilience.yaml"), with("redis://agent:old@127.0.0.1:1"));
        ConfigLoad.Loaded loaded = (ConfigLoad.Loaded) new ConfigReader(Environment.ofJvm()).read(file);
        try (Protection protection = new Protection(loaded.config(), JVM);
                ConfigWatch watch = new ConfigWatch(protection, told::add, told::add)) {
            Files.writeString(file, with("redis://agent:new@127.0.0.1:1"));
            assertThat(watch.reload()).isEqualTo("in force: 1 services");
            for (int again = 0; again < 2; again++) {
                Files.writeString(file, with("redis://agent:newer" + again + "@127.0.0.1:2"));
                assertThat(watch.reload())
                        .isEqualTo("in force: 1 services (needs a restart, and is as it was until then: redis)");
            }
        }
    }

    @Test
    void what_needs_a_restart_is_said_at_each_reading_and_shown_as_it_is_in_force() throws Exception {
        Path file = Files.writeString(folder.resolve("resilience.yaml"), """
                application: booking
                instance: one
                state_dir: %s
                services: {a: {}}
                """.formatted(folder));
        AgentConfig atStart = read(file);
        try (Protection protection = new Protection(atStart, JVM);
                ConfigWatch watch = new ConfigWatch(protection, told::add, told::add)) {
            for (int again = 0; again < 2; again++) {
                Files.writeString(file, """
                        application: shop
                        instance: two
                        state_dir: %s
                        redis: {url: "redis://127.0.0.1:1"}
                        admin: {port: 9798}
                        telemetry: {metrics: {prometheus: false}}
                        services: {a: {}, b%d: {}}
                        """.formatted(folder.resolve("other"), again));
                assertThat(watch.reload())
                        .isEqualTo("in force: 2 services (needs a restart, and is as it was until then: application,"
                                + " instance, state_dir, redis, admin, telemetry)");
            }
            AgentConfig shown = protection.config();
            assertThat(shown.services()).containsOnlyKeys("a", "b1");
            assertThat(shown.application()).isEqualTo("booking");
            assertThat(shown.instance()).isEqualTo("one");
            assertThat(shown.stateDir()).isEqualTo(atStart.stateDir());
            assertThat(shown.redis()).isNull();
            assertThat(shown.admin()).isEqualTo(atStart.admin());
            assertThat(shown.telemetry()).isEqualTo(atStart.telemetry());
        }
    }

    @Test
    void a_name_that_was_drawn_needs_no_restart() throws Exception {
        String text = "state_dir: " + folder + "\nservices: {a: {}}\n";
        Path file = Files.writeString(folder.resolve("resilience.yaml"), text);
        try (Protection protection = new Protection(read(file), JVM);
                ConfigWatch watch = new ConfigWatch(protection, told::add, told::add)) {
            assertThat(watch.reload()).isEqualTo("nothing has changed");
        }
    }

    @Test
    void a_circuit_that_is_open_is_said_to_stay_so_for_its_time_when_that_is_changed() throws Exception {
        Path file = folder.resolve("resilience.yaml");
        Files.writeString(file, growing(1));
        try (Protection protection = new Protection(read(file), JVM);
                ConfigWatch watch = new ConfigWatch(protection, told::add, told::add)) {
            Files.writeString(file, growing(2));
            assertThat(watch.reload()).isEqualTo("in force: 2 services");
            ServiceCircuit open = Objects.requireNonNull(protection.circuits().find("a"));
            for (int call = 0; call < 5; call++) {
                open.settle(open.tryAcquire(), Outcome.FAILURE, 1);
            }
            assertThat(open.state()).isEqualTo(State.OPEN);
            Files.writeString(file, growing(3));
            assertThat(watch.reload())
                    .isEqualTo("in force: 2 services; OPEN for the time that was set when it opened, and no longer than"
                            + " is now the longest; the changed one counts from the next opening on: a");
        }
    }

    private String growing(int factor) {
        String breaker = "{breaker: {timeout_growth: " + factor + "}}";
        return "state_dir: " + folder + "\nservices: {a: " + breaker + ", b: " + breaker + "}\n";
    }

    private static AgentConfig read(Path file) {
        return ((ConfigLoad.Loaded) new ConfigReader(Environment.ofJvm()).read(file)).config();
    }

    private String with(String redis) {
        return "instance: one\nstate_dir: " + folder + "\nredis: {url: \"" + redis + "\"}\nservices: {a: {}}\n";
    }
}
