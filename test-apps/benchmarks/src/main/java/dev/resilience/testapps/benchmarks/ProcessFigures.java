package dev.resilience.testapps.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * What Linux knows of a process at one moment.
 *
 * @param cpuNanos processor time spent so far, by the threads that are alive and those that have ended
 * @param residentBytes memory in use
 * @param ofAgent threads that the agent names as its own
 */
record ProcessFigures(long cpuNanos, long residentBytes, int threads, int ofAgent) {

    private static final long TICK_NANOS = 10_000_000;

    static ProcessFigures of(long pid) {
        Path process = Path.of("/proc", Long.toString(pid));
        try {
            int threads = 0;
            int ofAgent = 0;
            try (DirectoryStream<Path> tasks = Files.newDirectoryStream(process.resolve("task"))) {
                for (Path task : tasks) {
                    threads++;
                    ofAgent += name(task).startsWith("resilience") ? 1 : 0;
                }
            }
            return new ProcessFigures(cpuNanos(process), residentBytes(process), threads, ofAgent);
        } catch (IOException gone) {
            throw new UncheckedIOException("process " + pid + " is gone", gone);
        }
    }

    private static String name(Path task) throws IOException {
        try {
            return Files.readString(task.resolve("comm"));
        } catch (NoSuchFileException ended) {
            return "";
        }
    }

    private static long residentBytes(Path process) throws IOException {
        for (String line : Files.readAllLines(process.resolve("status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
            }
        }
        throw new IOException("no VmRSS");
    }

    private static long cpuNanos(Path process) throws IOException {
        String stat = Files.readString(process.resolve("stat"));
        // The second field is the program's name in parentheses and may hold anything.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) * TICK_NANOS;
    }
}
