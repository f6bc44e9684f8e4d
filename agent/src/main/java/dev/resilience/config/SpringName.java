package dev.resilience.config;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;

/**
 * {@code spring.application.name} as a Spring Boot application gives it: in the {@code application.properties} or
 * {@code .yml} of its class path's directories and of the first jar on it, at the root or in {@code BOOT-INF/classes}.
 * Reads files only, loads no class of the application's, and never throws. A name with a placeholder in it is none.
 */
final class SpringName {

    private static final String KEY = "spring.application.name";
    private static final String[] ROOTS = {"", "BOOT-INF/classes/"};
    private static final String[] FILES = {"application.properties", "application.yml", "application.yaml"};
    private static final int MOST_BYTES = 100_000;

    /** Of a class path of many directories and jars, the application's own come first. */
    private static final int MOST_ENTRIES = 10;

    private SpringName() {}

    /** @param classPath as in {@code java.class.path} */
    static @Nullable String of(@Nullable String classPath, Path directory) {
        if (classPath == null) {
            return null;
        }
        boolean jarSeen = false;
        int looked = 0;
        for (String entry : classPath.split(java.io.File.pathSeparator)) {
            if (++looked > MOST_ENTRIES) {
                return null;
            }
            String name = null;
            try {
                Path path = directory.resolve(entry);
                if (Files.isDirectory(path)) {
                    name = inDirectory(path);
                } else if (!jarSeen && Files.isRegularFile(path)) {
                    jarSeen = true;
                    name = inJar(path);
                }
            } catch (IOException | RuntimeException unreadable) {
                // Then it gives no name.
            }
            if (name != null) {
                return name;
            }
        }
        return null;
    }

    private static @Nullable String inDirectory(Path directory) throws IOException {
        for (String root : ROOTS) {
            for (String file : FILES) {
                Path path = directory.resolve(root + file);
                if (Files.isRegularFile(path)) {
                    try (InputStream in = Files.newInputStream(path)) {
                        String name = name(file, in);
                        if (name != null) {
                            return name;
                        }
                    }
                }
            }
        }
        return null;
    }

    private static @Nullable String inJar(Path jar) throws IOException {
        try (ZipFile zip = new ZipFile(jar.toFile())) {
            for (String root : ROOTS) {
                for (String file : FILES) {
                    ZipEntry entry = zip.getEntry(root + file);
                    if (entry != null) {
                        try (InputStream in = zip.getInputStream(entry)) {
                            String name = name(file, in);
                            if (name != null) {
                                return name;
                            }
                        }
                    }
                }
            }
        }
        return null;
    }

    private static @Nullable String name(String file, InputStream in) throws IOException {
        String text = new String(in.readNBytes(MOST_BYTES), StandardCharsets.UTF_8);
        String name = file.endsWith(".properties") ? inProperties(text) : inYaml(text);
        return name == null || name.isBlank() || name.contains("${") || name.contains("@") ? null : name.trim();
    }

    private static @Nullable String inProperties(String text) throws IOException {
        Properties properties = new Properties();
        properties.load(new StringReader(text));
        return properties.getProperty(KEY);
    }

    /** Of several documents the first one: the others are for profiles. */
    private static @Nullable String inYaml(String text) {
        int second = text.indexOf("\n---", text.startsWith("---") ? 1 : text.isBlank() ? 0 : firstLine(text));
        Node root = YamlText.compose(second < 0 ? text : text.substring(0, second), new Problems("application.yml"));
        return root == null ? null : under(root, "");
    }

    /** Where the first line that is no comment begins: what stands before it may be parted from it by dashes. */
    private static int firstLine(String text) {
        int at = 0;
        while (at < text.length() && (text.charAt(at) == '#' || text.charAt(at) == '\n')) {
            int end = text.indexOf('\n', at);
            at = end < 0 ? text.length() : end + 1;
        }
        return text.startsWith("---", at) ? at + 1 : at;
    }

    /** The keys may be nested, or joined by points, as Spring takes them. */
    private static @Nullable String under(Node node, String before) {
        if (node instanceof ScalarNode scalar) {
            return before.equals(KEY) ? scalar.getValue() : null;
        }
        if (node instanceof MappingNode mapping) {
            for (NodeTuple tuple : mapping.getValue()) {
                if (tuple.getKeyNode() instanceof ScalarNode key) {
                    String path = before.isEmpty() ? key.getValue() : before + "." + key.getValue();
                    String found =
                            KEY.equals(path) || KEY.startsWith(path + ".") ? under(tuple.getValueNode(), path) : null;
                    if (found != null) {
                        return found;
                    }
                }
            }
        }
        return null;
    }
}
