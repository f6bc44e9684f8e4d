package dev.resilience.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Brings the agent into a JVM that runs already. */
@CommandLine.Command(name = "attach", description = "Brings the agent into a running JVM of this user.")
final class AttachCommand extends Command {

    private static final String ENTRY = "dev.resilience.ResilienceAgent";
    private static final int PATIENCE_SECONDS = 20;
    private static final long PAUSE_MILLIS = 200;

    @Parameters(paramLabel = "PID", description = "Its process id.")
    @SuppressWarnings("NullAway.Init")
    private String pid;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "The configuration; default: where that JVM would look for it.")
    private @Nullable Path config;

    @Override
    public Integer call() {
        Path file = config;
        if (file != null && !Files.exists(file)) {
            throw new Unreachable("there is no file " + file);
        }
        AttachApi attach = AttachApi.open();
        boolean there = LocalJvms.runsAgent(attach, pid);
        if (there && protects(attach)) {
            throw new Unreachable("process " + pid + " runs the agent already");
        }
        try (AttachApi.Attached jvm = attach.attach(pid)) {
            jvm.loadAgent(ownJar(), file == null ? "" : file.toAbsolutePath().toString());
        }
        return report(attach, there);
    }

    /** One that found no configuration when its JVM started waits for one. */
    private boolean protects(AttachApi attach) {
        try (JmxAdminClient admin = JmxAdminClient.attach(attach, pid)) {
            return !admin.target().isEmpty();
        } catch (Unreachable told) {
            return !told.said().contains(JmxAdminClient.INERT);
        }
    }

    /**
     * The agent starts on a thread of its own: waits until it can tell how it is.
     *
     * @param there whether one that protects nothing was there before, and tells so until the new one takes its place
     */
    private int report(AttachApi attach, boolean there) {
        Unreachable last = new Unreachable("process " + pid + " did not say that the agent is there");
        for (long waited = 0; waited < PATIENCE_SECONDS * 1000L; waited += PAUSE_MILLIS) {
            try (JmxAdminClient admin = JmxAdminClient.attach(attach, pid)) {
                JsonNode status = admin.get("/api/health/status");
                screen().line("the agent protects process " + pid + ": "
                        + status.path("services").size() + " services, state "
                        + status.path("mode").asText());
                return FINE;
            } catch (Unreachable notYet) {
                last = notYet;
                if (!there && notYet.said().contains(JmxAdminClient.INERT)) {
                    break;
                }
            }
            try {
                Thread.sleep(PAUSE_MILLIS);
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        screen().line(last.said());
        return BAD_NEWS;
    }

    private static String ownJar() {
        try {
            CodeSource source = Class.forName(ENTRY, false, ClassLoader.getSystemClassLoader())
                    .getProtectionDomain()
                    .getCodeSource();
            return Path.of(source.getLocation().toURI()).toAbsolutePath().toString();
        } catch (ClassNotFoundException | URISyntaxException unpacked) {
            throw new Unreachable("attach works from resilience.jar itself only");
        }
    }
}
