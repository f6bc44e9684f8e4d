package dev.resilience.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What the process was started with. A port, so that tests need not change the real one. */
public interface Environment {

    /** An environment variable; null when it is not set. */
    @Nullable
    String variable(String name);

    /** A system property; null when it is not set. */
    @Nullable
    String property(String name);

    /** Where relative paths start. */
    Path directory();

    /** That of this JVM. */
    static Environment ofJvm() {
        return new Environment() {
            @Override
            public @Nullable String variable(String name) {
                return System.getenv(name);
            }

            @Override
            public @Nullable String property(String name) {
                return System.getProperty(name);
            }

            @Override
            public Path directory() {
                return Path.of("");
            }
        };
    }
}
