package dev.resilience.testapps.demo;

import dev.resilience.testapps.demo.Screen.Colour;
import dev.resilience.testapps.harness.CalComStandIn.Health;
import dev.resilience.testapps.harness.Pause;
import dev.resilience.testapps.harness.Traffic;
import dev.resilience.testapps.harness.Traffic.Request;
import dev.resilience.testapps.harness.Traffic.Sample;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.StringJoiner;

/** One fleet's way through healthy, outage and recovery under the demo's traffic. Used by one thread. */
final class Run {

    static final int PER_SECOND = 60;
    static final int HEALTHY_SECONDS = 8;
    static final int OUTAGE_SECONDS = 30;

    private static final int WARM_UP_ROUNDS = 20;
    private static final int RECOVERY_SECONDS = 6;
    private static final int MOST_RECOVERY_SECONDS = 30;
    private static final int MOST_DELIVERY_SECONDS = 30;
    private static final int REPORT_SECONDS = 5;

    /** Seven of ten ask for free times, two for staff, one books. */
    private static final List<Request> MIX = mix();

    private final Screen screen;
    private final Surroundings surroundings;
    private final Health outage;
    private final Fleet fleet;
    private final long beginNanos = System.nanoTime();
    private Traffic traffic;
    private Optional<CircuitWatch> watch = Optional.empty();

    Run(Screen screen, Surroundings surroundings, Health outage, Fleet fleet) {
        this.screen = screen;
        this.surroundings = surroundings;
        this.outage = outage;
        this.fleet = fleet;
    }

    Measured live(Closing closing) throws IOException {
        if (fleet.watched()) {
            watch = Optional.of(closing.add(new CircuitWatch(fleet.instances(), this::tell)));
        }
        phase("warming up", "each instance answers one caller after another");
        warmUp();
        traffic = closing.add(new Traffic(fleet.doors(), MIX, PER_SECOND));
        int seen = surroundings.calCom().arrivals().size();
        int bookedBefore = surroundings.calCom().booked().size();

        phase("healthy", "everything answers");
        report("healthy", HEALTHY_SECONDS);

        long broken = System.nanoTime();
        surroundings.calCom().become(outage);
        surroundings.postgres().stop();
        phase("outage", "cal.com: " + inWords(outage) + "; PostgreSQL: stopped");
        report("outage", OUTAGE_SECONDS / 2);
        showOneAnswer("/availability?day=day-3");
        showOneAnswer("/staff?site=north");
        report("outage", OUTAGE_SECONDS - OUTAGE_SECONDS / 2);

        long ended = System.nanoTime();
        surroundings.calCom().become(Health.WELL);
        surroundings.postgres().start();
        long mended = System.nanoTime();
        phase("recovery", "cal.com and PostgreSQL are back");
        Optional<Long> closed = recover(mended);

        traffic.finish();
        deliver();
        watch.ifPresent(closing::end);
        closing.end(traffic);
        return Measured.of(
                new Measured.Outage(broken, ended, mended, closed),
                traffic.samples(),
                surroundings.calCom().arrivals().stream().skip(seen).toList(),
                watch.map(CircuitWatch::changes).orElse(List.of()),
                surroundings.calCom().booked().stream().skip(bookedBefore).toList());
    }

    /** Waits until cal.com has all bookings that were taken in charge, and shows how they come. */
    private void deliver() {
        List<String> promised = Bookings.promised(traffic.samples());
        if (promised.isEmpty()) {
            return;
        }
        long begin = System.nanoTime();
        Set<String> missing = missing(promised);
        while (!missing.isEmpty() && secondsSince(begin) < MOST_DELIVERY_SECONDS) {
            Pause.of(50);
            missing = missing(promised);
        }
        screen.line(
                "%s  %d of %d bookings that were taken in charge are delivered",
                clock(), promised.size() - missing.size(), promised.size());
    }

    private Set<String> missing(List<String> promised) {
        Set<String> missing = new HashSet<>(promised);
        surroundings.calCom().booked().forEach(missing::remove);
        return missing;
    }

    /** JVMs that have just started are slow, and that is nobody's outage. */
    private void warmUp() {
        List<Thread> callers = new ArrayList<>();
        for (URI door : fleet.doors()) {
            Thread caller = new Thread(() -> warmUp(door), "warm-up");
            caller.setDaemon(true);
            caller.start();
            callers.add(caller);
        }
        try {
            for (Thread caller : callers) {
                caller.join();
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    private static void warmUp(URI door) {
        for (int i = 0; i < WARM_UP_ROUNDS; i++) {
            for (Request request : MIX) {
                Traffic.ask(door, request);
            }
        }
    }

    /** Waits until every circuit is CLOSED on every instance, and gives the moment. */
    private Optional<Long> recover(long mended) {
        if (watch.isEmpty()) {
            report("recovery", RECOVERY_SECONDS);
            return Optional.empty();
        }
        Optional<Long> closed = Optional.empty();
        while (closed.isEmpty() && secondsSince(mended) < MOST_RECOVERY_SECONDS) {
            Pause.of(20);
            if (watch.get().everywhere("CLOSED")) {
                closed = Optional.of(System.nanoTime());
            }
        }
        report("recovery", 2);
        return closed;
    }

    private void report(String phase, int seconds) {
        long begin = System.nanoTime();
        long from = begin;
        while (secondsSince(begin) < seconds) {
            Pause.of(Math.min(REPORT_SECONDS * 1_000L, (long) ((seconds - secondsSince(begin)) * 1_000) + 1));
            if (Thread.currentThread().isInterrupted()) {
                return;
            }
            summary(phase, from);
            from = System.nanoTime();
        }
    }

    private void summary(String phase, long fromNanos) {
        List<Sample> recent = new ArrayList<>();
        for (Sample sample : traffic.samples()) {
            if (sample.doneNanos() >= fromNanos) {
                recent.add(sample);
            }
        }
        long answered = recent.stream().filter(Sample::answered).count();
        double slowest = recent.stream().mapToLong(Sample::waitedNanos).max().orElse(0) / 1e9;
        String line = String.format(
                Locale.ROOT,
                "%s  %-8s  %3d of %3d answered well, slowest %5.2f s, %3d callers waiting now",
                clock(),
                phase,
                answered,
                recent.size(),
                slowest,
                traffic.waiting());
        screen.line("%s", answered == recent.size() ? line : screen.paint(Colour.RED, line));
    }

    private void tell(CircuitWatch.Change change) {
        screen.line(
                "%s  booking-%d  circuit of %-8s  %s -> %s  %s",
                clock(),
                change.instance() + 1,
                change.service(),
                screen.state(change.from()),
                screen.state(change.to()),
                screen.paint(Colour.DIM, "(" + change.reason() + ")"));
    }

    /** Shows what one caller gets in the middle of the outage; the outage does not wait for it. */
    private void showOneAnswer(String path) {
        Thread caller = new Thread(
                () -> {
                    long begin = System.nanoTime();
                    try {
                        String answer = Traffic.get(fleet.doors().get(0).resolve(path));
                        screen.line("%s  a caller asked GET %s", clock(), path);
                        screen.line("         and got, after %.3f s, %s", (System.nanoTime() - begin) / 1e9, answer);
                    } catch (IOException failure) {
                        screen.line("%s  a caller asked GET %s and got nothing: %s", clock(), path, failure);
                    }
                },
                "caller");
        caller.setDaemon(true);
        caller.start();
    }

    private void phase(String name, String what) {
        screen.line("%s  %s", clock(), screen.paint(Colour.BOLD, name.toUpperCase(Locale.ROOT) + ": " + what));
    }

    private String clock() {
        return String.format(Locale.ROOT, "%5.1f s", secondsSince(beginNanos));
    }

    private static double secondsSince(long nanos) {
        return (System.nanoTime() - nanos) / 1e9;
    }

    private static String inWords(Health outage) {
        return switch (outage) {
            case FAILING -> "every other call is answered 503, every other one never";
            case ERRORS -> "every call is answered 503";
            case HANGING -> "no call is ever answered";
            case WELL -> "well";
        };
    }

    private static List<Request> mix() {
        List<Request> mix = new ArrayList<>();
        for (int day = 1; day <= 7; day++) {
            mix.add(new Request("availability", "/availability?day=day-" + day, ""));
            if (day == 3 || day == 6) {
                mix.add(new Request("staff", "/staff?site=" + (day == 3 ? "north" : "south"), ""));
            }
        }
        StringJoiner booking = new StringJoiner(",", "{", "}");
        booking.add("\"day\":\"day-2\"").add("\"time\":\"10:30\"").add("\"name\":\"Eve {n}\"");
        mix.add(new Request("booking", "/bookings", booking.toString()));
        return List.copyOf(mix);
    }
}
