package dev.resilience.agent;

import dev.resilience.log.AgentLog;
import java.lang.instrument.Instrumentation;
import org.jspecify.annotations.Nullable;

/** Where the launcher steps into the agent's own loader. */
public final class Agent {

    private Agent() {}

    public static void start(@Nullable String arguments, Instrumentation instrumentation, boolean attached)
            throws Exception {
        BootClasses.define(instrumentation);
        AgentLog.info("started");
    }
}
