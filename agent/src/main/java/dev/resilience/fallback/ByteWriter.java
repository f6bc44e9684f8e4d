package dev.resilience.fallback;

import java.nio.ByteBuffer;
import java.util.Arrays;
import javax.crypto.Mac;

/** Puts values one after the other into one growing array, in the form that {@link ByteReader} reads. Not thread-safe. */
final class ByteWriter {

    private byte[] bytes;
    private int size;

    /** @param expected bytes; when met, nothing is copied twice */
    ByteWriter(int expected) {
        bytes = new byte[Math.max(16, expected)];
    }

    int size() {
        return size;
    }

    void octet(int value) {
        room(1);
        bytes[size++] = (byte) value;
    }

    /** Unsigned, seven bits a byte, the lowest first. */
    void number(long value) {
        room(10);
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            bytes[size++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[size++] = (byte) rest;
    }

    /** Signed: small magnitudes are short. */
    void signed(long value) {
        number((value << 1) ^ (value >> 63));
    }

    void fixed(long value) {
        room(8);
        for (int shift = 56; shift >= 0; shift -= 8) {
            bytes[size++] = (byte) (value >>> shift);
        }
    }

    /** One byte a character where all are ASCII, else two: exact also for halves of characters, which no charset keeps. */
    void text(String value) {
        boolean narrow = isAscii(value);
        number((long) value.length() << 1 | (narrow ? 0 : 1));
        room(narrow ? value.length() : 2 * value.length());
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (!narrow) {
                bytes[size++] = (byte) (c >>> 8);
            }
            bytes[size++] = (byte) c;
        }
    }

    void blob(byte[] value) {
        number(value.length);
        raw(value, 0, value.length);
    }

    void raw(byte[] from, int offset, int length) {
        room(length);
        System.arraycopy(from, offset, bytes, size, length);
        size += length;
    }

    /** Copies what remains, and leaves the buffer's position as it was. */
    void raw(ByteBuffer from) {
        int length = from.remaining();
        room(length);
        from.get(from.position(), bytes, size, length);
        size += length;
    }

    /** Copies what another wrote from there on. */
    void rest(ByteWriter of, int from) {
        raw(of.bytes, from, of.size - from);
    }

    /** Forgets what was written, also where it lies in memory. */
    void wipe() {
        Arrays.fill(bytes, 0, size, (byte) 0);
        size = 0;
    }

    void into(Mac mac) {
        mac.update(bytes, 0, size);
    }

    byte[] toBytes() {
        return size == bytes.length ? bytes : Arrays.copyOf(bytes, size);
    }

    private static boolean isAscii(String value) {
        for (int i = 0; i < value.length(); i++) {
            if (value.charAt(i) > 0x7F) {
                return false;
            }
        }
        return true;
    }

    private void room(int more) {
        if (bytes.length - size < more) {
            bytes = Arrays.copyOf(bytes, Math.max(size + more, bytes.length * 2));
        }
    }
}
