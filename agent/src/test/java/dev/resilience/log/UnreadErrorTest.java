package dev.resilience.log;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.resilience.guard.AgentThreads;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A standard error that is a pipe which nobody reads takes nothing any more, and whoever writes to it waits for good. */
class UnreadErrorTest {

    private static final int MOST_UNWRITTEN = 3;
    private static final Duration LONG = Duration.ofMinutes(1);

    /** Nobody reads, and somebody writes. */
    private final CountDownLatch full = new CountDownLatch(1);

    private final CountDownLatch read = new CountDownLatch(1);
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private final ThreadPoolExecutor writer = AgentThreads.one(new AgentThreads("log"), 1, MOST_UNWRITTEN);
    private final ScheduledExecutorService scheduler =
            new ScheduledThreadPoolExecutor(1, new AgentThreads("scheduler"));
    private final PrintStream before = AgentLog.redirect(new PrintStream(new FullPipe(), true, UTF_8));

    @AfterEach
    void end() throws InterruptedException {
        read.countDown();
        AgentLog.writeOn(null);
        scheduler.shutdownNow();
        writer.shutdown();
        assertThat(writer.awaitTermination(1, TimeUnit.MINUTES)).isTrue();
        AgentLog.redirect(before);
    }

    @Test
    void holds_nothing_that_is_due_on_a_thread_that_said_something() throws Exception {
        AgentLog.writeOn(writer);
        CountDownLatch due = new CountDownLatch(1);

        scheduler.execute(() -> {
            AgentLog.info("circuit 'calcom': CLOSED -> OPEN");
            AgentLog.warn("redis", "Redis does not answer");
        });
        scheduler.schedule(due::countDown, 50, TimeUnit.MILLISECONDS);

        assertThat(due.await(5, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void is_told_in_order_what_there_was_room_for_and_how_much_there_was_not_once_it_is_read() {
        AgentLog.writeOn(writer);
        AgentLog.info("line 0");
        await().until(() -> full.getCount() == 0);
        for (int line = 1; line < 10; line++) {
            AgentLog.info("line " + line);
        }

        read.countDown();
        await().untilAsserted(() -> assertThat(lines()).hasSize(5));
        AgentLog.info("the last line");
        AgentLog.awaitWritten(LONG);

        assertThat(lines())
                .containsExactly(
                        "[resilience] INFO line 0",
                        "[resilience] WARN lines left out, because nobody read standard error: 6",
                        "[resilience] INFO line 1",
                        "[resilience] INFO line 2",
                        "[resilience] INFO line 3",
                        "[resilience] INFO the last line");
    }

    @Test
    void that_is_read_late_has_what_was_said_before_the_jvm_ends() {
        AgentLog.writeOn(writer);
        for (int line = 0; line < MOST_UNWRITTEN; line++) {
            AgentLog.info("line " + line);
        }
        scheduler.schedule(read::countDown, 100, TimeUnit.MILLISECONDS);

        AgentLog.awaitWritten(LONG);

        assertThat(lines()).hasSize(MOST_UNWRITTEN);
    }

    @Test
    void is_written_to_by_who_says_something_where_no_thread_can_be_made() {
        read.countDown();
        AgentLog.writeOn(work -> {
            throw new OutOfMemoryError("unable to create native thread");
        });

        AgentLog.warn("threads", "a line of who has none");

        assertThat(lines()).hasSize(1);
    }

    /** Those of this test: an agent that another one left behind may have something to say. */
    private List<String> lines() {
        return written.toString(UTF_8)
                .lines()
                .filter(line -> line.contains("line"))
                .toList();
    }

    private final class FullPipe extends OutputStream {

        @Override
        public void write(int one) {
            write(new byte[] {(byte) one}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            full.countDown();
            try {
                read.await();
            } catch (InterruptedException ended) {
                return;
            }
            synchronized (written) {
                written.write(bytes, offset, length);
            }
        }
    }
}
