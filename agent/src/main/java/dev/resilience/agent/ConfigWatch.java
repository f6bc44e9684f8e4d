package dev.resilience.agent;

import dev.resilience.breaker.ServiceCircuit;
import dev.resilience.breaker.State;
import dev.resilience.config.AgentConfig;
import dev.resilience.config.ConfigLoad;
import dev.resilience.config.ConfigProblem;
import dev.resilience.config.ConfigReader;
import dev.resilience.config.Environment;
import dev.resilience.config.Mode;
import dev.resilience.config.ServiceConfig;
import dev.resilience.guard.AgentThreads;
import dev.resilience.log.AgentLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Puts a changed configuration file into force without a restart. A broken one is reported and ignored. The file is looked
 * at, not listened to: what Kubernetes mounts changes behind symbolic links that no file watcher sees. Thread-safe.
 */
final class ConfigWatch implements AutoCloseable {

    private static final int LOOKS = 2;

    private final Protection protection;
    private final Consumer<String> taken;
    private final Consumer<String> refused;
    private final Looks looks = new Looks();
    private @Nullable List<FileStamp> seen;

    /** What the last refused change names and could not be read: it is looked at again when that is there. */
    private List<Path> awaited = List.of();

    private volatile boolean closed;

    /** So many looks in a row found no file. */
    private int missed;

    /**
     * @param taken told when a change is in force
     * @param refused told why a change is not
     */
    ConfigWatch(Protection protection, Consumer<String> taken, Consumer<String> refused) {
        this.protection = protection;
        this.taken = taken;
        this.refused = refused;
        this.seen = stamps();
    }

    /** Looks from now on, on a thread of its own: a disk may be slow, and neither circuits nor calls wait for it. */
    void start() {
        new AgentThreads("config").newThread(this::lookAgainAndAgain).start();
    }

    /** Does not wait for the look that is under way, which may itself wait for whoever closes the agent. */
    @Override
    public void close() {
        closed = true;
    }

    private void lookAgainAndAgain() {
        try {
            while (!closed) {
                Thread.sleep(millisUntilNext());
                try {
                    look();
                } catch (OutOfMemoryError full) {
                    // Not even to say so: the next look may find the application's heap with room again.
                }
            }
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized long millisUntilNext() {
        return looks.millisUntilNext();
    }

    /** @see dev.resilience.admin.Reload */
    synchronized String reload() {
        return putInForce(read());
    }

    private ConfigLoad read() {
        awaited = List.of();
        seen = stamps();
        AgentConfig before = protection.config();
        return new ConfigReader(Environment.ofJvm(), before.instance()).read(before.file());
    }

    private String putInForce(ConfigLoad load) {
        List<FileStamp> read = seen;
        AgentConfig before = protection.config();
        if (load instanceof ConfigLoad.Broken broken) {
            List<String> lines = new ArrayList<>();
            awaited = broken.awaited();
            goOnFrom(read);
            for (ConfigProblem problem : broken.problems()) {
                lines.add(problem.toString());
            }
            throw new IllegalArgumentException(String.join("; ", lines));
        }
        AgentConfig found = ((ConfigLoad.Loaded) load).config();
        // What is looked at when the JVM starts stays in force until it does again, and is shown.
        AgentConfig wanted = new AgentConfig(
                before.application(),
                before.instance(),
                before.stateDir(),
                protection.stores().isAt(found.redis()) ? found.redis() : before.redis(),
                found.services(),
                found.alerts(),
                before.admin(),
                before.telemetry(),
                found.file());
        String later = needsRestart(before, found);
        if (wanted.equals(before) && later.isEmpty()) {
            return "nothing has changed";
        }
        String open = keepTheirTime(before, wanted);
        protection.apply(wanted);
        goOnFrom(read);
        return "in force: " + wanted.services().size() + " services" + later + open;
    }

    /** What is saved between the reading and now is to be read too. */
    private void goOnFrom(@Nullable List<FileStamp> read) {
        seen = stamps();
        if (seen != null && read != null) {
            seen.set(0, read.get(0));
        }
    }

    /** One look at the file. */
    void look() {
        try {
            String done;
            synchronized (this) {
                List<FileStamp> now = stamps();
                if (gone(now != null) || now == null || now.equals(seen)) {
                    looks.findNothing();
                    return;
                }
                if (!looks.findAgain(now)) {
                    return;
                }
                ConfigLoad load = read();
                if (!Objects.equals(stamps(), seen)) {
                    // It is being written after all.
                    seen = null;
                    return;
                }
                looks.findNothing();
                done = protection.config().file() + " was read again: " + putInForce(load);
            }
            AgentLog.info(done);
            taken.accept(done);
        } catch (IllegalArgumentException broken) {
            refused.accept(String.valueOf(broken.getMessage()));
            AgentLog.error(
                    "the changed configuration has errors, the one before stays in force: " + broken.getMessage());
        } catch (RuntimeException | LinkageError | OutOfMemoryError failure) {
            AgentLog.warn("config-watch", "the configuration could not be read again", failure);
        }
    }

    /** Whether the file is away. That is told when two looks in a row find none: some editors take it away to write it. */
    private boolean gone(boolean there) {
        Path file = protection.config().file();
        if (there || !Files.notExists(file)) {
            if (there && missed >= LOOKS) {
                // Also when it is as it was: that is to be told.
                seen = null;
            }
            missed = there ? 0 : missed;
            return false;
        }
        if (++missed == LOOKS) {
            String why = file + " is gone: what it said stays in force, but this application would start unprotected";
            refused.accept(why);
            AgentLog.error(why);
        }
        return true;
    }

    /** Of the file and of all that it names; null when one of them cannot be looked at now. */
    private synchronized @Nullable List<FileStamp> stamps() {
        AgentConfig config = protection.config();
        List<FileStamp> stamps = new ArrayList<>();
        try {
            stamps.add(FileStamp.of(config.file()));
            for (Path answer : config.answerFiles()) {
                stamps.add(FileStamp.of(answer));
            }
            for (Path file : awaited) {
                stamps.add(FileStamp.orMissing(file));
            }
            return stamps;
        } catch (IOException | RuntimeException unreadable) {
            return null;
        }
    }

    private String needsRestart(AgentConfig before, AgentConfig found) {
        List<String> later = new ArrayList<>();
        addIfChanged(later, "application", before.application(), found.application());
        addIfChanged(later, "instance", before.instance(), found.instance());
        addIfChanged(later, "state_dir", before.stateDir(), found.stateDir());
        if (!protection.stores().isAt(found.redis())) {
            // Other credentials are taken at once.
            later.add("redis");
        }
        addIfChanged(later, "admin", before.admin(), found.admin());
        addIfChanged(later, "telemetry", before.telemetry(), found.telemetry());
        return later.isEmpty()
                ? ""
                : " (needs a restart, and is as it was until then: " + String.join(", ", later) + ")";
    }

    /** Circuits that are OPEN now stay so for the time that was set when they opened. */
    private String keepTheirTime(AgentConfig before, AgentConfig wanted) {
        List<String> open = new ArrayList<>();
        for (ServiceCircuit circuit : protection.circuits().all()) {
            // A host of a service has its settings.
            String service = circuit.service().split("@", 2)[0];
            ServiceConfig was = before.services().get(service);
            ServiceConfig is = wanted.services().get(service);
            boolean byCalls = circuit.state() == State.OPEN && circuit.mode() != Mode.FORCED_OPEN;
            if (byCalls && was != null && is != null && !isOpenAsLong(was, is)) {
                open.add(circuit.service());
            }
        }
        return open.isEmpty()
                ? ""
                : "; OPEN for the time that was set when it opened, and no longer than is now the longest; the changed one"
                        + " counts from the next opening on: "
                        + String.join(", ", open);
    }

    private static boolean isOpenAsLong(ServiceConfig one, ServiceConfig other) {
        ServiceConfig.Breaker first = one.breaker();
        ServiceConfig.Breaker second = other.breaker();
        return first.timeout().equals(second.timeout())
                && first.timeoutGrowth() == second.timeoutGrowth()
                && Objects.equals(first.maxTimeout(), second.maxTimeout());
    }

    private static void addIfChanged(
            List<String> names, String name, @Nullable Object before, @Nullable Object wanted) {
        if (!Objects.equals(before, wanted)) {
            names.add(name);
        }
    }
}
