package dev.resilience.launch;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.jar.JarFile;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import java.util.zip.ZipEntry;

/**
 * All classes of the agent and its libraries in one entry of the jar. A jar of twelve thousand entries is indexed name by name
 * each time it is opened, before {@code main}; here classes are found by a hash in a table that is used as it was read, and
 * come from blocks that are inflated once for their dozen of neighbours. Thread-safe.
 *
 * <p>The index, in big-endian numbers: the count of blocks, the count of classes; of each block its place in {@link #BLOCKS},
 * its packed and its full length (three ints); the hashes of all classes in ascending order (longs); of each class, in the
 * same order, its block, its place there and its length (three ints).
 */
public final class Pack {

    /** Entry of the index. */
    public static final String INDEX = "r/classes.index";

    /** Entry of the blocks, stored: each is deflated by itself. */
    public static final String BLOCKS = "r/classes";

    private static final int HEADER = 8;
    private static final int ENTRY = 12;

    /** Blocks that are kept inflated, the last used first: a class and what it extends are seldom of one. */
    private static final int KEPT = 8;

    /** Where a class is. */
    static final class Found {

        final byte[] block;
        final int offset;
        final int length;

        Found(byte[] block, int offset, int length) {
            this.block = block;
            this.offset = offset;
            this.length = length;
        }
    }

    private final JarFile jar;
    private final ZipEntry blocks;
    private final ByteBuffer index;
    private final int hashes;
    private final int classes;
    private final int count;
    private final int[] keptBlock = new int[KEPT];
    private final byte[][] kept = new byte[KEPT][];

    private Pack(JarFile jar, ZipEntry blocks, byte[] table) {
        this.jar = jar;
        this.blocks = blocks;
        index = ByteBuffer.wrap(table);
        count = index.getInt(4);
        hashes = HEADER + index.getInt(0) * ENTRY;
        classes = hashes + count * Long.BYTES;
    }

    /** The pack inside a jar, or null where there is none. */
    static Pack of(JarFile jar) throws IOException {
        ZipEntry index = jar.getEntry(INDEX);
        ZipEntry blocks = jar.getEntry(BLOCKS);
        if (index == null || blocks == null) {
            return null;
        }
        try (InputStream in = jar.getInputStream(index)) {
            return new Pack(jar, blocks, in.readNBytes((int) index.getSize()));
        }
    }

    /**
     * What a class is found by.
     *
     * @param name with dots or slashes
     * @param length of the name itself, without an ending such as {@code .class}
     */
    public static long hash(String name, int length) {
        // FNV-1a: the builder of a pack sees that no two of its classes share one.
        long hash = 0xcbf29ce484222325L;
        for (int i = 0; i < length; i++) {
            char c = name.charAt(i);
            hash = (hash ^ (c == '.' ? '/' : c)) * 0x100000001b3L;
        }
        return hash;
    }

    /** The class of this hash, or null. */
    Found find(long hash) throws IOException {
        int low = 0;
        int high = count - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            long there = index.getLong(hashes + middle * Long.BYTES);
            if (there < hash) {
                low = middle + 1;
            } else if (there > hash) {
                high = middle - 1;
            } else {
                int entry = classes + middle * ENTRY;
                return new Found(block(index.getInt(entry)), index.getInt(entry + 4), index.getInt(entry + 8));
            }
        }
        return null;
    }

    private synchronized byte[] block(int number) throws IOException {
        int place = 0;
        while (place < KEPT - 1 && kept[place] != null && keptBlock[place] != number) {
            place++;
        }
        byte[] block = kept[place] != null && keptBlock[place] == number ? kept[place] : inflate(number);
        System.arraycopy(kept, 0, kept, 1, place);
        System.arraycopy(keptBlock, 0, keptBlock, 1, place);
        kept[0] = block;
        keptBlock[0] = number;
        return block;
    }

    private byte[] inflate(int number) throws IOException {
        int entry = HEADER + number * ENTRY;
        byte[] packed;
        try (InputStream in = jar.getInputStream(blocks)) {
            in.skipNBytes(index.getInt(entry));
            packed = in.readNBytes(index.getInt(entry + 4));
        }
        byte[] block = new byte[index.getInt(entry + 8)];
        Inflater inflater = new Inflater(true);
        try {
            inflater.setInput(packed);
            if (inflater.inflate(block) != block.length) {
                throw new IOException("block " + number + " of " + BLOCKS + " is cut short in " + jar.getName());
            }
            return block;
        } catch (DataFormatException broken) {
            throw new IOException("block " + number + " of " + BLOCKS + " is broken in " + jar.getName(), broken);
        } finally {
            inflater.end();
        }
    }
}
