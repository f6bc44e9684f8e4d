package dev.resilience.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.MBeanServerConnection;
import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;
import javax.management.openmbean.CompositeData;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/**
 * The admin API of a JVM on this host, through its management agent: whoever may attach to a process needs no token, and it
 * works also where the admin port is off.
 */
final class JmxAdminClient implements AdminClient {

    /** What is told of an agent that found no configuration, or a broken one. */
    static final String INERT = "nothing is protected";

    private static final ObjectName AGENT = agent();

    private final String pid;
    private final JMXConnector connector;
    private final MBeanServerConnection beans;

    private JmxAdminClient(String pid, JMXConnector connector) throws IOException {
        this.pid = pid;
        this.connector = connector;
        this.beans = connector.getMBeanServerConnection();
    }

    /** @throws Unreachable when that JVM cannot be reached, or runs no agent that protects anything */
    @SuppressWarnings("BanJNDI") // The address is that of a process of the same user and host.
    static JmxAdminClient attach(AttachApi attach, String pid) {
        String address;
        try (AttachApi.Attached jvm = attach.attach(pid)) {
            address = jvm.managementAddress();
        }
        JmxAdminClient client = null;
        try {
            client = new JmxAdminClient(pid, JMXConnectorFactory.connect(new JMXServiceURL(address)));
            client.checkProtects();
            return client;
        } catch (IOException failure) {
            throw new Unreachable("process " + pid + " does not answer: " + failure.getMessage());
        } catch (RuntimeException failure) {
            if (client != null) {
                client.close();
            }
            throw failure;
        }
    }

    @Override
    public String target() {
        return "process " + pid;
    }

    @Override
    public Answer ask(String method, String pathAndQuery) {
        try {
            CompositeData answer =
                    (CompositeData) beans.invoke(AGENT, "api", new Object[] {method, pathAndQuery}, new String[] {
                        String.class.getName(), String.class.getName()
                    });
            String text = (String) answer.get("body");
            JsonNode body = Json.parse(text.getBytes(StandardCharsets.UTF_8));
            if (body == null) {
                throw new Unreachable("process " + pid + " did not answer in JSON");
            }
            return new Answer((Integer) answer.get("status"), body);
        } catch (JMException failure) {
            throw new Unreachable("process " + pid + " could not answer: " + failure.getMessage());
        } catch (IOException gone) {
            throw new Unreachable("process " + pid + " does not answer any longer");
        }
    }

    @Override
    public void close() {
        try {
            connector.close();
        } catch (IOException gone) {
            // Then it is closed.
        }
    }

    private void checkProtects() throws IOException {
        try {
            if ("inert".equals(beans.getAttribute(AGENT, "Mode"))) {
                throw new Unreachable("process " + pid + " runs the agent, but " + INERT + ": "
                        + beans.getAttribute(AGENT, "Reason"));
            }
        } catch (InstanceNotFoundException missing) {
            throw new Unreachable("process " + pid + " does not run the agent, or has only just begun to");
        } catch (JMException failure) {
            throw new Unreachable("process " + pid + " could not answer: " + failure.getMessage());
        }
    }

    private static ObjectName agent() {
        try {
            return new ObjectName("dev.resilience:type=Agent");
        } catch (MalformedObjectNameException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
