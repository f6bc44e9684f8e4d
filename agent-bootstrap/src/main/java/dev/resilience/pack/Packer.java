package dev.resilience.pack;

import dev.resilience.launch.Pack;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.jar.JarFile;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Writes a jar again with all its renamed classes ({@code r/**.classdata} and {@code b/**.classdata}) in one {@link Pack}.
 * Classes that a start loads come first, in the order in which it does, the others by name, so that neighbours in a block are
 * wanted together; all log by {@link SystemLoggers} of the agent's, those of a start have their {@link Lambdas} taken out, {@link Records} compare themselves, and {@link Facades} are
 * left with what is called. The same input gives the same bytes.
 *
 * <p>Arguments: the jar to read, the jar to write, a file of class names in the order of a start. Those before its first empty
 * line are of every start, before {@code main}; they become an entry of the jar, {@code r/classes.first}.
 */
public final class Packer {

    private static final String RENAMED = ".classdata";
    private static final String FIRST = "r/classes.first";

    /** Adapters are loaded beside each copy of a library, file by file; what is woven is copied from its class file. */
    private static final String WOVEN_FROM = "dev/resilience/instrument/";

    private static final List<String> KEPT_WHOLE = List.of(WOVEN_FROM, "net/bytebuddy/");

    /** What Lettuce calls the commands by, and Reactor its operators, of which Lettuce makes one for each address of a Redis. */
    private static final Set<String> FACADES = Set.of(
            "io/lettuce/core/AbstractRedisAsyncCommands",
            "io/lettuce/core/AbstractRedisReactiveCommands",
            "io/lettuce/core/RedisCommandBuilder",
            "reactor/core/publisher/Flux",
            "reactor/core/publisher/Mono");

    /** More of Lettuce's faces, which nobody looks at: those of Kotlin, and those that only the reactive ones look at. */
    private static final Set<String> UNASKED = Set.of(
            "io/lettuce/core/api/coroutines/",
            "io/lettuce/core/cluster/api/coroutines/",
            "io/lettuce/core/sentinel/api/coroutines/",
            "io/lettuce/core/cluster/RedisAdvancedClusterReactiveCommandsImpl");

    /** As much as is inflated for one class that nobody has asked a neighbour of. */
    private static final int BLOCK_BYTES = 64 * 1024;

    private Packer() {}

    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 3) {
            System.err.println("usage: Packer JAR_TO_READ JAR_TO_WRITE START_ORDER");
            System.exit(2);
        }
        pack(Path.of(arguments[0]), Path.of(arguments[1]), Files.readAllLines(Path.of(arguments[2])));
    }

    private static void pack(Path source, Path target, List<String> startOrder) throws IOException {
        try (JarFile jar = new JarFile(source.toFile(), false);
                OutputStream file = Files.newOutputStream(target);
                ZipOutputStream out = new ZipOutputStream(file)) {
            out.setLevel(Deflater.BEST_COMPRESSION);
            Map<String, byte[]> classes = new TreeMap<>();
            long time = 0;
            for (ZipEntry entry : Collections.list(jar.entries())) {
                time = entry.getTime();
                String name = entry.getName();
                if (name.endsWith(RENAMED)) {
                    // The bridge's classes are the agent's own only where it has none of that name.
                    String type = name.substring(2, name.length() - RENAMED.length());
                    if (name.startsWith("r/") || jar.getEntry("r/" + name.substring(2)) == null) {
                        classes.put(type, bytes(jar, entry));
                    }
                } else if (!entry.isDirectory()) {
                    write(out, name, bytes(jar, entry), time);
                }
            }
            classes.putAll(Facades.without(classes, FACADES, UNASKED));
            classes.replaceAll((type, bytes) ->
                    type.startsWith(WOVEN_FROM) ? bytes : SystemLoggers.replaced(LocalVariables.unnamed(bytes)));
            Blocks blocks = Blocks.of(ordered(classes, startOrder));
            write(out, FIRST, first(startOrder, classes), time);
            store(out, Pack.BLOCKS, blocks.packed(), time);
            store(out, Pack.INDEX, blocks.index(), time);
        }
    }

    private static byte[] first(List<String> startOrder, Map<String, byte[]> classes) {
        StringBuilder names = new StringBuilder();
        for (String name : startOrder) {
            if (name.isEmpty()) {
                break;
            }
            if (classes.containsKey(name.replace('.', '/'))) {
                names.append(name).append('\n');
            }
        }
        return names.toString().getBytes(StandardCharsets.US_ASCII);
    }

    private static Map<String, byte[]> ordered(Map<String, byte[]> classes, List<String> startOrder) {
        Map<String, byte[]> ordered = new LinkedHashMap<>();
        for (String name : startOrder) {
            String type = name.replace('.', '/');
            if (classes.containsKey(type)) {
                if (KEPT_WHOLE.stream().anyMatch(type::startsWith)) {
                    ordered.put(type, classes.get(type));
                } else {
                    classes.put(type, Records.plain(classes.get(type)));
                    ordered.putAll(Lambdas.takenOut(type, classes));
                }
            }
        }
        for (Map.Entry<String, byte[]> other : classes.entrySet()) {
            ordered.putIfAbsent(other.getKey(), other.getValue());
        }
        return ordered;
    }

    private static byte[] bytes(JarFile jar, ZipEntry entry) throws IOException {
        try (InputStream in = jar.getInputStream(entry)) {
            return in.readAllBytes();
        }
    }

    private static void write(ZipOutputStream out, String name, byte[] bytes, long time) throws IOException {
        ZipEntry entry = new ZipEntry(name);
        entry.setTime(time);
        out.putNextEntry(entry);
        out.write(bytes);
        out.closeEntry();
    }

    private static void store(ZipOutputStream out, String name, byte[] bytes, long time) throws IOException {
        CRC32 sum = new CRC32();
        sum.update(bytes);
        ZipEntry entry = new ZipEntry(name);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(bytes.length);
        entry.setCrc(sum.getValue());
        entry.setTime(time);
        out.putNextEntry(entry);
        out.write(bytes);
        out.closeEntry();
    }

    /** Where a class is to be found. */
    private static final class Place {

        final long hash;
        final int block;
        final int offset;
        final int length;

        Place(long hash, int block, int offset, int length) {
            this.hash = hash;
            this.block = block;
            this.offset = offset;
            this.length = length;
        }
    }

    private static final class Blocks {

        private final ByteArrayOutputStream packed = new ByteArrayOutputStream();
        private final List<int[]> blocks = new ArrayList<>();
        private final List<Place> places = new ArrayList<>();

        static Blocks of(Map<String, byte[]> classes) throws IOException {
            Blocks all = new Blocks();
            Map<Long, String> known = new HashMap<>();
            ByteArrayOutputStream block = new ByteArrayOutputStream();
            for (Map.Entry<String, byte[]> type : classes.entrySet()) {
                String name = type.getKey();
                byte[] bytes = type.getValue();
                long hash = Pack.hash(name, name.length());
                String other = known.put(hash, name);
                if (other != null) {
                    throw new IOException(name + " and " + other + " have one hash: choose another function in Pack");
                }
                if (block.size() > 0 && block.size() + bytes.length > BLOCK_BYTES) {
                    all.close(block);
                }
                all.places.add(new Place(hash, all.blocks.size(), block.size(), bytes.length));
                block.write(bytes);
            }
            all.close(block);
            return all;
        }

        private void close(ByteArrayOutputStream block) {
            byte[] full = block.toByteArray();
            block.reset();
            Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION, true);
            deflater.setInput(full);
            deflater.finish();
            int begin = packed.size();
            byte[] buffer = new byte[8192];
            while (!deflater.finished()) {
                packed.write(buffer, 0, deflater.deflate(buffer));
            }
            deflater.end();
            blocks.add(new int[] {begin, packed.size() - begin, full.length});
        }

        byte[] packed() {
            return packed.toByteArray();
        }

        byte[] index() throws IOException {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            DataOutputStream out = new DataOutputStream(bytes);
            out.writeInt(blocks.size());
            out.writeInt(places.size());
            for (int[] block : blocks) {
                for (int number : block) {
                    out.writeInt(number);
                }
            }
            List<Place> sorted = new ArrayList<>(places);
            sorted.sort(Comparator.comparingLong(place -> place.hash));
            for (Place place : sorted) {
                out.writeLong(place.hash);
            }
            for (Place place : sorted) {
                out.writeInt(place.block);
                out.writeInt(place.offset);
                out.writeInt(place.length);
            }
            return bytes.toByteArray();
        }
    }
}
