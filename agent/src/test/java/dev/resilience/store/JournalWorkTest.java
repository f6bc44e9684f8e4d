package dev.resilience.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.resilience.breaker.StoreAway;
import dev.resilience.log.AgentLog;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalWorkTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    Path directory;

    private final ByteArrayOutputStream said = new ByteArrayOutputStream();
    private PrintStream before = System.err;

    @BeforeEach
    void listen() {
        before = AgentLog.redirect(new PrintStream(said, true, StandardCharsets.UTF_8));
    }

    @AfterEach
    void hush() {
        AgentLog.redirect(before);
    }

    @Test
    void what_is_asked_while_it_ends_is_refused_without_a_word_and_takes_nothing_down_that_was_kept() throws Exception {
        JournalWork work = work(TestThreads.daemons());
        CompletableFuture<Boolean> go = new CompletableFuture<>();
        CompletableFuture<Boolean> running = work.durably(own -> {
            own.put("first", new byte[1]);
            return go.join();
        });
        CompletableFuture<Boolean> waiting = work.durably(own -> {
            own.put("second", new byte[1]);
            return true;
        });
        Thread end = new Thread(work::close);
        end.start();
        await().atMost(PATIENCE).until(() -> end.getState() == Thread.State.TIMED_WAITING);
        CompletableFuture<Boolean> late = work.durably(own -> {
            own.put("late", new byte[1]);
            return true;
        });
        go.complete(true);
        end.join();
        assertThat(running.get(20, TimeUnit.SECONDS)).isTrue();
        assertThat(waiting.get(20, TimeUnit.SECONDS)).isTrue();
        assertThatThrownBy(late::get).matches(StoreAway::isRootOf);
        assertThat(kept()).containsExactlyInAnyOrder("first", "second");
        assertThat(said.toString(StandardCharsets.UTF_8)).isEmpty();
    }

    @Test
    void one_that_nothing_was_asked_of_leaves_nothing_behind() {
        work(TestThreads.daemons()).close();
        assertThat(directory.resolve("queue")).doesNotExist();
    }

    @Test
    void what_no_thread_can_be_had_for_is_not_done_later_either() throws Exception {
        boolean[] none = {true};
        JournalWork work = work(task -> {
            if (none[0]) {
                throw new OutOfMemoryError("unable to create native thread");
            }
            return TestThreads.daemons().newThread(task);
        });
        CompletableFuture<Boolean> refused = work.durably(own -> {
            own.put("refused", new byte[1]);
            return true;
        });
        assertThatThrownBy(refused::get).hasRootCauseInstanceOf(OutOfMemoryError.class);
        none[0] = false;
        work.durably(own -> {
                    own.put("taken", new byte[1]);
                    return true;
                })
                .get(20, TimeUnit.SECONDS);
        work.close();
        assertThat(kept()).containsExactly("taken");
    }

    @Test
    void whoever_waits_hears_also_of_memory_that_ran_out() throws Exception {
        JournalWork work = work(TestThreads.daemons());
        CompletableFuture<Boolean> failed = work.durably(own -> {
            throw new OutOfMemoryError("Java heap space");
        });
        assertThatThrownBy(() -> failed.get(20, TimeUnit.SECONDS)).hasRootCauseInstanceOf(OutOfMemoryError.class);
        assertThat(work.durably(own -> true).get(20, TimeUnit.SECONDS)).isTrue();
        work.close();
    }

    private JournalWork work(ThreadFactory threads) {
        return new JournalWork(directory.resolve("queue"), threads, own -> {}, () -> {});
    }

    private Iterable<String> kept() throws Exception {
        try (var files = Files.newDirectoryStream(directory.resolve("queue"), "*" + Journal.SUFFIX);
                Journal journal = Journal.open(files.iterator().next())) {
            assertThat(journal).isNotNull();
            return journal.names();
        }
    }
}
