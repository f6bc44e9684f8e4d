package dev.resilience.log;

import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The agent's own log: lines on standard error, never a logging framework, because the application's must not be touched
 * before it chose one. What is said about a cause is said once a minute at most, with the number left out since.
 * Thread-safe; never throws. Once {@link #writeOn} was called nobody is held by a standard error that nobody reads.
 */
public final class AgentLog {

    /** Nanoseconds before the same cause is told again. */
    private static final long QUIET_NANOS = 60_000_000_000L;

    /** More causes than this are no longer told apart, so that hostile input cannot fill the heap. */
    private static final int MOST_CAUSES = 1_000;

    private static final int MOST_TOLD = 50;

    /** Characters kept of a message. */
    private static final int LONGEST_KEPT = 1_000;

    private static final Map<String, Mention> MENTIONS = new ConcurrentHashMap<>();

    /** Between two looks whether all is written. */
    private static final long PAUSE_MILLIS = 5;

    private static final AtomicLong LEFT_OUT = new AtomicLong();

    private static volatile PrintStream out = System.err;

    /** Null: each writes what it says. */
    private static volatile @Nullable Writing writing;

    private AgentLog() {}

    /** Says that something worth knowing happened. */
    public static void info(String message) {
        print("INFO", message);
    }

    /** Warns, once per {@code cause} and minute. @return whether it was said now */
    public static boolean warn(String cause, String message) {
        Mention mention = mention(cause);
        String suffix = mention.speak(message, System.nanoTime());
        if (suffix != null) {
            print("WARN", message + suffix);
        }
        return suffix != null;
    }

    /** Warns of a failure of the agent's own, with its type and message; once per {@code cause} and minute. */
    public static void warn(String cause, String message, Throwable failure) {
        warn(cause, message + ": " + failure);
    }

    /** What has been warned of since the start, a cause once, the latest first; at most {@value #MOST_TOLD}. */
    public static List<Told> told() {
        List<Told> all = new ArrayList<>();
        MENTIONS.values().forEach(mention -> all.add(mention.told()));
        all.sort(Comparator.comparingLong(Told::lastMillis).reversed());
        return List.copyOf(all.subList(0, Math.min(MOST_TOLD, all.size())));
    }

    /** Warns of what happened once and is not said again. */
    public static void alert(String message) {
        print("WARN", message);
    }

    /** Says what keeps the agent from its work. */
    public static void error(String message) {
        print("ERROR", message);
    }

    /** Sends what is said from now on elsewhere, and gives back where it went before. */
    public static PrintStream redirect(PrintStream target) {
        PrintStream before = out;
        out = target;
        return before;
    }

    /**
     * Has lines written by another thread from now on: a pipe that nobody reads would otherwise hold the circuits' own, and those
     * of Redis, by the first line that it has no room for.
     *
     * @param executor writes one line after the other, and refuses more than it can keep; null: each writes what it says
     */
    public static void writeOn(@Nullable Executor executor) {
        writing = executor == null ? null : new Writing(executor, new AtomicInteger());
    }

    /** Waits until what was said is written, for as long as is given at most: the JVM ends. */
    public static void awaitWritten(Duration most) {
        Writing another = writing;
        long end = System.nanoTime() + most.toNanos();
        try {
            while (another != null && another.unwritten.get() > 0 && System.nanoTime() - end < 0) {
                Thread.sleep(PAUSE_MILLIS);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static Mention mention(String cause) {
        Mention known = MENTIONS.get(cause);
        if (known != null) {
            return known;
        }
        if (MENTIONS.size() >= MOST_CAUSES) {
            return Mention.OVERFLOW;
        }
        Mention fresh = new Mention();
        Mention raced = MENTIONS.putIfAbsent(cause, fresh);
        return raced == null ? fresh : raced;
    }

    private static void print(String level, String message) {
        String line = "[resilience] " + level + " " + message;
        Writing another = writing;
        if (another == null) {
            write(line);
            return;
        }
        another.unwritten.getAndIncrement();
        try {
            another.writer.execute(() -> {
                write(line);
                another.unwritten.decrementAndGet();
            });
        } catch (RejectedExecutionException full) {
            another.unwritten.decrementAndGet();
            LEFT_OUT.incrementAndGet();
        } catch (RuntimeException | Error noThread) {
            another.unwritten.decrementAndGet();
            write(line);
        }
    }

    private static void write(String line) {
        try {
            long before = LEFT_OUT.getAndSet(0);
            if (before > 0) {
                out.println("[resilience] WARN lines left out, because nobody read standard error: " + before);
            }
            out.println(line);
        } catch (RuntimeException | Error closed) {
            // Nobody is left to tell, and no thread of ours ends for it before the eyes of the application.
        }
    }

    /**
     * A warning that stands for its cause.
     *
     * @param message as it was said last
     * @param times how often there was cause to say it
     * @param lastMillis when there was last, Unix milliseconds
     */
    public record Told(String message, long times, long lastMillis) {}

    /**
     * Who writes.
     *
     * @param unwritten lines that the writer has been given and has not written
     */
    private record Writing(Executor writer, AtomicInteger unwritten) {}

    private static final class Mention {

        static final Mention OVERFLOW = new Mention();

        private String message = "";
        private long times;
        private long lastMillis;
        private boolean spoken;
        private long lastNanos;
        private long suppressed;

        /** The end of the line to print, or null to stay quiet. */
        synchronized @Nullable String speak(String said, long nowNanos) {
            message = said.length() <= LONGEST_KEPT ? said : said.substring(0, LONGEST_KEPT);
            times++;
            lastMillis = System.currentTimeMillis();
            if (spoken && nowNanos - lastNanos < QUIET_NANOS) {
                suppressed++;
                return null;
            }
            String suffix = suppressed == 0 ? "" : " (and " + suppressed + " more of these)";
            spoken = true;
            lastNanos = nowNanos;
            suppressed = 0;
            return suffix;
        }

        synchronized Told told() {
            return new Told(message, times, lastMillis);
        }
    }
}
