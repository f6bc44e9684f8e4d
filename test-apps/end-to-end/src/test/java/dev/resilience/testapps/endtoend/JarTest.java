package dev.resilience.testapps.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Collections;
import java.util.List;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;

/** The one file that is given to people. */
class JarTest {

    private static final long MOST_BYTES = 20_000_000;

    @Test
    void it_is_small() throws IOException {
        assertThat(Files.size(Built.agent())).isLessThan(MOST_BYTES);
    }

    @Test
    void only_the_entry_point_and_the_launcher_can_be_found_by_an_applications_loader() throws IOException {
        assertThat(entries())
                .filteredOn(entry ->
                        !entry.getName().startsWith("r/") && !entry.getName().startsWith("b/"))
                .extracting(ZipEntry::getName)
                .allMatch(name -> name.equals("META-INF/")
                        || name.equals("META-INF/MANIFEST.MF")
                        || name.matches("dev/(resilience/(launch/)?)?")
                        || name.equals("dev/resilience/ResilienceAgent.class")
                        || name.matches("dev/resilience/launch/[A-Za-z$0-9]+\\.class"));
        assertThat(entries())
                .extracting(ZipEntry::getName)
                .filteredOn(name -> name.startsWith("r/") && name.matches(".*\\.class(data)?"))
                .isEmpty();
    }

    /** A jar of twelve thousand entries is read for a fiftieth of a second each time it is opened. */
    @Test
    void its_classes_are_in_one_entry_and_few_others_are_beside_it() throws IOException {
        assertThat(entries()).hasSizeLessThan(150);
        assertThat(entries()).extracting(ZipEntry::getName).contains("r/classes", "r/classes.index");
    }

    @Test
    void no_entry_is_there_twice() throws IOException {
        assertThat(entries()).extracting(ZipEntry::getName).doesNotHaveDuplicates();
    }

    @Test
    void it_names_the_licence_of_every_library_inside() throws IOException {
        String list = read("r/licences/THIRD-PARTY.txt");

        assertThat(list)
                .contains(
                        "Apache",
                        "io.lettuce:lettuce-core",
                        "io.netty:netty-handler",
                        "io.projectreactor:reactor-core",
                        "net.bytebuddy:byte-buddy",
                        "com.fasterxml.jackson.core:jackson-databind",
                        "io.opentelemetry:opentelemetry-sdk-trace",
                        "io.prometheus:prometheus-metrics-exposition-textformats",
                        "org.yaml:snakeyaml",
                        "info.picocli:picocli")
                .doesNotContain("junit", "Unknown license", "(GPL");
        assertThat(entries()).extracting(ZipEntry::getName).anyMatch(name -> name.matches("r/licences/.*NOTICE"));
    }

    @Test
    void two_builds_of_one_source_can_only_be_the_same_bytes() throws IOException {
        List<Long> times = entries().stream().map(ZipEntry::getTime).distinct().toList();

        assertThat(times).as("every entry has the time that the build declares").hasSize(1);
        assertThat(entries())
                .extracting(ZipEntry::getName)
                .filteredOn(name -> name.startsWith("r/dev/resilience/"))
                .isSorted();
    }

    private static List<? extends ZipEntry> entries() throws IOException {
        try (JarFile jar = new JarFile(Built.agent().toFile())) {
            return Collections.list(jar.entries());
        }
    }

    private static String read(String name) throws IOException {
        try (JarFile jar = new JarFile(Built.agent().toFile())) {
            return new String(jar.getInputStream(jar.getEntry(name)).readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
