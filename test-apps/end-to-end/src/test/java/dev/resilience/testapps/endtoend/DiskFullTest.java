package dev.resilience.testapps.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.resilience.testapps.harness.CalComStandIn;
import dev.resilience.testapps.harness.CalComStandIn.Health;
import dev.resilience.testapps.harness.JvmUnderTest;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** No room left where accepted calls are kept: what cannot be kept is not accepted, and all goes on. */
class DiskFullTest {

    @TempDir
    Path directory;

    @Test
    void what_cannot_be_kept_is_not_accepted_and_once_there_is_room_it_is() throws Exception {
        Path state = Files.createDirectory(directory.resolve("state"));
        assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", state.toString()), "may not mount here");
        try (CalComStandIn calCom = new CalComStandIn()) {
            Path config = Configs.write(directory, """
                    admin: {port: 0}
                    state_dir: "%s"
                    services:
                      calcom:
                        breaker: {failure_threshold: 100000}
                        endpoints:
                          - name: all
                            http: {host: 127.0.0.1, port: %d}
                            fallback: [queue, {respond: {status: 503, body: "not kept"}}]
                    """.formatted(state, calCom.port()));
            try (JvmUnderTest jvm = JvmUnderTest.command()
                    .in(directory)
                    .agent(Built.agent(), config)
                    .main(
                            Built.tinyApplications(),
                            "com.example.tiny.Asker",
                            calCom.url().resolve("/v1/availability/today").toString())) {
                jvm.awaitOut("ready: 200 ");
                calCom.become(Health.ERRORS);
                await().atMost(Duration.ofSeconds(60)).until(() -> ask(jvm).startsWith("answer: 202"));

                Path filler = state.resolve("filler");
                fill(filler);
                // The last page of the file takes some more.
                await().atMost(Duration.ofSeconds(60)).until(() -> ask(jvm).equals("answer: 503 not kept"));
                for (int i = 0; i < 20; i++) {
                    assertThat(ask(jvm)).isEqualTo("answer: 503 not kept");
                }
                assertThat(journals(state)).isLessThan(6);

                Files.delete(filler);
                await().atMost(Duration.ofSeconds(60)).until(() -> ask(jvm).startsWith("answer: 202"));
                calCom.become(Health.WELL);
                assertThat(ask(jvm)).startsWith("answer: 200");
            }
        } finally {
            run("umount", "-l", state.toString());
        }
    }

    private static long journals(Path state) throws IOException {
        try (Stream<Path> files = Files.walk(state)) {
            return files.filter(file -> file.toString().endsWith(".journal")).count();
        }
    }

    private static void fill(Path filler) throws IOException {
        byte[] some = new byte[4096];
        try (OutputStream out = Files.newOutputStream(filler)) {
            while (true) {
                out.write(some);
            }
        } catch (IOException full) {
            assertThat(Files.size(filler)).isPositive();
        }
    }

    private static String ask(JvmUnderTest jvm) throws IOException {
        int before = jvm.out().size();
        jvm.type("again");
        await().atMost(Duration.ofSeconds(60)).until(() -> jvm.out().size() > before);
        return jvm.out().get(before);
    }

    private static boolean run(String... command) throws InterruptedException {
        try {
            return new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException absent) {
            return false;
        }
    }
}
