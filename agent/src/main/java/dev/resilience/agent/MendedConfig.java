package dev.resilience.agent;

import dev.resilience.admin.Reload;
import dev.resilience.config.AgentConfig;
import dev.resilience.config.ConfigLoad;
import dev.resilience.config.ConfigProblem;
import dev.resilience.log.AgentLog;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A configuration with which the JVM started unprotected because it had errors: looked at until it has none, and put into
 * force then, as {@code attach} would. Thread-safe.
 */
final class MendedConfig implements Reload {

    private final Supplier<ConfigLoad> load;
    private final Start start;
    private final BooleanSupplier superseded;
    private final Looks looks = new Looks();
    private List<Path> files;
    private List<FileStamp> seen;
    private boolean over;
    private @Nullable Exception failed;

    /** Puts a configuration into force. */
    @FunctionalInterface
    interface Start {
        void start(AgentConfig config) throws Exception;
    }

    /**
     * @param broken what was found at the start
     * @param load finds and reads the configuration again
     * @param superseded whether another agent protects this JVM by now, an attached one
     */
    MendedConfig(ConfigLoad.Broken broken, Supplier<ConfigLoad> load, Start start, BooleanSupplier superseded) {
        this.load = load;
        this.start = start;
        this.superseded = superseded;
        this.files = files(broken);
        this.seen = stamps(Map.of());
    }

    /** Looks at the file about once a second until what it says is in force. */
    void await() {
        try {
            while (!look()) {
                Thread.sleep(millisUntilNext());
            }
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized long millisUntilNext() {
        return looks.millisUntilNext();
    }

    /** One look. @return whether there is nothing more to wait for */
    synchronized boolean look() {
        if (over || superseded.getAsBoolean()) {
            over = true;
            return true;
        }
        List<FileStamp> now = stamps(Map.of());
        if (now.equals(seen)) {
            looks.findNothing();
            return false;
        }
        if (!looks.findAgain(now)) {
            return false;
        }
        looks.findNothing();
        try {
            AgentLog.info(reload());
        } catch (IllegalArgumentException broken) {
            AgentLog.error(
                    "the configuration still has errors, the application runs unprotected: " + broken.getMessage());
        } catch (RuntimeException failure) {
            AgentLog.warn("mended", "the mended configuration could not be put into force", failure);
        }
        return over;
    }

    @Override
    public synchronized String reload() {
        if (failed != null) {
            throw new IllegalStateException(
                    "it was mended, but could not start: " + failed + "; restart the JVM", failed);
        }
        if (over) {
            throw new IllegalStateException("another agent protects this JVM by now");
        }
        // Looked at before it is read: what is saved meanwhile is to be read again.
        Map<Path, FileStamp> before = new HashMap<>();
        files.forEach(file -> before.put(file, FileStamp.orMissing(file)));
        ConfigLoad found = load.get();
        if (found instanceof ConfigLoad.Broken broken) {
            files = files(broken);
            seen = stamps(before);
            List<String> lines = new ArrayList<>();
            broken.problems().forEach(problem -> lines.add(problem.toString()));
            throw new IllegalArgumentException(String.join("; ", lines));
        }
        seen = stamps(before);
        if (!(found instanceof ConfigLoad.Loaded loaded)) {
            throw new IllegalArgumentException("there is no configuration");
        }
        for (ConfigProblem warning : loaded.warnings()) {
            AgentLog.info(warning.toString());
        }
        over = true;
        try {
            start.start(loaded.config());
        } catch (Exception failure) {
            failed = failure;
            throw new IllegalStateException("it could not start: " + failure, failure);
        }
        return loaded.config().file() + " is mended: from now on the application is protected";
    }

    /** @param before of those that were looked at already */
    private List<FileStamp> stamps(Map<Path, FileStamp> before) {
        List<FileStamp> stamps = new ArrayList<>();
        for (Path file : files) {
            FileStamp known = before.get(file);
            stamps.add(known == null ? FileStamp.orMissing(file) : known);
        }
        return stamps;
    }

    private static List<Path> files(ConfigLoad.Broken broken) {
        List<Path> files = new ArrayList<>(broken.awaited());
        try {
            files.add(Path.of(broken.problems().get(0).file()));
        } catch (InvalidPathException impossible) {
            // Nothing can ever be there.
        }
        return files;
    }
}
