package dev.resilience.testapps.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.resilience.testapps.harness.CalComStandIn;
import dev.resilience.testapps.harness.CalComStandIn.Health;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a rule declares is answered, from a file too, and a change of that file needs no restart. */
class DeclaredAnswersTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    @Test
    void a_file_is_answered_and_read_again_when_it_changes() throws Exception {
        Files.createDirectory(directory.resolve("answers"));
        Path file = Files.writeString(directory.resolve("answers/down.json"), "{\"asked\":\"{path}\"}");
        try (CalComStandIn calCom = new CalComStandIn()) {
            Path config = Configs.write(directory, """
                    application: booking
                    admin: {port: 0}
                    services:
                      calcom:
                        breaker: {failure_threshold: 2, open_when: either, timeout: 1h}
                        endpoints:
                          - name: fetch_availability
                            http: {method: GET, host: 127.0.0.1, port: %d, path: /v1/availability/**}
                            fallback:
                              - respond:
                                  status: 200
                                  body_file: answers/down.json
                                  cases: [{when: 503, body: 'cal.com failed'}]
                    """.formatted(calCom.port()));
            calCom.become(Health.ERRORS);
            try (Booking booking = Booking.start(Booking.command(directory, config), calCom.url())) {
                booking.admin();
                assertThat(booking.availability().body()).isEqualTo("cal.com failed");
                await().atMost(PATIENCE)
                        .untilAsserted(() -> assertThat(booking.availability().body())
                                .isEqualTo("{\"asked\":\"/v1/availability/day-1\"}"));
                Files.writeString(file, "{\"changed\":true}");
                await().atMost(PATIENCE)
                        .untilAsserted(
                                () -> assertThat(booking.availability().body()).isEqualTo("{\"changed\":true}"));
                // A change that names a file before it is there is refused, and in force as soon as it is.
                Path later = directory.resolve("answers/later.json");
                Files.writeString(config, Files.readString(config).replace("answers/down.json", "answers/later.json"));
                booking.jvm().awaitErr("no such file");
                assertThat(booking.availability().body()).isEqualTo("{\"changed\":true}");
                Files.writeString(later, "{\"later\":true}");
                await().atMost(PATIENCE)
                        .untilAsserted(
                                () -> assertThat(booking.availability().body()).isEqualTo("{\"later\":true}"));
            }
        }
    }
}
