package dev.resilience.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Whether a process takes the signal by which the attach API wakes a JVM, in older JDKs (17) without looking: it ends every
 * process that does not. Linux tells by the mask of caught signals, proc(5); of other systems nothing is known.
 */
final class QuitSignal {

    private static final String MASK = "SigCgt:";

    /** Signal 3. */
    private static final long QUIT = 1L << 2;

    private QuitSignal() {}

    /** @return false only where it is known that the process would end */
    static boolean isTakenBy(String pid) {
        try {
            for (String line : Files.readAllLines(Path.of("/proc", pid, "status"), StandardCharsets.ISO_8859_1)) {
                if (line.startsWith(MASK)) {
                    return (Long.parseUnsignedLong(line.substring(MASK.length()).strip(), 16) & QUIT) != 0;
                }
            }
        } catch (IOException | RuntimeException untold) {
            // No such process, or none that is shown: the attach API says so itself.
        }
        return true;
    }
}
