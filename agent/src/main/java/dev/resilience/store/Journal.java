package dev.resilience.store;

import dev.resilience.log.AgentLog;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Named values in one file that survives the end of the JVM and of the machine: changes are appended, and are durable when
 * {@link #force} has returned. Values stay on disk, only their places are in memory. Used by one thread at a time.
 *
 * <p>The file: {@code RJ1\n}, then records of length, CRC-32C and content (4 bytes, 4 bytes, length bytes). A content is a
 * kind (1 a value, 2 a removal), the length of a name (2 bytes), the name, and the value. An empty value under {@code +name}
 * is a mark on the value of that name; it goes with it. What follows the last whole record
 * was being written when the JVM or the machine ended, and nobody was told that it was durable; it is cut off. When most of
 * the file is of the past it is written anew beside and takes the old one's place in one step. Who has it open holds a lock
 * on a file of the same name with {@code .lock}; the system releases it when the process ends, however that happens.
 */
final class Journal implements Closeable {

    static final String SUFFIX = ".journal";

    /** Larger than any record of ours; a larger length is damage. */
    static final int MOST_BYTES = 8 << 20;

    private static final byte[] HEADER = "RJ1\n".getBytes(StandardCharsets.US_ASCII);
    private static final int RECORD_HEAD = 8;
    private static final byte[] EMPTY = {};
    private static final String MARK = "+";
    private static final int VALUE = 1;
    private static final int REMOVAL = 2;
    private static final long COMPACT_FROM = 1 << 20;

    /**
     * What this JVM has open. To close a file ends all locks that the process has on it (POSIX), so a lock file must not even
     * be looked at again.
     */
    private static final Set<Path> OPEN_HERE = ConcurrentHashMap.newKeySet();

    private record Where(long offset, int length, boolean marked) {}

    private final Path file;
    private final FileChannel lockFile;
    private final Map<String, Where> places = new TreeMap<>();
    private FileChannel channel;
    private long end;
    private long live;

    private Journal(Path file, FileChannel lockFile) throws IOException {
        this.file = file;
        this.lockFile = lockFile;
        this.channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            OwnerOnly.file(file);
            replay();
        } catch (IOException | RuntimeException failure) {
            channel.close();
            throw failure;
        }
    }

    /**
     * Opens the file, or makes it.
     *
     * @return null when somebody else has it open
     */
    static @Nullable Journal open(Path file) throws IOException {
        Path name = file.toAbsolutePath().normalize();
        if (!OPEN_HERE.add(name)) {
            return null;
        }
        Journal opened = null;
        try {
            opened = locked(name);
            return opened;
        } finally {
            if (opened == null) {
                OPEN_HERE.remove(name);
            }
        }
    }

    private static @Nullable Journal locked(Path file) throws IOException {
        FileChannel lockFile = FileChannel.open(
                lockFile(file), StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.READ);
        boolean ours = false;
        Journal opened = null;
        try {
            ours = lockFile.tryLock() != null;
            opened = ours ? new Journal(file, lockFile) : null;
            return opened;
        } finally {
            if (opened == null) {
                if (ours) {
                    removeBegun(file);
                }
                lockFile.close();
            }
        }
    }

    /** On a full disk each attempt would leave one more file behind that nothing was ever written to. */
    private static void removeBegun(Path file) throws IOException {
        if (Files.exists(file) && Files.size(file) < HEADER.length) {
            Files.delete(file);
            Files.deleteIfExists(lockFile(file));
        }
    }

    Iterable<String> names() {
        return new ArrayList<>(places.keySet());
    }

    int size() {
        return places.size();
    }

    byte @Nullable [] read(String name) throws IOException {
        Where where = places.get(name);
        if (where == null) {
            return null;
        }
        ByteBuffer value = ByteBuffer.allocate(where.length());
        readFully(channel, value, where.offset());
        return value.array();
    }

    /** Durable after the next {@link #force}. */
    void put(String name, byte[] value) throws IOException {
        byte[] nameBytes = utf8(name);
        long at = append(VALUE, nameBytes, value);
        place(name, new Where(at + RECORD_HEAD + 3 + nameBytes.length, value.length, false));
    }

    /** Notes one thing about a value, for as long as it is not put anew. Durable after the next {@link #force}. */
    void mark(String name) throws IOException {
        Where where = places.get(name);
        if (where != null && !where.marked()) {
            append(VALUE, utf8(MARK + name), EMPTY);
            place(name, new Where(where.offset(), where.length(), true));
        }
    }

    boolean marked(String name) {
        Where where = places.get(name);
        return where != null && where.marked();
    }

    /** Durable after the next {@link #force}. */
    void remove(String name) throws IOException {
        Where before = places.remove(name);
        if (before != null) {
            append(REMOVAL, utf8(name), EMPTY);
            live -= liveLength(name, before);
        }
    }

    /** Returns when all changes so far are on the disk. */
    void force() throws IOException {
        channel.force(false);
        tidy();
    }

    /** Makes the file smaller where it may be. What was changed outlives this JVM, not yet the machine. */
    void tidy() throws IOException {
        if (end > COMPACT_FROM && live < end / 2) {
            compact();
        }
    }

    @Override
    public void close() throws IOException {
        try {
            channel.close();
        } finally {
            // Closing it releases the lock, and closing again does nothing.
            lockFile.close();
            OPEN_HERE.remove(file);
        }
    }

    /** Closes the file and removes it. */
    void delete() throws IOException {
        channel.close();
        Files.deleteIfExists(file);
        Files.deleteIfExists(lockFile(file));
        close();
    }

    private void replay() throws IOException {
        long size = channel.size();
        if (size < HEADER.length) {
            channel.truncate(0);
            channel.write(ByteBuffer.wrap(HEADER), 0);
            channel.force(true);
            forceDirectory(file);
            end = HEADER.length;
            live = end;
            return;
        }
        ByteBuffer header = ByteBuffer.allocate(HEADER.length);
        readFully(channel, header, 0);
        if (!java.util.Arrays.equals(header.array(), HEADER)) {
            throw new IOException(file + " is no journal of this version");
        }
        end = HEADER.length;
        live = end;
        while (end + RECORD_HEAD <= size && replayOne(size)) {
            // One record further.
        }
        if (end < size) {
            long lost = size - end;
            AgentLog.warn("journal", file + ": the last " + lost + " bytes were never finished and are cut off");
            Path saved = file.resolveSibling(file.getFileName() + ".cut");
            if (lost > MOST_BYTES) {
                // More than one unfinished record: a damaged disk, and somebody may want to have a look.
                Files.copy(file, saved, StandardCopyOption.REPLACE_EXISTING);
            }
            channel.truncate(end);
            channel.force(true);
        }
    }

    private boolean replayOne(long size) throws IOException {
        ByteBuffer head = ByteBuffer.allocate(RECORD_HEAD);
        readFully(channel, head, end);
        int length = head.getInt(0);
        if (length < 3 || length > MOST_BYTES || end + RECORD_HEAD + length > size) {
            return false;
        }
        ByteBuffer content = ByteBuffer.allocate(length);
        readFully(channel, content, end + RECORD_HEAD);
        content.flip();
        if (checksum(content) != head.getInt(4)) {
            return false;
        }
        int kind = content.get(0);
        int nameLength = content.getShort(1) & 0xFFFF;
        if (3 + nameLength > length) {
            return false;
        }
        String name = new String(content.array(), 3, nameLength, StandardCharsets.UTF_8);
        int valueLength = length - 3 - nameLength;
        if (kind == VALUE && valueLength == 0 && name.startsWith(MARK)) {
            String marked = name.substring(MARK.length());
            Where where = places.get(marked);
            if (where != null) {
                place(marked, new Where(where.offset(), where.length(), true));
            }
        } else if (kind == VALUE) {
            place(name, new Where(end + RECORD_HEAD + 3 + nameLength, valueLength, false));
        } else {
            Where before = places.remove(name);
            live -= before == null ? 0 : liveLength(name, before);
        }
        end += RECORD_HEAD + length;
        return true;
    }

    private void place(String name, Where where) {
        Where before = places.put(name, where);
        live += liveLength(name, where) - (before == null ? 0 : liveLength(name, before));
    }

    /** @return where the record begins */
    private long append(int kind, byte[] name, byte[] value) throws IOException {
        return append(channel, end, kind, name, value);
    }

    private long append(FileChannel to, long at, int kind, byte[] name, byte[] value) throws IOException {
        int length = 3 + name.length + value.length;
        if (length > MOST_BYTES || name.length > 0xFFFF) {
            throw new IOException("a record of " + length + " bytes");
        }
        ByteBuffer record = ByteBuffer.allocate(RECORD_HEAD + length);
        record.position(RECORD_HEAD);
        record.put((byte) kind).putShort((short) name.length).put(name).put(value);
        record.flip();
        record.putInt(0, length);
        record.putInt(4, checksum(record.duplicate().position(RECORD_HEAD)));
        long position = at;
        while (record.hasRemaining()) {
            // After a failed write the next one begins at the same place.
            position += to.write(record, position);
        }
        if (to == channel) {
            end = position;
        }
        return at;
    }

    private void compact() throws IOException {
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        List<String> names = new ArrayList<>(places.keySet());
        Map<String, Where> moved = new TreeMap<>();
        FileChannel target = FileChannel.open(
                fresh,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE);
        long at = HEADER.length;
        try {
            OwnerOnly.file(fresh);
            target.write(ByteBuffer.wrap(HEADER), 0);
            for (String name : names) {
                byte[] nameBytes = utf8(name);
                byte[] value = read(name);
                if (value != null) {
                    boolean marked = marked(name);
                    append(target, at, VALUE, nameBytes, value);
                    moved.put(name, new Where(at + RECORD_HEAD + 3 + nameBytes.length, value.length, marked));
                    at += recordLength(nameBytes.length, value.length);
                    if (marked) {
                        append(target, at, VALUE, utf8(MARK + name), EMPTY);
                        at += recordLength(nameBytes.length + MARK.length(), 0);
                    }
                }
            }
            target.force(true);
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException | RuntimeException failure) {
            target.close();
            throw failure;
        }
        forceDirectory(file);
        channel.close();
        channel = target;
        places.clear();
        places.putAll(moved);
        end = at;
        live = at;
    }

    private static Path lockFile(Path file) {
        return file.resolveSibling(file.getFileName() + ".lock");
    }

    private static long recordLength(int name, int value) {
        return RECORD_HEAD + 3L + name + value;
    }

    private static long liveLength(String name, Where where) {
        int nameLength = utf8(name).length;
        long mark = where.marked() ? recordLength(nameLength + MARK.length(), 0) : 0;
        return recordLength(nameLength, where.length()) + mark;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static int checksum(ByteBuffer content) {
        CRC32C crc = new CRC32C();
        crc.update(content.duplicate());
        return (int) crc.getValue();
    }

    private static void readFully(FileChannel from, ByteBuffer into, long offset) throws IOException {
        long at = offset;
        while (into.hasRemaining()) {
            int read = from.read(into, at);
            if (read < 0) {
                throw new IOException("the file ends at " + at);
            }
            at += read;
        }
    }

    /** A new name is durable only when its directory is. */
    private static void forceDirectory(Path file) {
        Path parent = file.toAbsolutePath().getParent();
        try (FileChannel directory = FileChannel.open(parent, StandardOpenOption.READ)) {
            directory.force(true);
        } catch (IOException | RuntimeException notPossibleHere) {
            // Windows opens no directories, and makes names durable by itself.
        }
    }
}
