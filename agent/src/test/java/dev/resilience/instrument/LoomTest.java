package dev.resilience.instrument;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Scanner;
import java.util.concurrent.Callable;
import java.util.concurrent.Phaser;
import org.junit.jupiter.api.Test;

class LoomTest {

    private final List<WeavePoint> points = List.of(new WeavePoint(
            new WeavePoint.Implementing("java/util/concurrent/Callable"),
            "call",
            null,
            GateAdvice.class,
            RuleKind.HTTP,
            "none"));

    @Test
    void reads_the_files_of_ancestors_and_of_no_type_that_a_method_only_mentions() throws Exception {
        Recording loader = new Recording();
        String name = Mentioning.class.getName().replace('.', '/');
        byte[] classFile;
        try (InputStream in = getClass().getClassLoader().getResourceAsStream(name + ".class")) {
            classFile = in.readAllBytes();
        }

        assertThat(Loom.weave(points, new int[] {0}, name, loader, classFile)).isNotNull();
        assertThat(loader.asked)
                .contains("java/util/concurrent/Callable.class")
                .doesNotContain("java/util/Scanner.class", "java/util/concurrent/Phaser.class");
    }

    private static final class Recording extends ClassLoader {

        final List<String> asked = new ArrayList<>();

        Recording() {
            super(LoomTest.class.getClassLoader());
        }

        @Override
        public InputStream getResourceAsStream(String name) {
            asked.add(name);
            return super.getResourceAsStream(name);
        }
    }

    static final class Mentioning implements Callable<String> {

        @Override
        public String call() {
            return "";
        }

        Phaser other(Scanner scanner) throws IOException {
            throw new IOException(scanner.toString());
        }
    }
}
