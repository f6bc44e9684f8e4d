package dev.resilience.admin;

import dev.resilience.guard.AgentThreads;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.function.Function;
import java.util.function.Supplier;
import javax.management.Attribute;
import javax.management.AttributeList;
import javax.management.AttributeNotFoundException;
import javax.management.DynamicMBean;
import javax.management.ListenerNotFoundException;
import javax.management.MBeanException;
import javax.management.MBeanInfo;
import javax.management.MBeanNotificationInfo;
import javax.management.MBeanOperationInfo;
import javax.management.Notification;
import javax.management.NotificationBroadcasterSupport;
import javax.management.NotificationEmitter;
import javax.management.NotificationFilter;
import javax.management.NotificationListener;
import javax.management.ReflectionException;
import javax.management.openmbean.ArrayType;
import javax.management.openmbean.OpenDataException;
import javax.management.openmbean.OpenMBeanAttributeInfo;
import javax.management.openmbean.OpenMBeanAttributeInfoSupport;
import javax.management.openmbean.OpenMBeanConstructorInfo;
import javax.management.openmbean.OpenMBeanInfoSupport;
import javax.management.openmbean.OpenMBeanOperationInfo;
import javax.management.openmbean.OpenMBeanOperationInfoSupport;
import javax.management.openmbean.OpenMBeanParameterInfo;
import javax.management.openmbean.OpenMBeanParameterInfoSupport;
import javax.management.openmbean.OpenType;
import javax.management.openmbean.SimpleType;
import org.jspecify.annotations.Nullable;

/**
 * A bean of plain open types, read by any JMX client without our classes: whatever it gives or throws is the JDK's own.
 * Complete once registered; thread-safe then.
 */
final class OpenBean implements DynamicMBean, NotificationEmitter {

    private static final int MOST_UNHEARD = 1_000;

    /** Listeners are the application's or its tools': one that is slow, or never returns, holds up no thread of circuits. */
    private static final Executor TELLING = telling();

    /** A list of names. */
    static final OpenType<String[]> STRINGS = strings();

    private final String description;
    private final Map<String, Reading> attributes = new LinkedHashMap<>();
    private final Map<String, Operation> operations = new LinkedHashMap<>();
    private final List<OpenMBeanAttributeInfo> attributeInfos = new ArrayList<>();
    private final List<OpenMBeanOperationInfo> operationInfos = new ArrayList<>();
    private final MBeanNotificationInfo[] notifications;
    private final NotificationBroadcasterSupport broadcaster;

    OpenBean(String description, MBeanNotificationInfo... notifications) {
        this.description = description;
        this.notifications = notifications;
        this.broadcaster = new NotificationBroadcasterSupport(TELLING, notifications);
    }

    /** A thread only while there is something to tell to somebody; the oldest is forgotten where nobody returns. */
    private static Executor telling() {
        ThreadPoolExecutor one = AgentThreads.one(new AgentThreads("jmx"), 10, MOST_UNHEARD);
        one.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardOldestPolicy());
        return one;
    }

    <T> OpenBean attribute(String name, OpenType<T> type, String meaning, Supplier<@Nullable T> reading) {
        attributes.put(name, reading::get);
        attributeInfos.add(new OpenMBeanAttributeInfoSupport(name, meaning, type, true, false, false));
        return this;
    }

    /** Adds an operation without parameters that says in one line what it did. */
    OpenBean operation(String name, String meaning, Supplier<String> action) {
        return operation(name, meaning, SimpleType.STRING, texts -> action.get());
    }

    /** Adds an operation that takes texts, as {@code parameters} names them. */
    <T> OpenBean operation(
            String name, String meaning, OpenType<T> type, Function<List<String>, T> action, String... parameters) {
        operations.put(name, new Operation(parameters.length, action));
        operationInfos.add(new OpenMBeanOperationInfoSupport(
                name,
                meaning,
                Arrays.stream(parameters)
                        .map(each -> new OpenMBeanParameterInfoSupport(each, each, SimpleType.STRING))
                        .toArray(OpenMBeanParameterInfo[]::new),
                type,
                MBeanOperationInfo.ACTION));
        return this;
    }

    void send(Notification notification) {
        broadcaster.sendNotification(notification);
    }

    @Override
    public @Nullable Object getAttribute(String name) throws AttributeNotFoundException, MBeanException {
        Reading reading = attributes.get(name);
        if (reading == null) {
            throw new AttributeNotFoundException(name);
        }
        try {
            return reading.read();
        } catch (RuntimeException failure) {
            throw plain(failure);
        }
    }

    @Override
    public AttributeList getAttributes(String[] names) {
        AttributeList values = new AttributeList();
        for (String name : names) {
            try {
                values.add(new Attribute(name, getAttribute(name)));
            } catch (AttributeNotFoundException | MBeanException left) {
                // The contract of this method: what cannot be read is left out.
            }
        }
        return values;
    }

    @Override
    public void setAttribute(Attribute attribute) throws AttributeNotFoundException {
        throw new AttributeNotFoundException(attribute.getName() + " cannot be set");
    }

    @Override
    public AttributeList setAttributes(AttributeList attributes) {
        return new AttributeList();
    }

    @Override
    public Object invoke(String name, Object @Nullable [] parameters, String @Nullable [] signature)
            throws MBeanException, ReflectionException {
        Operation operation = operations.get(name);
        List<String> texts = texts(parameters);
        if (operation == null || texts == null || texts.size() != operation.parameters) {
            throw new ReflectionException(new NoSuchMethodException(name), "no operation " + name);
        }
        try {
            return operation.action.apply(texts);
        } catch (RuntimeException failure) {
            throw plain(failure);
        }
    }

    @Override
    public MBeanInfo getMBeanInfo() {
        return new OpenMBeanInfoSupport(
                "dev.resilience",
                description,
                attributeInfos.toArray(new OpenMBeanAttributeInfo[0]),
                new OpenMBeanConstructorInfo[0],
                operationInfos.toArray(new OpenMBeanOperationInfo[0]),
                notifications.clone());
    }

    @Override
    public void addNotificationListener(
            NotificationListener listener, @Nullable NotificationFilter filter, @Nullable Object handback) {
        broadcaster.addNotificationListener(listener, filter, handback);
    }

    @Override
    public void removeNotificationListener(NotificationListener listener) throws ListenerNotFoundException {
        broadcaster.removeNotificationListener(listener);
    }

    @Override
    public void removeNotificationListener(
            NotificationListener listener, @Nullable NotificationFilter filter, @Nullable Object handback)
            throws ListenerNotFoundException {
        broadcaster.removeNotificationListener(listener, filter, handback);
    }

    @Override
    public MBeanNotificationInfo[] getNotificationInfo() {
        return notifications.clone();
    }

    /** The caller's JVM may not have our classes: no exception of ours, and none as a cause, crosses the wire. */
    private static MBeanException plain(RuntimeException failure) {
        String message = failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
        return new MBeanException(new IllegalStateException(message), message);
    }

    /** Null when one of them is no text. */
    private static @Nullable List<String> texts(Object @Nullable [] parameters) {
        List<String> texts = new ArrayList<>();
        for (Object parameter : parameters == null ? new Object[0] : parameters) {
            if (!(parameter instanceof String text)) {
                return null;
            }
            texts.add(text);
        }
        return texts;
    }

    private static OpenType<String[]> strings() {
        try {
            return new ArrayType<>(1, SimpleType.STRING);
        } catch (OpenDataException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private record Operation(int parameters, Function<List<String>, ?> action) {}

    private interface Reading {
        @Nullable
        Object read();
    }
}
