package dev.resilience.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.resilience.fallback.CallStore;
import dev.resilience.fallback.CallStore.Held;
import dev.resilience.fallback.CallStore.Place;
import dev.resilience.fallback.QueuedCall;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalCallsTest extends CallStoreConformance {

    @TempDir
    Path directory;

    private final AtomicLong nanos = new AtomicLong(1);
    private LocalCalls calls;

    @BeforeEach
    void open() {
        calls = instance();
    }

    @AfterEach
    void close() {
        calls.close();
    }

    private LocalCalls instance() {
        return new LocalCalls(directory.resolve("queue"), false, TestThreads.daemons(), nanos::get);
    }

    @Override
    CallStore store() {
        return calls;
    }

    @Override
    void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    @Test
    void everything_is_there_after_a_restart() {
        QueuedCall waiting = add("a");
        QueuedCall behind = add("a");
        QueuedCall review = call("calcom", null).flagged(1, "i", "why");
        done(calls.add(review, 10));
        QueuedCall gone = add(null);
        Held held = done(calls.hold("calcom", 10, LEASE)).get(1);
        assertThat(held.call().id()).isEqualTo(gone.id());
        done(calls.settle(held, new CallStore.Done()));
        calls.close();

        calls = instance();
        assertThat(done(calls.adopt())).isEqualTo(3);
        assertThat(ids(done(calls.list(Place.REVIEW, "calcom", 0, 10)))).containsExactly(review.id());
        assertThat(ids(done(calls.list(Place.QUEUE, "calcom", 0, 10)))).containsExactly(waiting.id(), behind.id());
        assertThat(one("calcom").call().id()).isEqualTo(waiting.id());
    }

    @Test
    void what_a_dead_neighbour_left_is_taken_over_and_what_a_living_one_has_is_not() {
        LocalCalls neighbour = instance();
        QueuedCall theirs = call("calcom", null);
        done(neighbour.add(theirs, 10));
        QueuedCall ours = add(null);
        assertThat(done(calls.adopt())).isEqualTo(1);
        neighbour.close();
        assertThat(done(calls.adopt())).isEqualTo(2);
        assertThat(ids(done(calls.list(Place.QUEUE, "calcom", 0, 10)))).containsExactly(theirs.id(), ours.id());
    }

    @Test
    void many_callers_share_one_write_to_the_disk() {
        List<CompletableFuture<?>> all = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            all.add(calls.add(call("calcom", null), 10_000).toCompletableFuture());
        }
        all.forEach(CompletableFuture::join);
        assertThat(done(calls.size(Place.QUEUE, "calcom"))).isEqualTo(2_000);
    }

    @Test
    void the_past_does_not_fill_the_disk() throws Exception {
        for (int round = 0; round < 30; round++) {
            for (int i = 0; i < 100; i++) {
                calls.add(call("calcom", null), 10_000);
            }
            for (Held held : done(calls.hold("calcom", 1_000, LEASE))) {
                calls.settle(held, new CallStore.Done());
            }
        }
        QueuedCall last = add(null);
        try (var files = Files.list(directory.resolve("queue"))) {
            assertThat(files.filter(file -> file.toString().endsWith(".journal")))
                    .singleElement()
                    .satisfies(file -> assertThat(Files.size(file)).isLessThan(2 << 20));
        }
        assertThat(one("calcom").call().id()).isEqualTo(last.id());
    }

    @Test
    void only_their_owner_can_read_the_files() throws Exception {
        add(null);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("queue"))))
                .isEqualTo("rwx------");
        try (var files = Files.list(directory.resolve("queue"))) {
            assertThat(files.filter(file -> file.toString().endsWith(".journal")))
                    .allSatisfy(file -> assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                            .isEqualTo("rw-------"));
        }
    }

    @Test
    void a_directory_that_cannot_be_written_fails_the_add() throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "");
        LocalCalls nowhere = new LocalCalls(file.resolve("queue"), false, TestThreads.daemons(), nanos::get);
        assertThatThrownBy(() -> nowhere.add(call("calcom", null), 10)
                        .toCompletableFuture()
                        .join())
                .hasRootCauseInstanceOf(java.nio.file.FileSystemException.class);
        nowhere.close();
    }

    @Test
    void a_call_of_a_later_version_is_left_where_it_is() throws Exception {
        QueuedCall ours = add(null);
        calls.close();
        Path journal;
        try (var files = Files.list(directory.resolve("queue"))) {
            journal = files.filter(file -> file.toString().endsWith(".journal"))
                    .findFirst()
                    .orElseThrow();
        }
        try (Journal open = Journal.open(journal)) {
            open.put("calcom.000000000-later", new byte[] {(byte) 0xCD, 99, 1, 2, 3});
            open.force();
        }
        calls = instance();
        assertThat(done(calls.adopt())).isEqualTo(2);
        assertThat(one("calcom").call().id()).isEqualTo(ours.id());
        calls.close();
        calls = instance();
        assertThat(done(calls.adopt())).isEqualTo(2);
    }
}
