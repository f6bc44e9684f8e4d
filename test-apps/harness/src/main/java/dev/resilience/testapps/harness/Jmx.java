package dev.resilience.testapps.harness;

import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanServerConnection;
import javax.management.Notification;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/** The MBean server of another JVM on this machine, by the JDK's own means and without any class of the agent. */
public final class Jmx implements AutoCloseable {

    private static final String AGENT = "dev.resilience:type=Agent";

    private final JMXConnector connector;
    private final MBeanServerConnection server;

    private Jmx(JMXConnector connector) throws IOException {
        this.connector = connector;
        this.server = connector.getMBeanServerConnection();
    }

    /** Reads the JVM with process id {@code pid}, which need not have been started for it. */
    @SuppressWarnings("BanJNDI") // the address comes from the JVM's own attach answer, never from outside
    public static Jmx of(long pid) throws IOException {
        try {
            VirtualMachine machine = VirtualMachine.attach(Long.toString(pid));
            try {
                return new Jmx(JMXConnectorFactory.connect(new JMXServiceURL(machine.startLocalManagementAgent())));
            } finally {
                machine.detach();
            }
        } catch (AttachNotSupportedException failure) {
            throw new IOException("cannot attach to " + pid, failure);
        }
    }

    /** An attribute of the agent's own bean, such as {@code AdminUrl}. */
    public Object agent(String attribute) throws IOException {
        return attribute(AGENT, attribute);
    }

    /** An attribute of a service's circuit, such as {@code State}. */
    public Object circuit(String service, String attribute) throws IOException {
        return attribute("dev.resilience:type=CircuitBreaker,name=" + service, attribute);
    }

    public Object attribute(String bean, String attribute) throws IOException {
        try {
            return server.getAttribute(new ObjectName(bean), attribute);
        } catch (JMException failure) {
            throw new IOException(bean + " has no " + attribute + ": " + failure, failure);
        }
    }

    /** All attributes of a bean that can be read, as text. */
    public Map<String, String> attributes(String bean) throws IOException {
        try {
            ObjectName name = new ObjectName(bean);
            Map<String, String> values = new TreeMap<>();
            for (MBeanAttributeInfo attribute : server.getMBeanInfo(name).getAttributes()) {
                Object value = server.getAttribute(name, attribute.getName());
                values.put(
                        attribute.getName(),
                        value instanceof Object[] many ? List.of(many).toString() : "" + value);
            }
            return values;
        } catch (JMException failure) {
            throw new IOException(bean + " cannot be read: " + failure, failure);
        }
    }

    /** Names of all beans of a domain, sorted. */
    public Set<String> names(String domain) throws IOException {
        try {
            Set<String> names = new TreeSet<>();
            for (ObjectName name : server.queryNames(new ObjectName(domain + ":*"), null)) {
                names.add(name.getCanonicalName());
            }
            return names;
        } catch (JMException failure) {
            throw new IOException(failure);
        }
    }

    /** Tells {@code listener} of everything that {@code bean} notifies of from now on, on a thread of the connection's. */
    public void listen(String bean, Consumer<Notification> listener) throws IOException {
        try {
            server.addNotificationListener(
                    new ObjectName(bean), (notification, handback) -> listener.accept(notification), null, null);
        } catch (JMException failure) {
            throw new IOException(bean + " cannot be listened to: " + failure, failure);
        }
    }

    /** Bytes of heap that are in use after a collection. */
    public long liveHeap() throws IOException {
        MemoryMXBean memory = ManagementFactory.newPlatformMXBeanProxy(
                server, ManagementFactory.MEMORY_MXBEAN_NAME, MemoryMXBean.class);
        memory.gc();
        return memory.getHeapMemoryUsage().getUsed();
    }

    /** Calls an operation that takes no arguments. */
    public void invoke(String bean, String operation) throws IOException {
        try {
            server.invoke(new ObjectName(bean), operation, new Object[0], new String[0]);
        } catch (JMException failure) {
            throw new IOException(bean + " could not " + operation + ": " + failure, failure);
        }
    }

    /** How many instances of exactly this class, by its binary name, are alive after a full collection. */
    public long instances(String type) throws IOException {
        try {
            String histogram = (String) server.invoke(
                    new ObjectName("com.sun.management:type=DiagnosticCommand"),
                    "gcClassHistogram",
                    new Object[] {new String[0]},
                    new String[] {String[].class.getName()});
            Matcher line = Pattern.compile(
                            "^ *\\d+: +(\\d+) +\\d+ +" + Pattern.quote(type) + "( \\(.*\\))?$", Pattern.MULTILINE)
                    .matcher(histogram);
            return line.find() ? Long.parseLong(line.group(1)) : 0;
        } catch (JMException failure) {
            throw new IOException("no histogram of classes: " + failure, failure);
        }
    }

    /** Names of all live threads. */
    public List<String> threads() throws IOException {
        ThreadMXBean threads = ManagementFactory.newPlatformMXBeanProxy(
                server, ManagementFactory.THREAD_MXBEAN_NAME, ThreadMXBean.class);
        List<String> names = new ArrayList<>();
        for (ThreadInfo thread : threads.getThreadInfo(threads.getAllThreadIds())) {
            if (thread != null) {
                names.add(thread.getThreadName());
            }
        }
        return names;
    }

    @Override
    public void close() throws IOException {
        connector.close();
    }
}
