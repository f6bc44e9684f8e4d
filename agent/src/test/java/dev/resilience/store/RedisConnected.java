package dev.resilience.store;

import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A real server for a class of tests, empty for each of them, and an instance's stores whose bulky line has it at hand. */
final class RedisConnected implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, AfterAllCallback {

    private RedisProcess redis;
    private Stores stores;

    RedisProcess server() {
        return Objects.requireNonNull(redis);
    }

    Stores stores() {
        return Objects.requireNonNull(stores);
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        redis = RedisProcess.start();
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        stores = Stores.of(redis.config(), "a", TestThreads.daemons(), Path.of("target", "state"));
        stores.breakers().start();
        await().atMost(Duration.ofSeconds(30))
                .until(() -> stores.leases()
                                .hold("test", Duration.ofSeconds(60))
                                .toCompletableFuture()
                                .get(10, TimeUnit.SECONDS)
                        > 1);
    }

    @Override
    public void afterEach(ExtensionContext context) {
        stores.close();
        redis.command("FLUSHALL");
    }

    @Override
    public void afterAll(ExtensionContext context) {
        redis.close();
    }
}
