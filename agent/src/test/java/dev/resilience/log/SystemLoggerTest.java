package dev.resilience.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class SystemLoggerTest {

    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private final Logger logger = SystemLogger.getLogger("library.of.rows");

    @Test
    void what_a_library_warns_of_is_in_the_agents_log_and_the_rest_is_nowhere() {
        AgentLog.redirect(new PrintStream(written, true, StandardCharsets.UTF_8));
        try {
            logger.log(Level.INFO, "as usual");
            logger.log(Level.WARNING, "{0} rows of {1}", 3, "four");
            logger.log(Level.OFF, "nothing");
        } finally {
            AgentLog.redirect(System.err);
        }

        assertThat(written.toString(StandardCharsets.UTF_8))
                .containsOnlyOnce("3 rows of four")
                .hasLineCount(1);
        assertThat(logger.isLoggable(Level.ERROR)).isTrue();
        assertThat(logger.isLoggable(Level.DEBUG)).isFalse();
    }
}
