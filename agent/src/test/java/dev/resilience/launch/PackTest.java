package dev.resilience.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.resilience.pack.LocalVariables;
import dev.resilience.pack.Packer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PackTest {

    private static final String AGENT = "dev/resilience/rule/";

    @TempDir
    Path directory;

    @Test
    void every_class_is_found_again_by_name_and_as_a_resource_whole_but_for_names_of_variables() throws Exception {
        Path packed = pack(unpacked(), List.of("dev.resilience.rule.Glob", "is.not.There"));

        AgentClassLoader loader = new AgentClassLoader(packed.toFile());
        List<Path> files = classFiles();
        assertThat(files).hasSizeGreaterThan(10);
        for (Path file : files) {
            String name = AGENT + file.getFileName().toString().replace(".class", "");
            Class<?> type = Class.forName(name.replace('/', '.'), false, loader);
            assertThat(type.getClassLoader()).isSameAs(loader);
            try (InputStream in = loader.getResourceAsStream(name + ".class")) {
                assertThat(in).hasBinaryContent(LocalVariables.unnamed(Files.readAllBytes(file)));
            }
        }
    }

    @Test
    void what_is_not_there_is_not_found_and_resources_are_where_they_were() throws Exception {
        AgentClassLoader loader =
                new AgentClassLoader(pack(unpacked(), List.of()).toFile());

        assertThatExceptionOfType(ClassNotFoundException.class).isThrownBy(() -> loader.loadClass("is.not.There"));
        assertThat(loader.getResource("is/not/There.class")).isNull();
        try (InputStream in = loader.getResourceAsStream(AGENT + "said.txt")) {
            assertThat(in).hasContent("hello");
        }
        assertThat(Collections.list(loader.getResources(AGENT + "said.txt"))).hasSize(1);
    }

    @Test
    void a_jar_without_a_pack_has_no_classes_for_the_agent() throws Exception {
        AgentClassLoader loader = new AgentClassLoader(unpacked().toFile());

        assertThatExceptionOfType(ClassNotFoundException.class)
                .isThrownBy(() -> loader.loadClass("dev.resilience.rule.Glob"));
    }

    @Test
    void many_threads_find_all_classes_at_once() throws Exception {
        AgentClassLoader loader =
                new AgentClassLoader(pack(unpacked(), List.of()).toFile());
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<?>> done = new ArrayList<>();
            for (int thread = 0; thread < 4; thread++) {
                done.add(threads.submit(() -> {
                    for (Path file : classFiles()) {
                        String name = file.getFileName().toString().replace(".class", "");
                        Class.forName(AGENT.replace('/', '.') + name, false, loader);
                    }
                    return null;
                }));
            }
            for (Future<?> each : done) {
                each.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void one_source_gives_the_same_bytes_each_time() throws Exception {
        Path source = unpacked();

        byte[] first = Files.readAllBytes(pack(source, List.of("dev.resilience.rule.Glob")));

        assertThat(Files.readAllBytes(pack(source, List.of("dev.resilience.rule.Glob"))))
                .isEqualTo(first);
    }

    @Test
    void a_broken_block_is_an_unreadable_class_not_another_one() throws Exception {
        Path packed = pack(unpacked(), List.of());
        byte[] bytes = Files.readAllBytes(packed);
        int begin;
        try (JarFile jar = new JarFile(packed.toFile(), false)) {
            begin = new String(bytes, StandardCharsets.ISO_8859_1)
                            .indexOf(jar.getEntry(Pack.BLOCKS).getName())
                    + Pack.BLOCKS.length();
        }
        for (int i = 0; i < 2_000; i++) {
            bytes[begin + i] = (byte) 0xff;
        }
        Files.write(packed, bytes);

        AgentClassLoader loader = new AgentClassLoader(packed.toFile());
        assertThatExceptionOfType(ClassNotFoundException.class)
                .isThrownBy(() -> loader.loadClass("dev.resilience.rule.Glob"))
                .withCauseInstanceOf(IOException.class);
    }

    private static List<Path> classFiles() throws IOException {
        try (var files = Files.list(Path.of("target/classes").resolve(AGENT))) {
            return files.filter(file -> file.toString().endsWith(".class"))
                    .sorted()
                    .toList();
        }
    }

    private Path unpacked() throws IOException {
        Path jar = directory.resolve("unpacked.jar");
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
            for (Path file : classFiles()) {
                put(
                        out,
                        "r/" + AGENT + file.getFileName().toString().replace(".class", ".classdata"),
                        Files.readAllBytes(file));
            }
            put(out, "r/" + AGENT + "said.txt", "hello".getBytes(StandardCharsets.UTF_8));
        }
        return jar;
    }

    private static void put(JarOutputStream out, String name, byte[] bytes) throws IOException {
        ZipEntry entry = new ZipEntry(name);
        entry.setTime(1_000_000_000_000L);
        out.putNextEntry(entry);
        out.write(bytes);
        out.closeEntry();
    }

    private Path pack(Path source, List<String> startOrder) throws IOException {
        Path packed = Files.createTempFile(directory, "packed", ".jar");
        Path order = Files.write(directory.resolve("order.txt"), startOrder);
        Packer.main(new String[] {source.toString(), packed.toString(), order.toString()});
        return packed;
    }
}
