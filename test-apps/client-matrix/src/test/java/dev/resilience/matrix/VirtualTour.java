package dev.resilience.matrix;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingStream;

/**
 * As {@link Tour}, and then a second time, every client on a virtual thread of its own and all at once, watched for pinned
 * carriers. The first time is for the classes: to load them pins, whoever does it. Needs JDK 21.
 */
final class VirtualTour {

    /** What a client's name ends in the second time. */
    static final String SECOND = "-again";

    private static final String APPLICATION = "dev.resilience.matrix.";

    private VirtualTour() {}

    /** Pins its thread for a moment, to show that it would be seen. */
    private static final class Pinning {
        static {
            try {
                Thread.sleep(50);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
        }

        static void now() {}
    }

    public static void main(String[] arguments) throws Exception {
        Map<String, HttpClientConformance> clients = Tour.clients();
        clients.forEach((name, client) -> Tour.visit(arguments[0], name, client));
        AtomicInteger seen = new AtomicInteger();
        AtomicInteger ours = new AtomicInteger();
        try (RecordingStream events = new RecordingStream()) {
            events.enable("jdk.VirtualThreadPinned")
                    .withThreshold(Duration.ZERO)
                    .withStackTrace();
            events.onEvent("jdk.VirtualThreadPinned", event -> {
                seen.incrementAndGet();
                if (ofTheAgent(event)) {
                    ours.incrementAndGet();
                    System.out.println(event);
                }
            });
            events.startAsync();
            onVirtualThread(Pinning::now).join();
            Map<String, Thread> threads = new LinkedHashMap<>();
            clients.forEach((name, client) ->
                    threads.put(name, onVirtualThread(() -> Tour.visit(arguments[0], name + SECOND, client))));
            for (Thread thread : new ArrayList<>(threads.values())) {
                thread.join();
            }
            // Ends only when all that was recorded has been handed over.
            RecordingStream.class.getMethod("stop").invoke(events);
        }
        System.out.println("pinned at all: " + (seen.get() > 0) + ", by the agent: " + ours);
        System.exit(0);
    }

    private static boolean ofTheAgent(RecordedEvent event) {
        return event.getStackTrace() != null
                && event.getStackTrace().getFrames().stream()
                        .map(frame -> frame.getMethod().getType().getName())
                        .anyMatch(type -> type.startsWith("dev.resilience.") && !type.startsWith(APPLICATION));
    }

    /** The tests are compiled for a Java that has none. */
    private static Thread onVirtualThread(Runnable work) {
        try {
            return (Thread)
                    Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, work);
        } catch (ReflectiveOperationException old) {
            throw new IllegalStateException(old);
        }
    }

    /** JDKs beside the one that runs, by what their {@code release} file says. */
    static boolean suits(List<String> release) {
        return release.stream()
                .filter(line -> line.startsWith("JAVA_VERSION=\""))
                .map(line -> line.substring("JAVA_VERSION=\"".length()).split("\\D")[0])
                .anyMatch(version -> Integer.parseInt(version) >= 25);
    }
}
