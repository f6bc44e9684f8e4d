package dev.resilience.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.resilience.health.Opinions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class RedisOpinionsTest {

    private static RedisProcess redis;
    private final List<Stores> instances = new ArrayList<>();
    private final AtomicInteger asked = new AtomicInteger();

    @BeforeAll
    static void startServer() {
        redis = RedisProcess.start();
    }

    @AfterAll
    static void stopServer() {
        redis.close();
    }

    @AfterEach
    void disconnect() {
        instances.forEach(Stores::close);
    }

    @Test
    void nobody_else_is_there() throws Exception {
        Stores alone = instance();
        assertThat(ask(alone, 300)).isEqualTo(new Opinions.Heard(0, List.of()));
        assertThat(ask(alone, 300).confirmsDown()).isTrue();
    }

    @Test
    void one_who_finds_it_up_is_enough() throws Exception {
        Stores asker = instance();
        answers(instance(), true);
        Opinions.Heard heard = ask(asker, 30_000);
        assertThat(heard).isEqualTo(new Opinions.Heard(1, List.of(true)));
        assertThat(heard.confirmsDown()).isFalse();
    }

    @Test
    void a_few_answers_are_enough_however_many_there_are() throws Exception {
        Stores asker = instance();
        for (int i = 0; i < 8; i++) {
            answers(instance(), false);
        }
        Opinions.Heard heard = ask(asker, 30_000);
        assertThat(heard).isEqualTo(new Opinions.Heard(8, List.of(false, false)));
        assertThat(heard.confirmsDown()).isTrue();
    }

    @Test
    void those_who_cannot_tell_are_no_proof() throws Exception {
        Stores asker = instance();
        instance().opinions().answer(service -> CompletableFuture.failedFuture(new IllegalStateException()));
        assertThat(ask(asker, 2_500).confirmsDown()).isFalse();
    }

    private Opinions.Heard ask(Stores asker, long patienceMillis) throws Exception {
        return asker.opinions()
                .ask("calcom", Duration.ofMillis(patienceMillis))
                .toCompletableFuture()
                .get(60, TimeUnit.SECONDS);
    }

    private void answers(Stores instance, boolean up) {
        instance.opinions().answer(service -> {
            asked.incrementAndGet();
            return CompletableFuture.completedFuture(up);
        });
    }

    private Stores instance() {
        Stores stores = Stores.of(
                redis.config(), "instance " + instances.size(), TestThreads.daemons(), Path.of("target", "state"));
        instances.add(stores);
        stores.breakers().start();
        await().atMost(Duration.ofSeconds(30))
                .until(() -> stores.leases()
                                .hold("test " + instances.size(), Duration.ofMillis(50))
                                .toCompletableFuture()
                                .get(10, TimeUnit.SECONDS)
                        > 1);
        return stores;
    }
}
