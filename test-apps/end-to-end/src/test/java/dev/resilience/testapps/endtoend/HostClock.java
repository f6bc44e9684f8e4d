package dev.resilience.testapps.endtoend;

import dev.resilience.testapps.harness.JvmUnderTest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What time a process believes it is, by libfaketime ({@code apt-get install faketime}); its monotonic clock stays true, as it
 * does on a host whose time is set wrong.
 *
 * @param offset as in {@code +10m}, empty for none
 */
record HostClock(String offset) {

    static final HostClock TRUE = new HostClock("");

    private static final Optional<Path> LIBRARY = List.of("x86_64-linux-gnu", "aarch64-linux-gnu").stream()
            .map(machine -> Path.of("/usr/lib", machine, "faketime", "libfaketimeMT.so.1"))
            .filter(Files::exists)
            .findFirst();

    static boolean canBeWrong() {
        return LIBRARY.isPresent();
    }

    JvmUnderTest.Command shownTo(JvmUnderTest.Command command) {
        if (offset.isEmpty()) {
            return command;
        }
        return command.environment("LD_PRELOAD", LIBRARY.orElseThrow().toString())
                .environment("FAKETIME", offset)
                .environment("FAKETIME_DONT_FAKE_MONOTONIC", "1")
                // Else timed waits of the JVM end early.
                .environment("FAKETIME_FORCE_MONOTONIC_FIX", "0");
    }
}
