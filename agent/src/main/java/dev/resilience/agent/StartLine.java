package dev.resilience.agent;

import dev.resilience.breaker.StoreMode;
import dev.resilience.config.AgentConfig;
import dev.resilience.config.AgentConfig.RedisConfig;
import org.jspecify.annotations.Nullable;

/**
 * What is protected, in the one line that people read at every start.
 *
 * @param mode where circuits live at this moment: nobody waits for Redis at a start
 * @param adminUrl null where there is no admin server
 */
record StartLine(
        AgentConfig config, StoreMode mode, @Nullable String adminUrl) {

    String text() {
        int services = config.services().size();
        return "resilience.jar " + Version.CURRENT + " protects "
                + (services == 1 ? "1 service" : services + " services")
                + " of " + config.application() + " (" + config.file() + "), " + state()
                + (adminUrl == null ? "" : ", admin " + adminUrl);
    }

    private String state() {
        RedisConfig redis = config.redis();
        if (redis == null) {
            return "state stays in this JVM";
        }
        return mode == StoreMode.SHARED
                ? "state is shared at " + redis.display()
                : "state will be shared at " + redis.display()
                        + ", which was not reached yet: this JVM decides alone till then";
    }
}
