package dev.resilience.admin;

import dev.resilience.breaker.Circuit;
import dev.resilience.breaker.State;
import dev.resilience.breaker.Transition;
import dev.resilience.breaker.TransitionListener;
import dev.resilience.config.AgentConfig;
import dev.resilience.config.EndpointConfig;
import dev.resilience.config.ServiceConfig;
import dev.resilience.health.ProbeView;
import dev.resilience.health.alert.AlertListener;
import dev.resilience.health.alert.Finding;
import dev.resilience.health.alert.Notice;
import dev.resilience.log.AgentLog;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import javax.management.InstanceAlreadyExistsException;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.MalformedObjectNameException;
import javax.management.Notification;
import javax.management.ObjectName;
import javax.management.openmbean.CompositeDataSupport;
import javax.management.openmbean.CompositeType;
import javax.management.openmbean.OpenDataException;
import javax.management.openmbean.OpenType;
import javax.management.openmbean.SimpleType;
import org.jspecify.annotations.Nullable;

/**
 * The agent's beans in the platform's MBean server, from when there is one: it is not made for their sake, because it
 * initialises {@code java.util.logging}, whose manager an application may be about to choose, and costs a small application
 * more than the rest of the agent. Names that JMX does not take plain are quoted as {@link ObjectName#quote} does. Thread-safe.
 *
 * <p>Each change of state is a notification of type {@value #STATE_CHANGE} from its {@code CircuitBreaker} bean; its user
 * data is composite: {@code service}, {@code from}, {@code to}, {@code epoch}, {@code reason}. Each notice of an alert is one of
 * type {@value #ALERT} from the {@code Agent} bean, on every instance; its user data: {@code event}, {@code type},
 * {@code severity}, {@code service}, {@code summary}.
 */
public final class JmxBeans implements TransitionListener, AlertListener, AutoCloseable {

    /** Type of the notification of a change of state. */
    public static final String STATE_CHANGE = "dev.resilience.circuit.state";

    /** Type of the notification of an alert. */
    public static final String ALERT = "dev.resilience.alert";

    static final String DOMAIN = "dev.resilience";
    private static final Pattern PLAIN = Pattern.compile("[\\w.@-]+");

    private final Surface surface;
    private final AtomicLong sequence = new AtomicLong();
    private final Map<ObjectName, OpenBean> registered = new LinkedHashMap<>();
    private volatile int followed;
    /** Null until there is one, and at the end. */
    private @Nullable MBeanServer platform;

    public JmxBeans(Surface surface) {
        this.surface = surface;
    }

    /** Registers all that there is to show with the platform's server. */
    public synchronized void register(MBeanServer server) {
        platform = server;
        update();
    }

    /** Registers what the configuration in force names and takes away what it names no longer. */
    public synchronized void update() {
        MBeanServer server = platform;
        if (server == null) {
            return;
        }
        Map<ObjectName, OpenBean> wanted = wanted();
        for (ObjectName name : Set.copyOf(registered.keySet())) {
            if (!wanted.containsKey(name)) {
                unregister(server, name);
                registered.remove(name);
            }
        }
        wanted.forEach((name, bean) -> {
            if (!registered.containsKey(name)) {
                try {
                    takeInertsPlace(server, name);
                    server.registerMBean(bean, name);
                    registered.put(name, bean);
                } catch (InstanceAlreadyExistsException taken) {
                    AgentLog.warn("jmx-" + name, "the JMX name " + name + " is taken, the bean is left out");
                } catch (JMException | RuntimeException failure) {
                    AgentLog.warn("jmx", "a JMX bean could not be registered", failure);
                }
            }
        });
    }

    /** Registers the circuits of hosts and regions that were made since. Cheap when there are none. */
    public void follow() {
        int there = 0;
        for (Circuit circuit : surface.circuits().all()) {
            // Of hosts, one may come where another went.
            there += circuit.service().hashCode() | 1;
        }
        if (there != followed) {
            followed = there;
            update();
        }
    }

    /** An agent that found no configuration at the start left its bean; the one that is attached with one follows it. */
    private static void takeInertsPlace(MBeanServer server, ObjectName name) throws JMException {
        if (server.isRegistered(name)
                && "Agent".equals(name.getKeyProperty("type"))
                && InertBean.MODE.equals(server.getAttribute(name, "Mode"))) {
            server.unregisterMBean(name);
        }
    }

    @Override
    public void onTransition(Transition transition) {
        follow();
        OpenBean bean;
        synchronized (this) {
            bean = registered.get(name("CircuitBreaker", Map.of("name", transition.service())));
        }
        if (bean != null) {
            bean.send(notification(transition));
        }
    }

    @Override
    public void onAlert(Notice notice) {
        OpenBean bean;
        synchronized (this) {
            bean = registered.get(name("Agent", Map.of()));
        }
        if (bean != null) {
            bean.send(notification(notice));
        }
    }

    @Override
    public synchronized void close() {
        MBeanServer server = platform;
        if (server != null) {
            registered.keySet().forEach(name -> unregister(server, name));
        }
        registered.clear();
        platform = null;
    }

    private Map<ObjectName, OpenBean> wanted() {
        Map<ObjectName, OpenBean> beans = new LinkedHashMap<>();
        beans.put(name("Agent", Map.of()), Beans.agent(surface));
        beans.put(name("RetryQueue", Map.of()), Beans.retryQueue(surface));
        for (Circuit circuit : surface.circuits().all()) {
            beans.put(
                    name("CircuitBreaker", Map.of("name", circuit.service())),
                    Beans.circuit(surface, circuit.service()));
        }
        AgentConfig config = surface.config();
        for (ServiceConfig service : config.services().values()) {
            for (EndpointConfig endpoint : service.endpoints()) {
                Map<String, String> keys = new LinkedHashMap<>();
                keys.put("service", service.name());
                keys.put("name", endpoint.name());
                beans.put(name("Endpoint", keys), Beans.endpoint(surface, service.name(), endpoint.name()));
            }
        }
        for (ProbeView probe : surface.probes().views()) {
            beans.put(name("Probe", Map.of("name", probe.service())), Beans.probe(surface, probe.service()));
        }
        return beans;
    }

    private Notification notification(Transition transition) {
        State to = transition.to();
        Notification notification = new Notification(
                STATE_CHANGE,
                name("CircuitBreaker", Map.of("name", transition.service())),
                sequence.incrementAndGet(),
                transition.atMillis(),
                transition.service() + ": " + transition.from() + " -> " + to + " (" + transition.reason() + ")");
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("service", transition.service());
        data.put("from", transition.from().name());
        data.put("to", to.name());
        data.put("epoch", transition.epoch());
        data.put("reason", transition.reason());
        notification.setUserData(composite("StateChange", "A circuit's change of state", data));
        return notification;
    }

    private Notification notification(Notice notice) {
        Finding finding = notice.alert().finding();
        Notification notification = new Notification(
                ALERT, name("Agent", Map.of()), sequence.incrementAndGet(), surface.now(), notice.line());
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("event", notice.event().label());
        data.put("type", finding.kind().label());
        data.put("severity", finding.severity().label());
        data.put("service", finding.service());
        data.put("summary", finding.summary());
        notification.setUserData(composite("Alert", "An alert of the fleet", data));
        return notification;
    }

    /** @param data of strings and longs, in order */
    private static CompositeDataSupport composite(String name, String about, Map<String, Object> data) {
        String[] names = data.keySet().toArray(new String[0]);
        OpenType<?>[] types = data.values().stream()
                .map(value -> value instanceof Long ? SimpleType.LONG : SimpleType.STRING)
                .toArray(OpenType<?>[]::new);
        try {
            return new CompositeDataSupport(
                    new CompositeType(name, about, names, names, types),
                    names,
                    data.values().toArray());
        } catch (OpenDataException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static void unregister(MBeanServer server, ObjectName name) {
        try {
            server.unregisterMBean(name);
        } catch (InstanceNotFoundException gone) {
            // Somebody else was faster.
        } catch (JMException | RuntimeException failure) {
            AgentLog.warn("jmx", "a JMX bean could not be taken away", failure);
        }
    }

    private static ObjectName name(String type, Map<String, String> keys) {
        StringBuilder name = new StringBuilder(DOMAIN).append(":type=").append(type);
        keys.forEach((key, value) -> name.append(',')
                .append(key)
                .append('=')
                .append(PLAIN.matcher(value).matches() ? value : ObjectName.quote(value)));
        try {
            return new ObjectName(name.toString());
        } catch (MalformedObjectNameException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
