package dev.resilience.instrument.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** All objects share one chain here, as few do otherwise. */
class WeakIdentityMapTest {

    private static final int THREADS = 4;

    private final WeakIdentityMap<Object> map = new WeakIdentityMap<>(1);

    @Test
    void has_what_was_put_last_beside_each_object() {
        String first = new String("equal");
        String second = new String("equal");
        map.put(first, 1);
        map.put(second, 2);
        map.put(first, 3);
        assertThat(map.get(first)).isEqualTo(3);
        assertThat(map.get(second)).isEqualTo(2);
        assertThat(map.get(new String("equal"))).isNull();
    }

    @Test
    void what_is_removed_is_given_once_and_may_come_again() {
        List<Object> keys = objects(5);
        keys.forEach(key -> map.put(key, key.toString()));
        for (int index : new int[] {2, 0, 4, 3, 1}) {
            Object key = keys.get(index);
            assertThat(map.remove(key)).isEqualTo(key.toString());
            assertThat(map.remove(key)).isNull();
            assertThat(map.get(key)).isNull();
        }
        map.put(keys.get(3), "again");
        assertThat(map.get(keys.get(3))).isEqualTo("again");
        assertThat(map.get(keys.get(0))).isNull();
    }

    @Test
    void a_value_goes_with_its_object() {
        Object stays = new Object();
        map.put(stays, "stays");
        WeakReference<Object> value = beside(new Object());
        await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
            System.gc();
            // Who puts something next takes it away.
            map.put(stays, "stays");
            assertThat(value.get()).isNull();
        });
        assertThat(map.get(stays)).isEqualTo("stays");
    }

    private WeakReference<Object> beside(Object key) {
        Object value = new Object();
        map.put(key, value);
        return new WeakReference<>(value);
    }

    /** Each thread's own come and go in an order of their own, between those of the others. */
    @Test
    void threads_lose_nothing_of_each_other() throws Exception {
        List<Object> all = objects(8);
        all.forEach(key -> map.put(key, "everybody's"));
        inParallel(thread -> {
            Random random = new Random(thread);
            Deque<Object> own = new ArrayDeque<>();
            for (int i = 0; i < 20_000; i++) {
                if (own.size() < 4 || (own.size() < 8 && random.nextBoolean())) {
                    Object key = new Object();
                    map.put(key, key.hashCode());
                    if (random.nextBoolean()) {
                        own.addFirst(key);
                    } else {
                        own.addLast(key);
                    }
                } else {
                    Object key = own.removeFirst();
                    assertThat(map.remove(key)).isEqualTo(key.hashCode());
                    assertThat(map.get(key)).isNull();
                }
                for (Object key : own) {
                    assertThat(map.get(key)).isEqualTo(key.hashCode());
                }
            }
        });
        all.forEach(key -> assertThat(map.get(key)).isEqualTo("everybody's"));
    }

    @Test
    void of_all_who_remove_the_same_at_once_one_gets_it() throws Exception {
        int rounds = 2_000;
        List<Object> keys = objects(rounds);
        AtomicInteger got = new AtomicInteger();
        CyclicBarrier together = new CyclicBarrier(THREADS);
        inParallel(thread -> {
            for (Object key : keys) {
                if (together.await(60, TimeUnit.SECONDS) == 0) {
                    map.put(key, "once");
                }
                together.await(60, TimeUnit.SECONDS);
                if (map.remove(key) != null) {
                    got.incrementAndGet();
                }
            }
        });
        assertThat(got).hasValue(rounds);
    }

    private interface Work {
        void of(int thread) throws Exception;
    }

    private static void inParallel(Work work) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                int thread = i;
                running.add(threads.submit(() -> {
                    work.of(thread);
                    return null;
                }));
            }
            for (Future<?> each : running) {
                each.get(120, TimeUnit.SECONDS);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static List<Object> objects(int count) {
        List<Object> objects = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            objects.add(new Object());
        }
        return objects;
    }
}
