package dev.resilience.testapps.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.resilience.testapps.harness.CalComStandIn;
import dev.resilience.testapps.harness.CalComStandIn.Health;
import dev.resilience.testapps.harness.JvmUnderTest;
import dev.resilience.testapps.harness.PostgresProcess;
import dev.resilience.testapps.harness.RedisProcess;
import dev.resilience.testapps.harness.TemporaryDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The booking application, its calendar and its database, through an outage of both. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BookingProtectedTest {

    private static final String NORTH = "/staff?site=north";
    private static final String HIBERNATE = "&through=hibernate";

    private TemporaryDirectory directory;
    private RedisProcess redis;
    private PostgresProcess postgres;

    @BeforeAll
    void start() throws Exception {
        directory = new TemporaryDirectory("booking-");
        redis = new RedisProcess(directory.child("redis"));
        postgres = new PostgresProcess(directory.child("postgres"));
        postgres.run("postgres", "create database booking");
        postgres.run(
                "booking",
                "create table staff (id int primary key, site varchar(20), name varchar(40), role varchar(40), since date)",
                "insert into staff values (1, 'north', 'Ada', 'physician', '2019-04-01'),"
                        + " (2, 'south', 'Cleo', 'nurse', '2017-01-09')");
    }

    @AfterAll
    void end() throws IOException {
        postgres.close();
        redis.close();
        directory.close();
    }

    @Test
    void it_goes_on_answering_while_both_are_down_and_recovers_by_itself() throws IOException {
        try (CalComStandIn calCom = new CalComStandIn();
                Booking booking = start(calCom)) {
            Admin admin = booking.admin();
            Booking.Answered times = booking.availability();
            Booking.Answered north = booking.get(NORTH);
            assertThat(times.status()).isEqualTo(200);
            assertThat(north.status()).isEqualTo(200);
            assertThat(north.body()).contains("Ada", "2019-04-01");
            assertThat(booking.get("/staff?site=south").body()).contains("Cleo").doesNotContain("Ada");

            calCom.become(Health.ERRORS);
            postgres.stop();
            for (int i = 0; i < 8; i++) {
                same(booking.availability(), times);
                same(booking.get(NORTH), north);
            }
            await().until(() -> admin.state("calcom"), state -> !state.equals("CLOSED"));
            await().until(() -> admin.state("database"), state -> !state.equals("CLOSED"));
            assertThat(booking.get("/staff?site=south").body()).contains("Cleo").doesNotContain("Ada");
            assertThat(booking.get("/staff?site=west").status())
                    .as("never asked before, so there is no answer to keep")
                    .isEqualTo(503);
            Booking.Answered booked = booking.post("/bookings", "{\"day\":\"day-1\"}");
            assertThat(booked.status()).isEqualTo(200);
            assertThat(booked.body()).isEqualTo("{\"status\":\"not_booked\"}");

            calCom.become(Health.WELL);
            postgres.start();
            await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
                booking.availability();
                booking.get(NORTH);
                assertThat(admin.state("calcom")).isEqualTo("CLOSED");
                assertThat(admin.state("database")).isEqualTo("CLOSED");
            });
            assertThat(booking.post("/bookings", "{\"day\":\"day-1\"}").status())
                    .isEqualTo(201);
            assertThat(booking.get("/staff?site=west").body()).isEqualTo("[]");
            assertThat(booking.jvm().err()).noneMatch(line -> line.contains("a call passed unguarded"));
        }
    }

    @Test
    void started_while_its_database_is_down_it_answers_from_what_the_fleet_kept() throws IOException {
        try (CalComStandIn calCom = new CalComStandIn()) {
            try (Booking first = start(calCom)) {
                first.admin();
                await().untilAsserted(() -> assertThat(first.get(NORTH).body()).contains("Ada"));
                same(first.get(NORTH + HIBERNATE), first.get(NORTH));
                await().until(() -> keptAnswers() > 1);
            }
            postgres.stop();
            try (Booking second = start(calCom)) {
                Admin admin = second.admin();
                await().untilAsserted(() -> assertThat(second.get(NORTH).body()).contains("Ada"));
                await().atMost(Duration.ofSeconds(60))
                        .untilAsserted(() ->
                                assertThat(second.get(NORTH + HIBERNATE).body()).contains("Ada"));

                postgres.start();
                await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
                    assertThat(second.get("/staff?site=west").body()).isEqualTo("[]");
                    assertThat(admin.state("database")).isEqualTo("CLOSED");
                });
            }
        }
    }

    /**
     * Reads of a transaction are answered; its commit reaches the connection that broke, and fails, until no such connection
     * is left.
     */
    @Test
    void staff_stay_listed_with_postgresql_stopped_through_hibernate_as_through_plain_jdbc() throws IOException {
        try (CalComStandIn calCom = new CalComStandIn();
                Booking booking = start(calCom)) {
            Admin admin = booking.admin();
            Booking.Answered north = booking.get(NORTH);
            Booking.Answered south = booking.get("/staff?site=south");
            assertThat(north.body()).contains("Ada", "2019-04-01").doesNotContain("Cleo");
            assertThat(south.body()).contains("Cleo").doesNotContain("Ada");
            same(booking.get(NORTH + HIBERNATE), north);
            same(booking.get("/staff?site=south" + HIBERNATE), south);

            postgres.stop();
            same(booking.get(NORTH), north);
            await().atMost(Duration.ofSeconds(60)).until(() -> {
                Booking.Answered listed = booking.get(NORTH + HIBERNATE);
                return listed.status() == 200 || admin.state("database").equals("OPEN");
            });
            for (int i = 0; i < 20; i++) {
                same(booking.get(NORTH), north);
                same(booking.get(NORTH + HIBERNATE), north);
                same(booking.get("/staff?site=south"), south);
                same(booking.get("/staff?site=south" + HIBERNATE), south);
            }
            assertThat(booking.get("/staff?site=east" + HIBERNATE).status())
                    .as("never asked before, so there is no answer to keep")
                    .isEqualTo(503);

            postgres.start();
            await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
                assertThat(booking.get("/staff?site=east").body()).isEqualTo("[]");
                assertThat(booking.get("/staff?site=east" + HIBERNATE).body()).isEqualTo("[]");
                assertThat(admin.state("database")).isEqualTo("CLOSED");
            });
            assertThat(booking.jvm().err()).noneMatch(line -> line.contains("a call passed unguarded"));
        }
    }

    private int keptAnswers() throws IOException {
        return Integer.parseInt(redis.command("DBSIZE").replaceAll("\\D", ""));
    }

    private static void same(Booking.Answered answered, Booking.Answered before) {
        assertThat(answered.status()).as(answered.body()).isEqualTo(before.status());
        assertThat(answered.body()).isEqualTo(before.body());
    }

    private Booking start(CalComStandIn calCom) {
        Path config = Configs.write(directory.path(), """
                application: booking
                redis: {url: "%s"}
                admin: {port: 0}
                defaults:
                  breaker: {failure_threshold: 5, open_when: either, timeout: 3s}
                services:
                  calcom:
                    endpoints:
                      - name: fetch_availability
                        http: {method: GET, host: 127.0.0.1, port: %d, path: /v1/availability/**}
                        fallback: [{stale_cache: {ttl: 300s}}]
                      - name: create_booking
                        http: {method: POST, host: 127.0.0.1, port: %d, path: /v1/bookings}
                        fallback: [{respond: {status: 200, body: '{"status":"not_booked"}'}}]
                  database:
                    endpoints:
                      - name: staff
                        jdbc: {url: "jdbc:postgresql://*/booking*", sql: "select * from staff*"}
                        fallback: [stale_cache]
                """.formatted(redis.url(), calCom.port(), calCom.port()));
        JvmUnderTest.Command command = Booking.command(directory.path(), config)
                .environment("JDBC_URL", postgres.jdbcUrl("booking"))
                .environment("JDBC_USER", postgres.user());
        return Booking.start(command, calCom.url());
    }
}
