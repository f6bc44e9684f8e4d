package dev.resilience.store;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RedisLineTest {

    private final ScheduledThreadPoolExecutor scheduler = new ScheduledThreadPoolExecutor(1, TestThreads.daemons());
    private final AtomicInteger attempts = new AtomicInteger();

    @AfterEach
    void end() {
        scheduler.shutdownNow();
    }

    @Test
    void an_attempt_for_which_there_was_no_memory_is_not_the_last() {
        RedisLine.Opening opening = new RedisLine.Opening() {
            @Override
            public CompletionStage<RedisLink> open(Consumer<RedisLink> lost) {
                attempts.incrementAndGet();
                throw new OutOfMemoryError("Java heap space");
            }

            @Override
            public ScheduledExecutorService scheduler() {
                return scheduler;
            }
        };
        try (RedisLine line = new RedisLine("redis://nowhere", "ping", false, opening)) {
            line.start();
            await().atMost(Duration.ofSeconds(30)).until(() -> attempts.get() > 1);
        }
    }
}
