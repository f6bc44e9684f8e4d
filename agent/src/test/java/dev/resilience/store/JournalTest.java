package dev.resilience.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.resilience.fallback.Golden;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {

    @TempDir
    Path directory;

    private Path file() {
        return directory.resolve("a.journal");
    }

    @Test
    void values_are_there_again() throws IOException {
        try (Journal journal = Journal.open(file())) {
            journal.put("a", bytes("1"));
            journal.put("b", bytes(""));
            journal.put("a", bytes("2"));
            journal.put("c", bytes("3"));
            journal.remove("c");
            journal.remove("never");
            journal.force();
        }
        assertThat(content()).isEqualTo(Map.of("a", "2", "b", ""));
    }

    @Test
    void a_mark_stays_with_its_value_and_goes_with_it() throws IOException {
        try (Journal journal = Journal.open(file())) {
            for (String name : new String[] {"a", "b", "c"}) {
                journal.put(name, bytes(name));
                journal.mark(name);
            }
            journal.mark("never");
            journal.put("b", bytes("anew"));
            journal.remove("c");
            journal.put("c", bytes("again"));
            // Enough of the past for the file to be written anew.
            for (int i = 0; i < 400; i++) {
                journal.put("large", new byte[5_000]);
            }
            journal.force();
        }
        assertThat(Files.size(file())).isLessThan(20_000);
        try (Journal journal = Journal.open(file())) {
            assertThat(journal.names()).containsExactly("a", "b", "c", "large");
            assertThat(journal.marked("a")).isTrue();
            assertThat(journal.marked("b")).isFalse();
            assertThat(journal.marked("c")).isFalse();
            assertThat(journal.marked("never")).isFalse();
        }
    }

    @Test
    void the_file_is_what_it_was_from_the_first_version_on() throws IOException {
        try (Journal journal = Journal.open(file())) {
            journal.put("calcom.1", bytes("call"));
            journal.put("calcom.2", bytes(""));
            journal.remove("calcom.2");
        }
        Golden.check("journal.hex", Files.readAllBytes(file()));
        Files.write(file(), Golden.bytes("journal.hex"));
        assertThat(content()).isEqualTo(Map.of("calcom.1", "call"));
    }

    @Test
    void a_file_cut_anywhere_keeps_all_whole_records_before() throws IOException {
        try (Journal journal = Journal.open(file())) {
            for (int i = 0; i < 20; i++) {
                journal.put("n" + i, bytes("value " + i));
            }
        }
        byte[] whole = Files.readAllBytes(file());
        int before = 0;
        for (int length = 0; length <= whole.length; length++) {
            Files.write(file(), Arrays.copyOf(whole, length));
            int size = content().size();
            assertThat(size).isGreaterThanOrEqualTo(before);
            before = size;
            // And it goes on from there.
            try (Journal journal = Journal.open(file())) {
                journal.put("more", bytes("x"));
            }
            assertThat(content()).hasSize(size + 1);
        }
        assertThat(before).isEqualTo(20);
    }

    @Test
    void damage_is_noticed() throws IOException {
        try (Journal journal = Journal.open(file())) {
            journal.put("a", bytes("good"));
            journal.put("b", bytes("bad"));
        }
        byte[] whole = Files.readAllBytes(file());
        whole[whole.length - 1] ^= 1;
        Files.write(file(), whole);
        assertThat(content()).isEqualTo(Map.of("a", "good"));
    }

    @Test
    void a_file_of_something_else_is_left_alone() throws IOException {
        Files.writeString(file(), "a letter to somebody");
        assertThatThrownBy(() -> Journal.open(file())).isInstanceOf(IOException.class);
        assertThat(Files.readString(file())).isEqualTo("a letter to somebody");
    }

    @Test
    void one_has_it_at_a_time() throws IOException {
        try (Journal first = Journal.open(file())) {
            assertThat(Journal.open(file())).isNull();
        }
        try (Journal next = Journal.open(file())) {
            assertThat(next).isNotNull();
            next.delete();
        }
        assertThat(Files.exists(file())).isFalse();
    }

    @Test
    void looking_at_a_journal_of_ones_own_does_not_give_it_away() throws Exception {
        try (Journal own = Journal.open(file())) {
            assertThat(Journal.open(file())).isNull();
            String look = "try (var channel = java.nio.channels.FileChannel.open(java.nio.file.Path.of(\""
                    + file() + ".lock\"), java.nio.file.StandardOpenOption.WRITE)) {"
                    + "System.out.println(channel.tryLock() == null ? \"taken\" : \"free\"); }";
            Path program = Files.writeString(
                    directory.resolve("Look.java"),
                    "class Look { public static void main(String[] a) throws Exception { " + look + " } }");
            Process other = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            program.toString())
                    .redirectErrorStream(true)
                    .start();
            assertThat(new String(other.getInputStream().readAllBytes(), UTF_8)).contains("taken");
            assertThat(own).isNotNull();
        }
    }

    @Test
    void any_history_ends_in_the_same_content() throws IOException {
        Random random = new Random(7);
        Map<String, String> model = new TreeMap<>();
        for (int round = 0; round < 10; round++) {
            try (Journal journal = Journal.open(file())) {
                for (int i = 0; i < 300; i++) {
                    String name = "n" + random.nextInt(50);
                    if (random.nextInt(3) == 0) {
                        journal.remove(name);
                        model.remove(name);
                    } else {
                        String value = "v".repeat(random.nextInt(5_000)) + i;
                        journal.put(name, bytes(value));
                        model.put(name, value);
                    }
                    if (i % 50 == 0) {
                        journal.force();
                        assertThat(new String(
                                        journal.read(model.keySet().iterator().next()), UTF_8))
                                .isEqualTo(model.values().iterator().next());
                    }
                }
                journal.force();
            }
            assertThat(content()).isEqualTo(model);
        }
        assertThat(Files.size(file())).isLessThan(3 << 20);
    }

    private Map<String, String> content() throws IOException {
        Map<String, String> content = new TreeMap<>();
        try (Journal journal = Journal.open(file())) {
            for (String name : journal.names()) {
                content.put(name, new String(journal.read(name), UTF_8));
            }
        }
        return content;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }
}
