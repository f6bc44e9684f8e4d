package dev.resilience.matrix;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** The application of {@link ClientFigures}: one client's calls, one after the other, and what each took. */
final class ClientFiguresCalls {

    static final String RESULT = "figures ";

    private static final long SLICE_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private ClientFiguresCalls() {}

    /** Arguments: the client's name, the address, the numbers of slices to warm up and to measure. */
    public static void main(String[] arguments) throws Exception {
        HttpClientConformance client = Tour.makers().get(arguments[0]).get();
        Outgoing request = Outgoing.get(URI.create(arguments[1]));
        for (int i = 0; i < Integer.parseInt(arguments[2]); i++) {
            slice(client, request);
        }
        ClientFigures.Figures[] slices = new ClientFigures.Figures[Integer.parseInt(arguments[3])];
        for (int i = 0; i < slices.length; i++) {
            slices[i] = slice(client, request);
        }
        ClientFigures.Figures figures = ClientFigures.Figures.undisturbed(Arrays.asList(slices));
        System.out.printf(
                Locale.ROOT, RESULT + "%.3f %.3f %.1f%n", figures.cpuMicros(), figures.wallMicros(), figures.bytes());
        System.exit(0);
    }

    private static ClientFigures.Figures slice(HttpClientConformance client, Outgoing request) throws Exception {
        long bytes = allocated();
        long cpu = SYSTEM.getProcessCpuTime();
        long begin = System.nanoTime();
        long calls = 0;
        long took;
        do {
            Reply reply = client.exchange(request);
            if (reply.status() != 200) {
                throw new IllegalStateException("answered " + reply.status());
            }
            calls++;
            took = System.nanoTime() - begin;
        } while (took < SLICE_NANOS);
        double spent = SYSTEM.getProcessCpuTime() - cpu;
        return new ClientFigures.Figures(
                spent / calls / 1e3, (double) took / calls / 1e3, (double) (allocated() - bytes) / calls);
    }

    /** By the threads that live. */
    private static long allocated() {
        long sum = 0;
        for (long bytes : THREADS.getThreadAllocatedBytes(THREADS.getAllThreadIds())) {
            sum += Math.max(bytes, 0);
        }
        return sum;
    }
}
