package dev.resilience.testapps.jdbc;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.awaitility.Awaitility;

/** A service's circuit, as any JMX client sees it. */
record Circuit(String service) {

    String state() {
        return (String) attribute("State");
    }

    int failures() {
        return ((Number) attribute("Failures")).intValue();
    }

    void await(String state) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(50))
                .until(() -> state.equals(state()));
    }

    void reset() {
        try {
            server().invoke(name(), "reset", new Object[0], new String[0]);
        } catch (JMException failed) {
            throw new IllegalStateException(failed);
        }
        await("CLOSED");
    }

    private Object attribute(String attribute) {
        try {
            Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> server().isRegistered(name()));
            return server().getAttribute(name(), attribute);
        } catch (JMException failed) {
            throw new IllegalStateException(failed);
        }
    }

    private ObjectName name() throws JMException {
        return new ObjectName("dev.resilience:type=CircuitBreaker,name=" + service);
    }

    private static MBeanServer server() {
        return ManagementFactory.getPlatformMBeanServer();
    }
}
