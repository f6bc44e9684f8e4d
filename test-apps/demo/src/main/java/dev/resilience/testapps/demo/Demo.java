package dev.resilience.testapps.demo;

import dev.resilience.testapps.harness.CalComStandIn.Health;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/**
 * The README's first command. Lives through one outage twice, without the agent and with it, and compares.
 *
 * <p>Exit status: 0 every promise kept, 1 one missed, 2 could not run. System properties say where things were built: {@code
 * agent.jar}, {@code booking.jar}, {@code demo.yaml}.
 */
public final class Demo {

    private final Screen screen = new Screen();
    private final Closing closing = new Closing();
    private final Arguments arguments;

    private Demo(Arguments arguments) {
        this.arguments = arguments;
    }

    public static void main(String[] words) {
        Arguments arguments;
        try {
            arguments = Arguments.parse(words);
        } catch (IllegalArgumentException wrong) {
            System.err.println(wrong.getMessage() + "\n" + Arguments.USAGE);
            System.exit(2);
            return;
        }
        System.exit(new Demo(arguments).run());
    }

    private int run() {
        // Ctrl-C, a failure and the end of what started us all come past here.
        Runtime.getRuntime().addShutdownHook(new Thread(closing::close, "closing"));
        if (Boolean.getBoolean("demo.ends.with.parent")) {
            ProcessHandle.current().parent().ifPresent(parent -> parent.onExit().thenRun(() -> System.exit(2)));
        }
        try {
            return compare() ? 0 : 1;
        } catch (IOException | SQLException | IllegalStateException failure) {
            screen.line("The demo could not run: " + failure);
            return 2;
        } finally {
            closing.close();
        }
    }

    private boolean compare() throws IOException, SQLException {
        Path agentJar = built("agent.jar", "agent/target/resilience.jar");
        Path bookingJar = built("booking.jar", "test-apps/booking/target/booking.jar");
        Path config = built("demo.yaml", "test-apps/demo/resilience.yaml");

        screen.title("resilience.jar: one outage, lived through twice");
        screen.line(
                "Three instances of a booking application (an ordinary program, nothing of ours in it) answer %d requests",
                Run.PER_SECOND);
        screen.line(
                "a second. They ask cal.com (here a stand-in on this machine) for free times and PostgreSQL for staff.");
        screen.line("After %d s both break, for %d s.", Run.HEALTHY_SECONDS, Run.OUTAGE_SECONDS);
        screen.line("");
        screen.line("Starting Redis, PostgreSQL and the stand-in ...");
        Surroundings surroundings = Surroundings.start(closing);

        screen.title("1. WITHOUT: java -jar booking.jar");
        Fleet bare = Fleet.start(surroundings, bookingJar, Optional.empty(), closing);
        Measured without = new Run(screen, surroundings, arguments.outage(), bare).live(closing);
        closing.end(bare);

        screen.title("2. WITH: java -javaagent:resilience.jar=resilience.yaml -jar booking.jar");
        Fleet fleet = Fleet.start(surroundings, bookingJar, Optional.of(new Fleet.Agent(agentJar, config)), closing);
        List<URI> admins = fleet.admins();
        Measured with = new Run(screen, surroundings, arguments.outage(), fleet).live(closing);

        boolean kept = new Scoreboard(screen).show(without, with);
        if (!kept) {
            screen.title("What the agents said:");
            fleet.complaints().forEach(line -> screen.line("%s", line));
        }
        screen.line("");
        screen.line("All that protected the second run is this file: %s", shown(config));
        if (arguments.keep()) {
            keep(surroundings, fleet, admins, agentJar);
        }
        return kept;
    }

    private void keep(Surroundings surroundings, Fleet fleet, List<URI> admins, Path agentJar) {
        URI door = fleet.doors().get(0);
        URI calCom = surroundings.calCom().url();
        screen.title("STILL RUNNING, until Ctrl-C. Try in another terminal:");
        for (int i = 0; i < Fleet.SIZE; i++) {
            screen.line(
                    "  booking-%d   %s   its agent %s   process %d",
                    i + 1, fleet.doors().get(i), admins.get(i), fleet.pids().get(i));
        }
        screen.line("");
        screen.line("  ask for free times     curl -i '%s/availability?day=day-3'", door);
        screen.line("  ask for staff          curl -i '%s/staff?site=north'", door);
        screen.line("  the same by Hibernate  curl -i '%s/staff?site=north&through=hibernate'", door);
        screen.line("  break cal.com          curl -X POST %s/control/%s", calCom, lower(Health.ERRORS));
        screen.line("  mend cal.com           curl -X POST %s/control/%s", calCom, lower(Health.WELL));
        screen.line(
                "  see the circuits       java -jar %s status --pid %d",
                shown(agentJar), fleet.pids().get(0));
        screen.line("  the same as JSON       curl %s", admins.get(0).resolve("/api/resilience/states"));
        screen.line("  health                 curl %s", admins.get(1).resolve("/api/health/status"));
        screen.line("  Prometheus             curl %s", admins.get(2).resolve("/metrics"));
        screen.line(
                "  what the fleet shares  redis-cli -p %d get circuit_breaker:calcom:state",
                surroundings.redis().port());
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    private static String lower(Health health) {
        return health.name().toLowerCase(Locale.ROOT);
    }

    /** Relative to where the user stands, when it is below. */
    private static String shown(Path path) {
        Path here = Path.of("").toAbsolutePath();
        Path absolute = path.toAbsolutePath().normalize();
        return (absolute.startsWith(here) ? here.relativize(absolute) : absolute).toString();
    }

    private static Path built(String property, String otherwise) throws IOException {
        Path path = Path.of(System.getProperty(property, otherwise)).toAbsolutePath();
        if (!Files.isRegularFile(path)) {
            throw new IOException(path + " is not there; build first: mvn package");
        }
        return path;
    }
}
