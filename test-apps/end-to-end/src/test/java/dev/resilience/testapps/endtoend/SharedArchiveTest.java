package dev.resilience.testapps.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.testapps.harness.CalComStandIn;
import dev.resilience.testapps.harness.JvmUnderTest;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** An application that starts from its own archive of classes, made without the agent. */
class SharedArchiveTest {

    private static final String HELLO = "com/example/tiny/Hello.class";

    @TempDir
    Path directory;

    static Stream<Path> jdks() {
        return Jdks.all().stream();
    }

    @ParameterizedTest
    @MethodSource("jdks")
    void its_classes_still_come_from_it(Path jdk) throws Exception {
        Path application = pack(directory.resolve("hello.jar"));
        Path archive = directory.resolve("hello.jsa");
        try (JvmUnderTest dump = JvmUnderTest.command(jdk)
                .in(directory)
                .jvm("-XX:ArchiveClassesAtExit=" + archive)
                .main(application.toString(), "com.example.tiny.Hello")) {
            assertThat(dump.awaitExit()).as("%s", dump.out()).isZero();
        }
        Path log = directory.resolve("loaded.txt");
        try (CalComStandIn calCom = new CalComStandIn()) {
            Path config = Configs.calCom(directory, calCom, "", "timeout: 60s");
            try (JvmUnderTest jvm = JvmUnderTest.command(jdk)
                    .in(directory)
                    .jvm("-XX:SharedArchiveFile=" + archive, "-Xlog:class+load:file=" + log)
                    .agent(Built.agent(), config)
                    .main(application.toString(), "com.example.tiny.Hello")) {
                assertThat(jvm.awaitExit()).as("%s", jvm.err()).isZero();
                // From JDK 25 on the JVM itself has a word to say there about each agent, also an empty one.
                assertThat(jvm.out())
                        .filteredOn(line -> !line.contains("[cds]"))
                        .containsExactly("hello from main");
                assertThat(jvm.err()).allMatch(line -> line.startsWith("[resilience] INFO "));
            }
        }

        assertThat(Files.readAllLines(log))
                .filteredOn(line -> line.contains(" com.example.tiny.Hello "))
                .singleElement()
                .asString()
                .contains("source: shared objects file (top)");
        assertThat(Files.readAllLines(log))
                .filteredOn(line -> line.contains(" java.lang.String "))
                .singleElement()
                .asString()
                .contains("source: shared objects file");
    }

    private static Path pack(Path jar) throws IOException {
        try (OutputStream out = Files.newOutputStream(jar);
                JarOutputStream archive = new JarOutputStream(out)) {
            archive.putNextEntry(new JarEntry(HELLO));
            archive.write(Files.readAllBytes(Path.of(Built.tinyApplications(), HELLO)));
            archive.closeEntry();
        }
        return jar;
    }
}
