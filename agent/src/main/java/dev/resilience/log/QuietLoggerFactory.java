package dev.resilience.log;

import org.slf4j.Logger;
import org.slf4j.helpers.NOPLogger;

/**
 * Takes the place of {@code org.slf4j.LoggerFactory} inside the jar: the build renames the libraries' references to it. What
 * they have to say by SLF4J goes nowhere; what matters reaches {@link AgentLog} by other ways.
 */
public final class QuietLoggerFactory {

    private QuietLoggerFactory() {}

    public static Logger getLogger(Class<?> type) {
        return NOPLogger.NOP_LOGGER;
    }

    public static Logger getLogger(String name) {
        return NOPLogger.NOP_LOGGER;
    }
}
