package dev.resilience.matrix;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;
import org.awaitility.Awaitility;

/**
 * The application of {@link ClientFigures}: one client's calls, one after the other, and what each took. Where the agent's
 * configuration is given, a rule for the calls comes and goes.
 */
final class ClientFiguresCalls {

    /** The names of the lines printed: what a call took, and what a rule added to that. */
    static final String CALLS = "calls";

    static final String ADDED = "added";

    /** A host that nobody calls. */
    static final String ELSEWHERE = "elsewhere.example";

    private static final long SLICE_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    /** After a change of rules. */
    private static final long SETTLING_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private static final ObjectName AGENT = agent();

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private ClientFiguresCalls() {}

    /** Arguments: the client's name, the address, the numbers of slices to warm up and to measure, the configuration or nothing. */
    public static void main(String[] arguments) throws Exception {
        HttpClientConformance client = Tour.makers().get(arguments[0]).get();
        Outgoing request = Outgoing.get(URI.create(arguments[1]));
        int warmUp = Integer.parseInt(arguments[2]);
        int slices = Integer.parseInt(arguments[3]);
        Path config = arguments.length > 4 ? Path.of(arguments[4]) : null;
        if (config != null) {
            // On one core it may be registered long after main began.
            Awaitility.await()
                    .atMost(Duration.ofMinutes(1))
                    .until(() -> ManagementFactory.getPlatformMBeanServer().isRegistered(AGENT));
        }
        List<ClientFigures.Figures> without = new ArrayList<>();
        List<ClientFigures.Figures> added = new ArrayList<>();
        for (int i = 0; i < warmUp + slices; i++) {
            boolean counts = i >= warmUp;
            if (config == null) {
                ClientFigures.Figures slice = slice(client, request, SLICE_NANOS);
                if (counts) {
                    without.add(slice);
                }
                continue;
            }
            ClientFigures.Figures none = slice(client, request, config, ELSEWHERE);
            ClientFigures.Figures rule =
                    slice(client, request, config, request.uri().getHost());
            if (counts) {
                without.add(none);
                added.add(rule.less(none));
            }
        }
        System.out.println(ClientFigures.Figures.undisturbed(without).line(CALLS));
        if (!added.isEmpty()) {
            System.out.println(ClientFigures.Figures.median(added).line(ADDED));
        }
        System.exit(0);
    }

    private static ObjectName agent() {
        try {
            return new ObjectName("dev.resilience:type=Agent");
        } catch (MalformedObjectNameException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** One rule, for all calls to the host. */
    static Path write(Path config, String host) throws IOException {
        return Files.writeString(config, """
                application: figures
                admin: {enabled: false}
                services:
                  dependency:
                    endpoints:
                      - name: all
                        http: {host: "%s"}
                """.formatted(host));
    }

    /** With a rule for that host alone. */
    private static ClientFigures.Figures slice(HttpClientConformance client, Outgoing request, Path config, String host)
            throws Exception {
        write(config, host);
        ManagementFactory.getPlatformMBeanServer().invoke(AGENT, "reload", new Object[0], new String[0]);
        slice(client, request, SETTLING_NANOS);
        return slice(client, request, SLICE_NANOS);
    }

    private static ClientFigures.Figures slice(HttpClientConformance client, Outgoing request, long nanos)
            throws Exception {
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
        } while (took < nanos);
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
