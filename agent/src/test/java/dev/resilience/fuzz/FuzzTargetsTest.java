package dev.resilience.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What {@code -Pfuzz} gives Jazzer for as long as is wanted, at every build: each target with its corpus, in which everything is
 * that was ever found, and with the same few thousand changes of it.
 */
class FuzzTargetsTest {

    private static final int CHANGES = 300;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "admin.RequestsFuzz",
                "config.YamlFuzz",
                "fallback.StoredBytesFuzz",
                "guard.HeadersFuzz",
                "health.alert.BookFuzz",
                "rule.CallsFuzz",
                "store.RedisAnswersFuzz",
                "telemetry.CollectorFuzz"
            })
    void stands_its_corpus_and_changes_of_it(String target) throws Throwable {
        MethodHandle fuzz = MethodHandles.publicLookup()
                .findStatic(
                        Class.forName("dev.resilience." + target),
                        "fuzzerTestOneInput",
                        MethodType.methodType(void.class, byte[].class));
        List<byte[]> corpus = corpus(target.substring(target.lastIndexOf('.') + 1));
        assertThat(corpus).isNotEmpty();
        Random random = new Random(17);

        run(fuzz, new byte[0]);
        for (byte[] seed : corpus) {
            run(fuzz, seed);
            for (int change = 0; change < CHANGES; change++) {
                run(fuzz, changed(seed, corpus.get(random.nextInt(corpus.size())), random));
            }
        }
    }

    private static void run(MethodHandle fuzz, byte[] data) throws Throwable {
        byte[] given = data.clone();
        try {
            fuzz.invokeExact(given);
        } catch (Throwable found) {
            throw new AssertionError("found by " + Arrays.toString(data), found);
        }
    }

    /** A cut, another's part, or a few other bytes; or all of them. */
    private static byte[] changed(byte[] seed, byte[] other, Random random) {
        byte[] data = seed.clone();
        int kinds = random.nextInt(8);
        if ((kinds & 1) != 0) {
            data = Arrays.copyOf(data, random.nextInt(data.length + 1));
        }
        if ((kinds & 2) != 0 && data.length > 0) {
            int from = random.nextInt(other.length + 1);
            int at = random.nextInt(data.length);
            System.arraycopy(other, from, data, at, Math.min(other.length - from, data.length - at));
        }
        for (int i = 0; i <= random.nextInt(8) && data.length > 0; i++) {
            data[random.nextInt(data.length)] = (byte) random.nextInt();
        }
        return data;
    }

    private static List<byte[]> corpus(String target) throws IOException {
        List<byte[]> corpus = new ArrayList<>();
        try (Stream<Path> files = Files.list(Path.of("src/test/fuzz", target))) {
            for (Path file : files.sorted().toList()) {
                corpus.add(Files.readAllBytes(file));
            }
        }
        return corpus;
    }
}
