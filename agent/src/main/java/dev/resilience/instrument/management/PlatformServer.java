package dev.resilience.instrument.management;

import dev.resilience.instrument.RuleKind;
import dev.resilience.instrument.WeavePoint;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import javax.management.MBeanServer;
import org.jspecify.annotations.Nullable;

/**
 * The platform's MBean server, known from when somebody asks for it: the application, a JMX client that attaches, or the JVM
 * itself by {@code -Dcom.sun.management.jmxremote}. Nobody has it before who follows it was told. Thread-safe.
 */
public final class PlatformServer implements Consumer<Object> {

    /** The class that makes it. */
    public static final String MAKER = "java.lang.management.ManagementFactory";

    /** The JVM's: woven code announces it here. */
    public static final PlatformServer JVM = new PlatformServer();

    private @Nullable MBeanServer made;
    private @Nullable Consumer<MBeanServer> follower;

    PlatformServer() {}

    public static void addPoints(List<WeavePoint> points) {
        points.add(new WeavePoint(
                new WeavePoint.Named(Set.of(MAKER.replace('.', '/'))),
                "getPlatformMBeanServer",
                "()Ljavax/management/MBeanServer;",
                ServerAdvice.class,
                RuleKind.NONE,
                // Its advice asks no gate, which would ask no client.
                PlatformServer.class.getName()));
    }

    /**
     * @param told once, in the call that made the server, whose monitor the thread may hold: it must not ask for the server
     *     again on another thread. At once where the server is known
     */
    public void follow(Consumer<MBeanServer> told) {
        MBeanServer there;
        synchronized (this) {
            follower = told;
            there = made;
        }
        if (there != null) {
            told.accept(there);
        }
    }

    /** @param server as {@link dev.resilience.bootstrap.Bridge#managed} tells of it */
    @Override
    public void accept(Object server) {
        MBeanServer given = (MBeanServer) server;
        Consumer<MBeanServer> told;
        synchronized (this) {
            told = made == null ? follower : null;
            made = given;
        }
        if (told != null) {
            told.accept(given);
        }
    }
}
