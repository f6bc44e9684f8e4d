package dev.resilience.log;

import java.lang.System.Logger;
import java.text.MessageFormat;
import java.util.ResourceBundle;
import org.jspecify.annotations.Nullable;

/**
 * What {@link System#getLogger} gives to libraries inside the jar, in which the build names this class instead: the JDK's own
 * would make the application's log manager, or its finder of loggers, before the application chose one. Warnings go to the
 * agent's log, the rest nowhere. Thread-safe.
 */
public final class SystemLogger implements Logger {

    private final String name;

    private SystemLogger(String name) {
        this.name = name;
    }

    /** As {@link System#getLogger(String)}. */
    public static Logger getLogger(String name) {
        return new SystemLogger(name);
    }

    @Override
    public String getName() {
        return name;
    }

    @Override
    public boolean isLoggable(Level level) {
        return level != Level.OFF && level.getSeverity() >= Level.WARNING.getSeverity();
    }

    @Override
    public void log(
            Level level, @Nullable ResourceBundle bundle, @Nullable String message, @Nullable Throwable failure) {
        if (isLoggable(level)) {
            AgentLog.warn(name, message + (failure == null ? "" : ": " + failure));
        }
    }

    @Override
    public void log(
            Level level,
            @Nullable ResourceBundle bundle,
            @Nullable String format,
            @Nullable Object @Nullable ... parameters) {
        if (isLoggable(level)) {
            boolean plain = format == null || parameters == null || parameters.length == 0;
            AgentLog.warn(name, plain ? String.valueOf(format) : MessageFormat.format(format, parameters));
        }
    }
}
