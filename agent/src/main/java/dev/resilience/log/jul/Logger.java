package dev.resilience.log.jul;

import dev.resilience.log.AgentLog;
import org.jspecify.annotations.Nullable;

/** Of {@code java.util.logging.Logger}, the methods in use: warnings go to the agent's log, the rest nowhere. Thread-safe. */
public final class Logger {

    private final String name;

    private Logger(String name) {
        this.name = name;
    }

    public static Logger getLogger(String name) {
        return new Logger(name);
    }

    public String getName() {
        return name;
    }

    public boolean isLoggable(Level level) {
        return level.intValue() >= Level.WARNING.intValue();
    }

    public void log(Level level, @Nullable String message) {
        if (isLoggable(level)) {
            AgentLog.warn(name, shortName() + ": " + message);
        }
    }

    public void log(Level level, @Nullable String message, @Nullable Throwable failure) {
        log(level, failure == null ? message : message + ": " + failure);
    }

    public void log(Level level, @Nullable String message, Object[] parameters) {
        log(level, message);
    }

    public void warning(String message) {
        log(Level.WARNING, message);
    }

    public void info(String message) {
        log(Level.INFO, message);
    }

    public void fine(String message) {
        log(Level.FINE, message);
    }

    private String shortName() {
        return name.substring(name.lastIndexOf('.') + 1);
    }
}
