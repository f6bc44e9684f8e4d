package dev.resilience.store;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.EnabledIf;

/** The same over the distribution's Redis, which is newer than the test library's. */
@EnabledIf("dev.resilience.store.RedisProcess#isOfTheDistribution")
class NewerRedisStoreTest extends RedisStoreTest {

    @BeforeAll
    static void startTheOtherServer() {
        redis.close();
        redis = RedisProcess.distributions();
    }
}
