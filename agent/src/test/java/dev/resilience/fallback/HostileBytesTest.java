package dev.resilience.fallback;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/**
 * Bytes in the place of answers and waiting calls, and headers in the place of caching directives: what is none is told so,
 * without an error that its reader does not expect and without room taken for it.
 */
class HostileBytesTest {

    private static final String[] DIRECTIVES = {
        "max-age",
        "s-maxage",
        "=",
        "\"",
        ",",
        ";",
        "no-store",
        "private",
        "public",
        "\\",
        " ",
        "-1",
        "0",
        "99999999999999999999",
        "stale-if-error",
        "\u0000",
        "\uD800",
        "must-revalidate"
    };

    @Provide
    static Arbitrary<byte[]> bytes() {
        return Arbitraries.oneOf(
                Arbitraries.bytes().array(byte[].class).ofMaxSize(200),
                // What looks like counts and lengths, in the form that they are written in.
                Arbitraries.of((byte) 0, (byte) 1, (byte) 2, (byte) 3, (byte) 0x7F, (byte) 0x80, (byte) 0xFF)
                        .array(byte[].class)
                        .ofMaxSize(60));
    }

    @Provide
    static Arbitrary<String> directives() {
        return Arbitraries.of(DIRECTIVES).list().ofMaxSize(12).map(pieces -> String.join("", pieces));
    }

    @Property
    void any_bytes_in_the_place_of_a_waiting_call(@ForAll("bytes") byte[] bytes) {
        assertThatCode(() -> QueuedCall.read(bytes)).doesNotThrowAnyException();
    }

    @Property
    void any_bytes_in_the_place_of_an_answer(@ForAll("bytes") byte[] bytes) {
        malformedAtMost(() -> StoredHttp.read(bytes));
        malformedAtMost(() -> StoredRows.read(bytes));
        malformedAtMost(() -> StoredHttp.isVary(bytes));
        malformedAtMost(() -> StoredHttp.readVary(bytes));
    }

    @Property
    void any_directives(@ForAll("directives") String first, @ForAll("directives") String second) {
        assertThat(CacheDirectives.of(List.of(first, second))).isNotNull();
    }

    @Property(tries = 200)
    void any_change_of_a_waiting_call(@ForAll long seed) {
        Random random = new Random(seed);
        byte[] bytes = "a call that is waiting".repeat(3).getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < 10; i++) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        }
        assertThatCode(() -> QueuedCall.read(bytes)).doesNotThrowAnyException();
    }

    private static void malformedAtMost(Runnable read) {
        try {
            read.run();
        } catch (ByteReader.Malformed expected) {
            assertThat(expected.getMessage()).isNotEmpty();
        }
    }
}
