package dev.resilience.fallback;

import java.util.Arrays;

/**
 * Reads what {@link ByteWriter} wrote, from bytes that anybody may have made: every length is checked before anything is
 * allocated for it. Not thread-safe.
 */
final class ByteReader {

    /** The bytes are not what they should be. */
    static final class Malformed extends RuntimeException {

        private static final long serialVersionUID = 1L;

        Malformed(String what) {
            super(what, null, false, false);
        }
    }

    private final byte[] bytes;
    private int at;

    ByteReader(byte[] bytes) {
        this.bytes = bytes;
    }

    int remaining() {
        return bytes.length - at;
    }

    int octet() {
        need(1);
        return bytes[at++] & 0xFF;
    }

    long number() {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            int part = octet();
            value |= (long) (part & 0x7F) << shift;
            if ((part & 0x80) == 0) {
                return value;
            }
        }
        throw new Malformed("a number without end");
    }

    /** @throws Malformed when it is not between 0 and {@code most} */
    int count(int most) {
        long value = number();
        if (value < 0 || value > most) {
            throw new Malformed("a count of " + value + ", at most " + most);
        }
        return (int) value;
    }

    long signed() {
        long value = number();
        return (value >>> 1) ^ -(value & 1);
    }

    long fixed() {
        need(8);
        long value = 0;
        for (int i = 0; i < 8; i++) {
            value = value << 8 | (bytes[at++] & 0xFF);
        }
        return value;
    }

    String text() {
        int head = count(Integer.MAX_VALUE);
        int length = head >>> 1;
        boolean narrow = (head & 1) == 0;
        need(narrow ? length : 2L * length);
        char[] value = new char[length];
        for (int i = 0; i < length; i++) {
            int high = narrow ? 0 : bytes[at++] << 8;
            value[i] = (char) (high | (bytes[at++] & 0xFF));
        }
        return new String(value);
    }

    byte[] blob() {
        int length = count(remaining());
        return raw(length);
    }

    byte[] rest() {
        return raw(remaining());
    }

    private byte[] raw(int length) {
        need(length);
        byte[] value = Arrays.copyOfRange(bytes, at, at + length);
        at += length;
        return value;
    }

    private void need(long length) {
        if (length > remaining()) {
            throw new Malformed("cut off");
        }
    }
}
