package dev.resilience.instrument;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * Tells in one pass over a class file's constants, without an object made, whether the class can declare or call a method of
 * one of some names, and names a type of some package at all. It asks no question of the class's ancestors, whose files would have to be found and read: the few
 * classes that pass are looked at properly afterwards. Layout: Java Virtual Machine Specification, 4.1 and 4.4. Immutable.
 */
final class MethodScan {

    private static final int CONSTANT_COUNT = 8;
    private static final int UTF8 = 1;
    private static final int LONG = 5;
    private static final int DOUBLE = 6;
    private static final int CLASS = 7;
    private static final int STRING = 8;
    private static final int METHOD_HANDLE = 15;
    private static final int METHOD_TYPE = 16;
    private static final int MODULE = 19;
    private static final int PACKAGE = 20;

    /** The names, by their length in bytes. */
    private final byte[][][] byLength;

    /** How a constant begins that the class must have, too. */
    private final byte[] mention;

    /** @param mention beginning of a type's internal name; empty when none is asked for */
    MethodScan(List<String> methods, String mention) {
        this.mention = mention.getBytes(StandardCharsets.US_ASCII);
        int longest = 0;
        for (String method : methods) {
            longest = Math.max(longest, method.length());
        }
        byLength = new byte[longest + 1][][];
        for (String method : methods) {
            byte[] name = method.getBytes(StandardCharsets.US_ASCII);
            byte[][] before = byLength[name.length];
            byte[][] names = before == null ? new byte[1][] : Arrays.copyOf(before, before.length + 1);
            names[names.length - 1] = name;
            byLength[name.length] = names;
        }
    }

    /** Whether one of the names and the mention are among the constants. Gives false for what is no class file. */
    boolean declaresAny(byte[] classFile) {
        try {
            boolean named = false;
            boolean mentioned = mention.length == 0;
            int count = unsignedShort(classFile, CONSTANT_COUNT);
            int at = CONSTANT_COUNT + 2;
            for (int constant = 1; constant < count; constant++) {
                switch (classFile[at]) {
                    case UTF8 -> {
                        int length = unsignedShort(classFile, at + 1);
                        if (!named && isOneOf(classFile, at + 3, length)) {
                            named = true;
                        } else if (!mentioned && isMention(classFile, at + 3, length)) {
                            mentioned = true;
                        }
                        if (named && mentioned) {
                            return true;
                        }
                        at += 3 + length;
                    }
                    case LONG, DOUBLE -> {
                        // These two take up two numbers.
                        at += 9;
                        constant++;
                    }
                    case CLASS, STRING, METHOD_TYPE, MODULE, PACKAGE -> at += 3;
                    case METHOD_HANDLE -> at += 4;
                    default -> at += 5;
                }
            }
            return false;
        } catch (ArrayIndexOutOfBoundsException truncated) {
            return false;
        }
    }

    private boolean isOneOf(byte[] classFile, int from, int length) {
        if (length >= byLength.length || byLength[length] == null) {
            return false;
        }
        for (byte[] name : byLength[length]) {
            if (Arrays.equals(name, 0, length, classFile, from, from + length)) {
                return true;
            }
        }
        return false;
    }

    private boolean isMention(byte[] classFile, int from, int length) {
        if (length < mention.length || classFile[from] != mention[0]) {
            return false;
        }
        return Arrays.equals(mention, 0, mention.length, classFile, from, from + mention.length);
    }

    private static int unsignedShort(byte[] classFile, int at) {
        return (classFile[at] & 0xFF) << 8 | classFile[at + 1] & 0xFF;
    }
}
