package dev.resilience.launch;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
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

    /** As long as most blocks are at most. */
    private static final int USUAL_BYTES = 64 * 1024;

    /** An inflated block. Its array is used again for others, for a start inflates hundreds of them. */
    private static final class Block {

        byte[] bytes = new byte[USUAL_BYTES];
        int number = -1;

        /** Of those found in it, how many are still read. */
        int readers;
    }

    /** Where a class is. To be closed when it was read. */
    static final class Found implements AutoCloseable {

        private final Pack pack;
        private final Block block;
        final int offset;
        final int length;

        private Found(Pack pack, Block block, int offset, int length) {
            this.pack = pack;
            this.block = block;
            this.offset = offset;
            this.length = length;
        }

        byte[] bytes() {
            return block.bytes;
        }

        @Override
        public void close() {
            synchronized (pack) {
                block.readers--;
            }
        }
    }

    private final JarFile jar;
    private final ZipEntry blocks;
    private final ByteBuffer index;
    private final int hashes;
    private final int classes;
    private final int count;
    private final List<Block> kept = new ArrayList<>();
    private byte[] packed = new byte[USUAL_BYTES / 2];

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
                return read(index.getInt(entry), index.getInt(entry + 4), index.getInt(entry + 8));
            }
        }
        return null;
    }

    private synchronized Found read(int number, int offset, int length) throws IOException {
        Block block = take(number);
        kept.add(0, block);
        if (block.number != number) {
            // Until it is whole, it is no block at all.
            block.number = -1;
            inflate(number, block);
            block.number = number;
        }
        block.readers++;
        return new Found(this, block, offset, length);
    }

    /** The block of that number, else the one that is longest out of use; out of the list. */
    private Block take(int number) {
        int unread = -1;
        for (int i = 0; i < kept.size(); i++) {
            if (kept.get(i).number == number) {
                return kept.remove(i);
            }
            if (kept.get(i).readers == 0) {
                unread = i;
            }
        }
        // While a class is defined, so are those that it extends, one inside the other: all of them are being read.
        return kept.size() < KEPT || unread < 0 ? new Block() : kept.remove(unread);
    }

    private void inflate(int number, Block block) throws IOException {
        int entry = HEADER + number * ENTRY;
        int length = index.getInt(entry + 4);
        int full = index.getInt(entry + 8);
        if (packed.length < length) {
            packed = new byte[length];
        }
        if (block.bytes.length < full) {
            block.bytes = new byte[full];
        }
        try (InputStream in = jar.getInputStream(blocks)) {
            in.skipNBytes(index.getInt(entry));
            if (in.readNBytes(packed, 0, length) < length) {
                throw new IOException(BLOCKS + " ends too soon in " + jar.getName());
            }
        }
        Inflater inflater = new Inflater(true);
        try {
            inflater.setInput(packed, 0, length);
            if (inflater.inflate(block.bytes, 0, full) != full) {
                throw new IOException("block " + number + " of " + BLOCKS + " is cut short in " + jar.getName());
            }
        } catch (DataFormatException broken) {
            throw new IOException("block " + number + " of " + BLOCKS + " is broken in " + jar.getName(), broken);
        } finally {
            inflater.end();
        }
    }
}
