package dev.resilience.agent;

import dev.resilience.admin.InertBean;
import dev.resilience.config.AgentConfig;
import dev.resilience.config.ConfigDiscovery;
import dev.resilience.config.ConfigLoad;
import dev.resilience.config.ConfigProblem;
import dev.resilience.config.Environment;
import dev.resilience.config.Identity;
import dev.resilience.guard.AgentThreads;
import dev.resilience.log.AgentLog;
import java.lang.instrument.Instrumentation;
import java.lang.management.ManagementFactory;
import org.jspecify.annotations.Nullable;

/**
 * Where the launcher steps into the agent's own loader: on the main thread before {@code main}, or on the attach listener's
 * thread. What is not needed before the application's first call is left to a thread of the agent's own.
 */
public final class Agent {

    private static final String STRICT = "resilience.strict";
    private static final int MISCONFIGURED = 2;

    private Agent() {}

    public static void start(@Nullable String arguments, Instrumentation instrumentation, boolean attached)
            throws Exception {
        if (!attached) {
            ClassesAhead.ofConfiguration();
        }
        ConfigLoad load = new ConfigDiscovery(Environment.ofJvm()).load(arguments);
        if (load instanceof ConfigLoad.Loaded loaded) {
            for (ConfigProblem warning : loaded.warnings()) {
                AgentLog.info(warning.toString());
            }
            protect(loaded.config(), instrumentation, attached);
        } else if (load instanceof ConfigLoad.Broken broken) {
            for (ConfigProblem problem : broken.problems()) {
                AgentLog.error(problem.toString());
            }
            if (!attached && Boolean.getBoolean(STRICT)) {
                AgentLog.error("the configuration has errors and -D" + STRICT + "=true: the JVM ends here");
                System.exit(MISCONFIGURED);
            }
            String file = broken.problems().get(0).file();
            AgentLog.error("mend " + file + " and it is taken up within seconds: no restart is needed");
            AgentLog.error("THE APPLICATION RUNS UNPROTECTED, because its configuration has "
                    + (broken.problems().size() == 1
                            ? "an error"
                            : broken.problems().size() + " errors") + " (above)");
            showInert(
                    file,
                    file + " has errors; see `config validate " + file + "`",
                    attached,
                    new MendedConfig(
                            broken,
                            () -> new ConfigDiscovery(Environment.ofJvm()).load(arguments),
                            config -> protect(config, instrumentation, true),
                            BootClasses::there));
        } else {
            AgentLog.warn(
                    "no-config",
                    "no configuration found (-javaagent:resilience.jar=FILE, -Dresilience.config, RESILIENCE_CONFIG,"
                            + " ./resilience.yaml): nothing is protected");
            showInert("", "it found no configuration", attached, null);
        }
    }

    private static void protect(AgentConfig config, Instrumentation instrumentation, boolean attached)
            throws Exception {
        Protection protection = null;
        try {
            BootClasses.define(instrumentation);
            if (!attached) {
                ClassesAhead.ofProtection();
            }
            protection = new Protection(config, instrumentation);
            protection.begin();
            complete(protection, attached);
        } catch (Throwable failure) {
            // Half an agent must not decide about calls: the launcher says that there is none.
            if (protection != null) {
                protection.close();
            }
            showInert(config.file().toString(), "it could not start: " + failure, attached, null);
            throw failure;
        }
    }

    private static void complete(Protection protection, boolean attached) {
        later(attached, new Runnable() {
            @Override
            public void run() {
                protection.complete();
            }
        });
    }

    /** @param mended waited for, and asked to read the file again; null when there is none to wait for */
    private static void showInert(String configFile, String reason, boolean attached, @Nullable MendedConfig mended) {
        boolean beans = ModuleLayer.boot().findModule("java.management").isPresent();
        if (!beans && mended == null) {
            return;
        }
        later(attached, () -> {
            try {
                if (beans) {
                    Management.showInert(configFile, reason, mended);
                }
            } finally {
                if (mended != null) {
                    mended.await();
                }
            }
        });
    }

    /** Loaded only where there is JMX. */
    private static final class Management {

        static void showInert(String configFile, String reason, @Nullable MendedConfig mended) {
            Identity identity = new Identity(Environment.ofJvm());
            InertBean.register(
                    ManagementFactory.getPlatformMBeanServer(),
                    Version.CURRENT,
                    identity.application(),
                    identity.instance(),
                    configFile,
                    reason,
                    mended);
        }
    }

    /** Runs on a thread of the agent's, once the application's {@code main} has begun. */
    private static void later(boolean attached, Runnable work) {
        Thread main = Thread.currentThread();
        new AgentThreads("start")
                .newThread(new Runnable() {
                    @Override
                    public void run() {
                        try {
                            if (!attached) {
                                ApplicationStart.await(main);
                            }
                            work.run();
                        } catch (InterruptedException ended) {
                            Thread.currentThread().interrupt();
                        } catch (Throwable failure) {
                            AgentLog.warn("start", "a part of the agent could not start", failure);
                        }
                    }
                })
                .start();
    }
}
