package dev.resilience.cli;

import java.net.URI;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How a command reaches a JVM. */
final class Connection {

    @Option(
            names = "--pid",
            paramLabel = "PID",
            description = "A JVM of this host; default: the only one with the agent.")
    private @Nullable String pid;

    @Option(
            names = "--url",
            paramLabel = "URL",
            description = "Its admin address instead, such as http://127.0.0.1:9797.")
    private @Nullable String url;

    @Option(
            names = "--token",
            paramLabel = "TOKEN",
            defaultValue = "${env:RESILIENCE_TOKEN}",
            description = "With --url: the admin token; default: RESILIENCE_TOKEN of the environment.")
    private @Nullable String token;

    /** Whether a certain JVM is asked for, and not whichever there is. */
    boolean namesOne() {
        return pid != null || url != null;
    }

    /** Whether the JVM is on a host whose files are not this one's, as far as its address tells. */
    boolean toAnotherHost() {
        String address = url;
        if (address == null) {
            return false;
        }
        try {
            String host = URI.create(address).getHost();
            return host == null || !host.matches("(?i)localhost|127\\..*|\\[?::1\\]?|\\[0:0:0:0:0:0:0:1\\]");
        } catch (IllegalArgumentException odd) {
            return true;
        }
    }

    /** @throws Unreachable when there is nobody to talk to */
    AdminClient open() {
        String address = url;
        if (address != null) {
            if (pid != null) {
                throw new Unreachable("give --pid or --url, not both");
            }
            return new HttpAdminClient(address, token == null || token.isBlank() ? null : token);
        }
        AttachApi attach = AttachApi.open();
        String process = pid;
        return JmxAdminClient.attach(attach, process != null ? process : LocalJvms.only(attach));
    }
}
