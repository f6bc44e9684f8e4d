package dev.resilience.cli;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarFile;
import java.util.jar.Manifest;

/** The JVMs of this host that run the agent. */
final class LocalJvms {

    private static final String ENTRY = "dev.resilience.ResilienceAgent";

    private LocalJvms() {}

    /**
     * The only JVM with the agent.
     *
     * @throws Unreachable when there is none, or more than one
     */
    static String only(AttachApi attach) {
        List<String> found = new ArrayList<>();
        String self = Long.toString(ProcessHandle.current().pid());
        for (String pid : attach.pids()) {
            if (!pid.equals(self) && runsAgent(attach, pid)) {
                found.add(pid);
            }
        }
        if (found.isEmpty()) {
            throw new Unreachable("no JVM of this user runs the agent here; name one by --pid or --url");
        }
        if (found.size() > 1) {
            throw new Unreachable(found.size() + " JVMs run the agent here, name one by --pid: "
                    + String.join(", ", described(attach, found)));
        }
        return found.get(0);
    }

    /** Without starting anything inside that JVM: its arguments name our jar, or it holds our jar open. */
    static boolean runsAgent(AttachApi attach, String pid) {
        try (AttachApi.Attached jvm = attach.attach(pid)) {
            String arguments = jvm.agentProperties().getProperty("sun.jvm.args", "");
            int at = arguments.indexOf("-javaagent:");
            while (at >= 0) {
                int from = at + "-javaagent:".length();
                int jar = arguments.indexOf(".jar", from);
                if (jar > 0 && isOurs(absolute(jvm, arguments.substring(from, jar + 4)))) {
                    return true;
                }
                at = arguments.indexOf("-javaagent:", from);
            }
        } catch (Unreachable gone) {
            return false;
        }
        return holdsOurJar(pid);
    }

    private static Path absolute(AttachApi.Attached jvm, String jar) {
        return Path.of(jvm.systemProperties().getProperty("user.dir", ".")).resolve(jar);
    }

    /** For agents attached later; where the system tells what a process has open. */
    private static boolean holdsOurJar(String pid) {
        try (DirectoryStream<Path> open = Files.newDirectoryStream(Path.of("/proc", pid, "fd"))) {
            for (Path descriptor : open) {
                if (isOpenJarOfOurs(descriptor)) {
                    return true;
                }
            }
        } catch (IOException | RuntimeException notTold) {
            // Another system, or another user's process.
        }
        return false;
    }

    private static boolean isOpenJarOfOurs(Path descriptor) {
        try {
            Path file = Files.readSymbolicLink(descriptor);
            return file.toString().endsWith(".jar") && isOurs(file);
        } catch (IOException closed) {
            // Meanwhile: processes open and close what they like.
            return false;
        }
    }

    private static boolean isOurs(Path jar) {
        try (JarFile file = new JarFile(jar.toFile(), false)) {
            Manifest manifest = file.getManifest();
            return manifest != null && ENTRY.equals(manifest.getMainAttributes().getValue("Premain-Class"));
        } catch (IOException unreadable) {
            return jar.getFileName() != null && jar.getFileName().toString().startsWith("resilience");
        }
    }

    private static List<String> described(AttachApi attach, List<String> pids) {
        List<String> described = new ArrayList<>();
        for (String pid : pids) {
            try (AttachApi.Attached jvm = attach.attach(pid)) {
                String command = jvm.agentProperties().getProperty("sun.java.command", "");
                described.add(pid + " (" + command.split(" ", 2)[0] + ")");
            } catch (Unreachable gone) {
                described.add(pid);
            }
        }
        return described;
    }
}
