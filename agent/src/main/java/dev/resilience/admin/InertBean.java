package dev.resilience.admin;

import dev.resilience.log.AgentLog;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import javax.management.openmbean.SimpleType;
import org.jspecify.annotations.Nullable;

/**
 * The {@code Agent} bean of a JVM in which nothing is protected, in mode {@code inert}: it has what the other has, so that
 * whoever reads that needs no case of its own, and says why it is inert.
 */
public final class InertBean {

    static final String MODE = "inert";

    private static final String UNKNOWN = "unknown";

    private InertBean() {}

    /**
     * @param configFile the one that was refused; empty for none
     * @param reason why nothing is protected, to be read after a colon
     * @param reload reads the configuration again; null when there is none to read
     */
    public static void register(
            MBeanServer platform,
            String version,
            String application,
            String instance,
            String configFile,
            String reason,
            @Nullable Reload reload) {
        OpenBean bean = new OpenBean("resilience.jar; nothing is protected")
                .attribute("Version", SimpleType.STRING, "Version of the agent", () -> version)
                .attribute("Application", SimpleType.STRING, "Name of the application", () -> application)
                .attribute("Instance", SimpleType.STRING, "Name of this JVM", () -> instance)
                .attribute("Mode", SimpleType.STRING, "Always inert: nothing is protected", () -> MODE)
                .attribute(
                        "ConfigFile", SimpleType.STRING, "The configuration refused; empty for none", () -> configFile)
                .attribute("ConfigError", SimpleType.STRING, "Why it is not in force", () -> reason)
                .attribute("Reason", SimpleType.STRING, "Why nothing is protected", () -> reason)
                .attribute("AdminUrl", SimpleType.STRING, "Always null: there is none", () -> null)
                .attribute("SystemHealth", SimpleType.STRING, "Always unknown: nothing is watched", () -> UNKNOWN)
                .attribute("OpenCircuits", OpenBean.STRINGS, "None", () -> new String[0])
                .attribute("HalfOpenCircuits", OpenBean.STRINGS, "None", () -> new String[0])
                .attribute("CascadingFailures", OpenBean.STRINGS, "None", () -> new String[0])
                .attribute("Instances", OpenBean.STRINGS, "None", () -> new String[0])
                .attribute("ConfigDrift", SimpleType.STRING, "Always null", () -> null)
                .attribute("GateFailures", SimpleType.LONG, "None", () -> 0L)
                .operation("resetAll", "There is nothing to reset", () -> "nothing is protected: there is no circuit")
                .operation("reload", "Reads the configuration again", () -> {
                    if (reload == null) {
                        throw new IllegalStateException("nothing is protected: " + reason
                                + "; `java -jar resilience.jar attach PID --config FILE` brings it");
                    }
                    return reload.reload();
                });
        try {
            platform.registerMBean(bean, new ObjectName(JmxBeans.DOMAIN + ":type=Agent"));
        } catch (JMException | RuntimeException failure) {
            AgentLog.warn("jmx", "a JMX bean could not be registered", failure);
        }
    }
}
