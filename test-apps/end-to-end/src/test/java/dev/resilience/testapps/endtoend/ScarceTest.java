package dev.resilience.testapps.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.testapps.harness.CalComStandIn;
import dev.resilience.testapps.harness.JvmUnderTest;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Places among the calls in flight, where calls end at the end of the stack, or never. */
class ScarceTest {

    @TempDir
    Path directory;

    @Test
    void calls_near_the_end_of_the_stack_keep_no_place_among_those_in_flight() throws Exception {
        try (CalComStandIn calCom = new CalComStandIn()) {
            Path config = Configs.write(directory, """
                    admin: {port: 0}
                    services:
                      calcom:
                        max_concurrent: 3
                        breaker: {failure_threshold: 100000}
                        endpoints: [{name: all, http: {host: 127.0.0.1, port: %d}, fallback: [stale_cache]}]
                    """.formatted(calCom.port()));
            try (JvmUnderTest jvm = JvmUnderTest.command()
                    .in(directory)
                    .jvm("-Xss512k", "-Xint")
                    .agent(Built.agent(), config)
                    .main(
                            Built.tinyApplications(),
                            "com.example.tiny.Deep",
                            calCom.url().resolve("/v1/availability/today").toString())) {
                assertThat(jvm.awaitExit()).as("%s %s", jvm.out(), jvm.err()).isZero();
                assertThat(jvm.out()).containsExactly("before: 200 200", "fell: true", "after: 200 200");
            }
        }
    }

    /** All that is known of a connection is held beside it, the call too. */
    @Test
    void connections_that_were_opened_and_dropped_leave_their_places_to_another_client() throws Exception {
        try (CalComStandIn calCom = new CalComStandIn()) {
            Path config = Configs.write(directory, """
                    admin: {port: 0}
                    services:
                      calcom:
                        max_concurrent: 3
                        endpoints: [{name: all, http: {host: 127.0.0.1, port: %d}}]
                    """.formatted(calCom.port()));
            try (JvmUnderTest jvm = JvmUnderTest.command()
                    .in(directory)
                    .agent(Built.agent(), config)
                    .main(
                            Built.tinyApplications(),
                            "com.example.tiny.Dropper",
                            calCom.url().resolve("/v1/availability/today").toString(),
                            "3")) {
                assertThat(jvm.awaitExit()).as("%s %s", jvm.out(), jvm.err()).isZero();
                assertThat(jvm.out()).containsExactly("3 open: refused", "dropped: 200");
            }
        }
    }
}
