package dev.resilience.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.config.AgentConfig.RedisConfig;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;
import org.junit.jupiter.api.Test;

class StoresTest {

    @Test
    void without_redis_everything_stays_in_this_jvm() {
        try (Stores stores = Stores.of(null, "a", TestThreads.daemons(), Path.of("target", "state"))) {
            assertThat(stores.breakers()).isInstanceOf(LocalStore.class);
            stores.answers().put("a", "x", "1", new byte[] {1}, Duration.ofSeconds(60));
            assertThat(stores.answers().get("a", "x", "1").toCompletableFuture().join())
                    .isNotNull();
            assertThat(stores.leases().hold("duty", Duration.ofSeconds(1))).isCompletedWithValue(1L);
        }
    }

    /** An application's start must not wait for what is needed later, on another thread. */
    @Test
    void nothing_of_lettuce_is_loaded_before_the_start() throws Exception {
        Recording loader = new Recording();
        Class<?> stores = loader.loadClass(Stores.class.getName());
        RedisConfig config = new RedisConfig("redis://127.0.0.1:1", List.of(), "circuit_breaker", 0);
        Class<?> configType = loader.loadClass(RedisConfig.class.getName());
        Object itsConfig = configType
                .getConstructor(String.class, List.class, String.class, int.class)
                .newInstance(config.url(), config.nodes(), config.keyPrefix(), config.waitReplicas());
        Object made = stores.getMethod("of", configType, String.class, ThreadFactory.class, Path.class)
                .invoke(null, itsConfig, "a", TestThreads.daemons(), Path.of("target", "state"));
        for (String part : List.of("breakers", "answers", "leases", "ping")) {
            stores.getMethod(part).invoke(made);
        }
        Method mode = loader.loadClass("dev.resilience.breaker.BreakerStore").getMethod("mode");
        assertThat(mode.invoke(stores.getMethod("breakers").invoke(made))).hasToString("DEGRADED");
        assertThat(loader.loaded)
                .filteredOn(name -> name.startsWith("io.") || name.startsWith("reactor.") || name.contains("caffeine"))
                .isEmpty();
        ((AutoCloseable) made).close();
    }

    /** Defines everything itself, as the agent's own loader does, and remembers what. */
    private static final class Recording extends ClassLoader {

        final Set<String> loaded = ConcurrentHashMap.newKeySet();

        Recording() {
            super(StoresTest.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            synchronized (getClassLoadingLock(name)) {
                if (name.startsWith("java.")) {
                    return super.loadClass(name, resolve);
                }
                Class<?> known = findLoadedClass(name);
                if (known != null) {
                    return known;
                }
                try (InputStream in = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
                    if (in == null) {
                        return super.loadClass(name, resolve);
                    }
                    byte[] bytes = in.readAllBytes();
                    loaded.add(name);
                    return defineClass(name, bytes, 0, bytes.length);
                } catch (IOException unreadable) {
                    throw new ClassNotFoundException(name, unreadable);
                }
            }
        }
    }
}
