package dev.resilience.testapps.demo;

import dev.resilience.testapps.harness.Jmx;
import dev.resilience.testapps.harness.JvmUnderTest;
import dev.resilience.testapps.harness.Pause;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Three instances of the booking application, each a JVM of its own, with the agent or without. */
final class Fleet implements AutoCloseable {

    static final int SIZE = 3;

    private static final long ADMIN_PATIENCE_NANOS = 20_000_000_000L;

    private final List<JvmUnderTest> instances = new ArrayList<>();
    private final List<URI> doors = new ArrayList<>();
    private final boolean watched;

    private Fleet(boolean watched) {
        this.watched = watched;
    }

    /** @param agent the jar and its configuration, or nothing */
    static Fleet start(Surroundings surroundings, Path bookingJar, Optional<Agent> agent, Closing closing) {
        Fleet fleet = closing.add(new Fleet(agent.isPresent()));
        for (int i = 0; i < SIZE; i++) {
            JvmUnderTest.Command command = JvmUnderTest.command()
                    .jvm("-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
                    .in(surroundings.directory())
                    .environment("PORT", "0")
                    .environment("CALCOM_URL", surroundings.calCom().url().toString())
                    .environment("JDBC_URL", surroundings.postgres().jdbcUrl("booking"))
                    .environment("JDBC_USER", surroundings.postgres().user());
            agent.ifPresent(jar -> command.agent(jar.jar(), jar.config())
                    .environment("DEMO_REDIS", surroundings.redis().url())
                    .environment(
                            "DEMO_CALCOM_PORT",
                            Integer.toString(surroundings.calCom().port())));
            fleet.instances.add(command.jar(bookingJar));
        }
        for (JvmUnderTest instance : fleet.instances) {
            String line = instance.awaitOut("booking listens on ");
            fleet.doors.add(URI.create(line.substring(line.indexOf("http://"))));
        }
        return fleet;
    }

    List<JvmUnderTest> instances() {
        return instances;
    }

    /** Whether agents run in it, whose circuits can be followed. */
    boolean watched() {
        return watched;
    }

    /** Where each instance takes requests. */
    List<URI> doors() {
        return doors;
    }

    List<Long> pids() {
        return instances.stream().map(JvmUnderTest::pid).toList();
    }

    /** Where each instance's agent answers operators, as it says itself over JMX. */
    List<URI> admins() throws IOException {
        List<URI> admins = new ArrayList<>();
        for (JvmUnderTest instance : instances) {
            admins.add(admin(instance));
        }
        return admins;
    }

    private static URI admin(JvmUnderTest instance) throws IOException {
        long deadline = System.nanoTime() + ADMIN_PATIENCE_NANOS;
        try (Jmx jmx = instance.jmx()) {
            while (true) {
                try {
                    String url = String.valueOf(jmx.agent("AdminUrl"));
                    if (url.startsWith("http")) {
                        return URI.create(url);
                    }
                } catch (IOException notYet) {
                    if (System.nanoTime() > deadline) {
                        throw new IOException(
                                "the agent of " + instance.pid() + " does not show itself: " + instance.err());
                    }
                }
                if (System.nanoTime() > deadline) {
                    throw new IOException("the agent of " + instance.pid() + " has no admin port: " + instance.err());
                }
                Pause.of(100);
            }
        }
    }

    /** What the agents said on standard error, instance by instance. */
    List<String> complaints() {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < instances.size(); i++) {
            for (String line : instances.get(i).err()) {
                lines.add("booking-" + (i + 1) + ": " + line);
            }
        }
        return lines;
    }

    @Override
    public void close() {
        instances.forEach(JvmUnderTest::close);
    }

    /** The jar, and the one file that it is configured by. */
    record Agent(Path jar, Path config) {}
}
