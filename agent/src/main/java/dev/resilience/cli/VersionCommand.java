package dev.resilience.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;

/** Which version this file is, and on which Java it runs. */
@CommandLine.Command(name = "version", description = "Shows the version of this file.")
final class VersionCommand extends Command {

    @Override
    public Integer call() {
        screen().line(words());
        return FINE;
    }

    private static String words() {
        return "resilience.jar " + current() + " (Java " + Runtime.version() + ")";
    }

    /** As the build wrote it down. */
    private static String current() {
        try (InputStream in = VersionCommand.class.getResourceAsStream("/dev/resilience/agent/version")) {
            return in == null ? "unknown" : new String(in.readAllBytes(), StandardCharsets.UTF_8).trim();
        } catch (IOException unreadable) {
            return "unknown";
        }
    }

    /** For {@code --version}. */
    static final class Provider implements CommandLine.IVersionProvider {

        @Override
        public String[] getVersion() {
            return new String[] {words()};
        }
    }
}
