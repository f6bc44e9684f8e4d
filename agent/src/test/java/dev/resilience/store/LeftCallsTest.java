package dev.resilience.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LeftCallsTest {

    @TempDir
    private Path stateDir;

    @Test
    void only_calls_that_still_wait_and_that_no_jvm_holds_are_left() throws Exception {
        Path queue = Files.createDirectories(stateDir.resolve("queue"));
        assertThat(Stores.holdsCalls(stateDir)).isFalse();

        try (Journal journal = Journal.open(queue.resolve("x.journal"))) {
            journal.put("a-call", new byte[300]);
            journal.force();
            assertThat(Stores.holdsCalls(stateDir)).as("in use").isFalse();
        }
        assertThat(Stores.holdsCalls(stateDir)).isTrue();

        try (Journal journal = Journal.open(queue.resolve("x.journal"))) {
            journal.remove("a-call");
            journal.force();
        }
        assertThat(Stores.holdsCalls(stateDir)).isFalse();
    }
}
