package dev.resilience.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.resilience.health.alert.AlertStore;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RedisAlertsTest {

    @RegisterExtension
    static final RedisConnected redis = new RedisConnected();

    @Test
    void a_later_holder_keeps_an_earlier_one_from_writing() throws Exception {
        assertThat(save(5, "[1]", "")).isTrue();
        assertThat(save(7, "[2]", "")).isTrue();
        assertThat(save(5, "[3]", "")).isFalse();

        AlertStore.Saved saved = alerts().load().toCompletableFuture().get(10, TimeUnit.SECONDS);
        assertThat(saved.book()).isEqualTo("[2]");
        assertThat(saved.ageMillis()).isBetween(0L, 10_000L);
    }

    @Test
    void there_is_an_empty_book_before_the_first() throws Exception {
        assertThat(alerts().load().toCompletableFuture().get(10, TimeUnit.SECONDS))
                .isEqualTo(new AlertStore.Saved("", 0));
    }

    @Test
    void every_instance_hears_the_news() throws Exception {
        List<String> heard = new CopyOnWriteArrayList<>();
        alerts().listen(heard::add);
        save(5, "[1]", "news");
        save(5, "[1]", "");
        save(5, "[1]", "more");
        await().atMost(Duration.ofSeconds(30)).until(() -> heard.size() == 2);
        assertThat(heard).containsExactly("news", "more");
    }

    private AlertStore alerts() {
        return Objects.requireNonNull(redis.stores().alerts());
    }

    private boolean save(long fencing, String book, String news) throws Exception {
        return alerts().save(fencing, book, news).toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
}
