package dev.resilience.testapps.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.testapps.harness.CalComStandIn;
import dev.resilience.testapps.harness.CalComStandIn.Health;
import dev.resilience.testapps.harness.JvmUnderTest;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each JDK from 17 on that is installed beside the one that runs the tests. */
class JavaVersionsTest {

    @TempDir
    Path directory;

    static Stream<Path> jdks() {
        return Jdks.all().stream();
    }

    @ParameterizedTest
    @MethodSource("jdks")
    void a_protected_application_starts_without_one_warning_and_its_circuit_opens(Path jdk) throws Exception {
        try (CalComStandIn calCom = new CalComStandIn()) {
            Path config = Configs.calCom(directory, calCom, "", "timeout: 60s");
            try (Booking booking =
                    Booking.start(JvmUnderTest.command(jdk).in(directory).agent(Built.agent(), config), calCom.url())) {
                Admin admin = booking.admin();
                assertThat(booking.availability().status()).isEqualTo(200);
                assertThat(booking.jvm().err())
                        .singleElement()
                        .asString()
                        .contains("[resilience] INFO", "protects 1 service");

                calCom.become(Health.ERRORS);
                for (int i = 0; i < 5; i++) {
                    booking.availability();
                }
                Awaitility.await()
                        .untilAsserted(() -> assertThat(admin.state("calcom")).isEqualTo("OPEN"));
                assertThat(booking.jvm().err()).noneMatch(OwnLines::warns);
            }
        }
    }

    @Test
    void a_newer_jdk_than_17_was_tested() {
        List<Integer> versions = Jdks.all().stream().map(Jdks::version).toList();

        Assumptions.assumeTrue(
                versions.stream().anyMatch(version -> version >= 25),
                "no JDK 25 or later is installed beside " + System.getProperty("java.home") + ", only " + versions);
        assertThat(versions).contains(17);
    }
}
