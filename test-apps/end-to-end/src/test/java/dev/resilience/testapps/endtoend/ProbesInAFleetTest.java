package dev.resilience.testapps.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.resilience.testapps.harness.CalComStandIn;
import dev.resilience.testapps.harness.CalComStandIn.Arrival;
import dev.resilience.testapps.harness.CalComStandIn.Health;
import dev.resilience.testapps.harness.Jmx;
import dev.resilience.testapps.harness.RedisProcess;
import dev.resilience.testapps.harness.TcpLink;
import dev.resilience.testapps.harness.TcpLink.Trouble;
import dev.resilience.testapps.harness.TemporaryDirectory;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Instances in JVMs of their own probe one dependency, each over a network of its own. */
class ProbesInAFleetTest {

    private static final Duration INTERVAL = Duration.ofSeconds(4);

    /** What a busy machine may add. */
    private static final Duration SLACK = Duration.ofSeconds(3);

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final List<Member> fleet = new ArrayList<>();
    private TemporaryDirectory directory;
    private RedisProcess redis;
    private CalComStandIn calCom;

    private record Member(Booking booking, TcpLink network) {

        boolean probes() throws IOException {
            return Boolean.TRUE.equals(ask("Held"));
        }

        Object ask(String attribute) throws IOException {
            try (Jmx jmx = booking.jvm().jmx()) {
                return jmx.attribute("dev.resilience:type=Probe,name=calcom", attribute);
            }
        }
    }

    @BeforeEach
    void surroundings() throws IOException {
        directory = new TemporaryDirectory("probes-");
        redis = new RedisProcess(directory.child("redis"));
        calCom = new CalComStandIn();
        for (int i = 0; i < 3; i++) {
            fleet.add(member(i));
        }
        await().atMost(PATIENCE).until(() -> holders().size() == 1);
    }

    @AfterEach
    void end() throws IOException {
        for (Member member : fleet) {
            member.booking.close();
            member.network.close();
        }
        calCom.close();
        redis.close();
        directory.close();
    }

    @Test
    void one_probes_for_all_and_is_followed_when_it_dies_and_nobody_speaks_for_all_about_its_own_network()
            throws IOException {
        long begin = System.nanoTime();
        int before = calCom.arrivals().size();
        await().atMost(PATIENCE).until(() -> calCom.arrivals().size() >= before + 4);
        double intervals = (System.nanoTime() - begin) / (double) INTERVAL.toNanos();
        // The pace varies by a tenth. Were each to ask for itself, there would be three times as many.
        assertThat(calCom.arrivals().size() - before).isLessThanOrEqualTo((int) Math.ceil(intervals * 1.12) + 1);

        Member first = holders().get(0);
        Arrival last = newest();
        first.booking.jvm().kill();
        first.booking.close();
        fleet.remove(first);
        first.network.close();
        await().atMost(PATIENCE).until(() -> newest().nanos() > last.nanos());
        assertThat(Duration.ofNanos(newest().nanos() - last.nanos()))
                .as("from the last probe of the dead to the first of its successor")
                .isLessThan(INTERVAL.multipliedBy(2).plus(SLACK));

        Member second = holders().get(0);
        Admin admin = second.booking.admin();
        second.network.suffer(Trouble.CUT);
        await().atMost(PATIENCE).until(() -> ((Number) second.ask("Failures")).longValue() >= 3);
        second.booking.jvm().awaitErr("look at this host's network");
        assertThat(admin.state("calcom")).isEqualTo("CLOSED");

        second.network.suffer(Trouble.NONE);
        calCom.become(Health.ERRORS);
        await().atMost(PATIENCE).until(() -> admin.state("calcom"), "OPEN"::equals);
        calCom.become(Health.WELL);
        await().atMost(PATIENCE).until(() -> admin.state("calcom"), "CLOSED"::equals);
    }

    private Member member(int number) throws IOException {
        TcpLink network = new TcpLink(calCom.port());
        Booking booking = Booking.start(
                Booking.command(directory.path(), Configs.write(directory.child("member-" + number), """
                                application: booking
                                redis: {url: "%s"}
                                admin: {port: 0}
                                services:
                                  calcom:
                                    probe:
                                      http: "http://127.0.0.1:%d/v1/availability/day-1"
                                      interval: %ds
                                      timeout: 2s
                                      on_failure: open
                                """.formatted(
                                redis.url(), network.port(), INTERVAL.toSeconds()))),
                calCom.url());
        return new Member(booking, network);
    }

    private List<Member> holders() throws IOException {
        List<Member> holders = new ArrayList<>();
        for (Member member : fleet) {
            if (member.probes()) {
                holders.add(member);
            }
        }
        return holders;
    }

    private Arrival newest() {
        List<Arrival> arrivals = calCom.arrivals();
        return arrivals.get(arrivals.size() - 1);
    }
}
