package dev.resilience.agent;

import dev.resilience.config.AgentConfig;
import dev.resilience.config.ConfigLoad;
import dev.resilience.config.ConfigProblem;
import dev.resilience.config.ConfigReader;
import dev.resilience.config.Environment;
import dev.resilience.log.AgentLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Puts a changed configuration file into force without a restart. A broken one is reported and ignored. The file is looked
 * at, not listened to: what Kubernetes mounts changes behind symbolic links that no file watcher sees. Thread-safe.
 */
final class ConfigWatch implements AutoCloseable {

    private static final long PERIOD_MILLIS = 1_000;

    private final Protection protection;
    private final Consumer<String> taken;
    private final Consumer<String> refused;
    private @Nullable List<Stamp> seen;

    /** What the last refused change names and could not be read: it is looked at again when that is there. */
    private List<Path> awaited = List.of();

    private @Nullable Future<?> rounds;

    /** What changes when a file does. */
    private record Stamp(
            Path real,
            long size,
            long modifiedMillis,
            @Nullable Object key) {}

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

    synchronized void start(ScheduledExecutorService scheduler) {
        rounds = scheduler.scheduleWithFixedDelay(this::look, PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    }

    @Override
    public synchronized void close() {
        if (rounds != null) {
            rounds.cancel(false);
        }
    }

    /** @see dev.resilience.admin.Reload */
    synchronized String reload() {
        awaited = List.of();
        seen = stamps();
        AgentConfig before = protection.config();
        ConfigLoad load = new ConfigReader(Environment.ofJvm()).read(before.file());
        if (load instanceof ConfigLoad.Broken broken) {
            List<String> lines = new ArrayList<>();
            awaited = broken.awaited();
            seen = stamps();
            for (ConfigProblem problem : broken.problems()) {
                lines.add(problem.toString());
            }
            throw new IllegalArgumentException(String.join("; ", lines));
        }
        AgentConfig read = ((ConfigLoad.Loaded) load).config();
        // Drawn at random where the file gives none, and known to the fleet already.
        AgentConfig wanted = new AgentConfig(
                read.application(),
                before.instance(),
                read.stateDir(),
                read.redis(),
                read.services(),
                read.alerts(),
                read.admin(),
                read.telemetry(),
                read.file());
        if (wanted.equals(before)) {
            return "nothing has changed";
        }
        protection.apply(wanted);
        seen = stamps();
        return "in force: " + wanted.services().size() + " services" + needsRestart(before, wanted);
    }

    private void look() {
        try {
            synchronized (this) {
                List<Stamp> now = stamps();
                if (now == null || now.equals(seen)) {
                    return;
                }
            }
            String done = protection.config().file() + " has changed: " + reload();
            AgentLog.info(done);
            taken.accept(done);
        } catch (IllegalArgumentException broken) {
            refused.accept(String.valueOf(broken.getMessage()));
            AgentLog.error(
                    "the changed configuration has errors, the one before stays in force: " + broken.getMessage());
        } catch (RuntimeException | LinkageError failure) {
            AgentLog.warn("config-watch", "the configuration could not be read again", failure);
        }
    }

    /** Of the file and of all that it names; null when one of them cannot be looked at now. */
    private synchronized @Nullable List<Stamp> stamps() {
        AgentConfig config = protection.config();
        List<Stamp> stamps = new ArrayList<>();
        try {
            stamps.add(stamp(config.file()));
            for (Path answer : config.answerFiles()) {
                stamps.add(stamp(answer));
            }
            for (Path file : awaited) {
                stamps.add(Files.isReadable(file) ? stamp(file) : new Stamp(file, -1, 0, null));
            }
            return stamps;
        } catch (IOException | RuntimeException unreadable) {
            return null;
        }
    }

    private static Stamp stamp(Path file) throws IOException {
        Path real = file.toRealPath();
        BasicFileAttributes attributes = Files.readAttributes(real, BasicFileAttributes.class);
        return new Stamp(real, attributes.size(), attributes.lastModifiedTime().toMillis(), attributes.fileKey());
    }

    private static String needsRestart(AgentConfig before, AgentConfig wanted) {
        List<String> later = new ArrayList<>();
        addIfChanged(later, "application", before.application(), wanted.application());
        addIfChanged(later, "state_dir", before.stateDir(), wanted.stateDir());
        addIfChanged(later, "redis", before.redis(), wanted.redis());
        addIfChanged(later, "admin", before.admin(), wanted.admin());
        addIfChanged(later, "telemetry", before.telemetry(), wanted.telemetry());
        return later.isEmpty() ? "" : " (" + String.join(", ", later) + ": from the next start on)";
    }

    private static void addIfChanged(
            List<String> names, String name, @Nullable Object before, @Nullable Object wanted) {
        if (!Objects.equals(before, wanted)) {
            names.add(name);
        }
    }
}
