package dev.resilience.telemetry;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One copy of OpenTelemetry's API that is not the agent's own, called by method handles: the application's, or the one that
 * OpenTelemetry's Java agent keeps under another name. Objects are that API's. Only what has been there since version 1.0 is
 * used. Thread-safe; any method may throw whatever the other side throws.
 */
final class TraceApi {

    private static final String SCOPE = "dev.resilience";
    private static final MethodHandles.Lookup LOOKUP = MethodHandles.publicLookup();

    private final String prefix;
    private final @Nullable ClassLoader loader;
    private final MethodHandle currentContext;
    private final MethodHandle spanOf;
    private final MethodHandle spanContext;
    private final MethodHandle recording;
    private final MethodHandle setText;
    private final MethodHandle setNumber;
    private final MethodHandle setStatus;
    private final MethodHandle addEvent;
    private final MethodHandle endSpan;
    private final MethodHandle valid;
    private final MethodHandle traceId;
    private final MethodHandle spanId;
    private final MethodHandle sampled;
    private final MethodHandle newAttributes;
    private final MethodHandle putAttribute;
    private final MethodHandle buildAttributes;
    private final MethodHandle tracer;
    private final MethodHandle spanBuilder;
    private final MethodHandle setParent;
    private final MethodHandle setKind;
    private final MethodHandle setStart;
    private final MethodHandle startSpan;
    private final MethodHandle remoteContext;
    private final MethodHandle wrap;
    private final MethodHandle with;
    private final MethodHandle stringKey;
    private final Object error;
    private final Object client;
    private final Object internal;
    private final Object flagsSampled;
    private final Object flagsUnsampled;
    private final Object emptyState;

    /** How spans of one class tell of themselves. */
    private final ClassValue<Readable> readable = new ClassValue<>() {
        @Override
        protected Readable computeValue(Class<?> type) {
            return Readable.of(type);
        }
    };

    /**
     * @param loader that has the API; null for the boot loader
     * @param prefix what stands before the names that the API is published under
     */
    TraceApi(@Nullable ClassLoader loader, String prefix) throws ReflectiveOperationException {
        this.prefix = prefix;
        this.loader = loader;
        Class<?> context = type("context.Context");
        Class<?> span = type("api.trace.Span");
        Class<?> spanContext = type("api.trace.SpanContext");
        Class<?> attributes = type("api.common.Attributes");
        Class<?> attributesBuilder = type("api.common.AttributesBuilder");
        Class<?> tracers = type("api.trace.TracerProvider");
        Class<?> tracer = type("api.trace.Tracer");
        Class<?> builder = type("api.trace.SpanBuilder");
        Class<?> kind = type("api.trace.SpanKind");
        Class<?> status = type("api.trace.StatusCode");
        Class<?> flags = type("api.trace.TraceFlags");
        Class<?> state = type("api.trace.TraceState");
        currentContext = handle(context, "current");
        spanOf = handle(span, "fromContextOrNull", context);
        this.spanContext = handle(span, "getSpanContext");
        recording = handle(span, "isRecording");
        setText = handle(span, "setAttribute", String.class, String.class);
        setNumber = handle(span, "setAttribute", String.class, long.class);
        setStatus = handle(span, "setStatus", status);
        addEvent = handle(span, "addEvent", String.class, attributes);
        endSpan = handle(span, "end");
        valid = handle(spanContext, "isValid");
        traceId = handle(spanContext, "getTraceId");
        spanId = handle(spanContext, "getSpanId");
        sampled = handle(spanContext, "isSampled");
        newAttributes = handle(attributes, "builder");
        putAttribute = handle(attributesBuilder, "put", String.class, String.class);
        buildAttributes = handle(attributesBuilder, "build");
        this.tracer = handle(tracers, "get", String.class);
        spanBuilder = handle(tracer, "spanBuilder", String.class);
        setParent = handle(builder, "setParent", context);
        setKind = handle(builder, "setSpanKind", kind);
        setStart = handle(builder, "setStartTimestamp", java.time.Instant.class);
        startSpan = handle(builder, "startSpan");
        remoteContext = handle(spanContext, "createFromRemoteParent", String.class, String.class, flags, state);
        wrap = handle(span, "wrap", spanContext);
        with = handle(context, "with", type("context.ImplicitContextKeyed"));
        stringKey = handle(type("api.common.AttributeKey"), "stringKey", String.class);
        flagsSampled = made(flags, "getSampled");
        flagsUnsampled = made(flags, "getDefault");
        emptyState = made(state, "getDefault");
        error = constant(status, "ERROR");
        client = constant(kind, "CLIENT");
        internal = constant(kind, "INTERNAL");
    }

    /** What the calling thread is in the middle of. */
    Object currentContext() throws Throwable {
        return currentContext.invoke();
    }

    /** The span of a context, null when it has none. */
    @Nullable
    Object span(Object context) throws Throwable {
        return spanOf.invoke(context);
    }

    /** Null for a span that belongs to no trace. */
    @Nullable
    TraceParent identity(Object span) throws Throwable {
        Object context = spanContext.invoke(span);
        if (!(boolean) valid.invoke(context)) {
            return null;
        }
        String flags = (boolean) sampled.invoke(context) ? "-01" : "-00";
        return TraceParent.parse(
                "00-" + (String) traceId.invoke(context) + "-" + (String) spanId.invoke(context) + flags);
    }

    boolean recording(Object span) throws Throwable {
        return (boolean) recording.invoke(span);
    }

    /** Whether a span is known to be a client's; what tells no kind is none. */
    boolean isClient(Object span) throws Throwable {
        MethodHandle kind = readable.get(span.getClass()).kind;
        return kind != null && client.equals(kind.invoke(span));
    }

    /** Whether a span is known to have a text attribute. */
    boolean has(Object span, String name) throws Throwable {
        MethodHandle attribute = readable.get(span.getClass()).attribute;
        return attribute != null && attribute.invoke(span, stringKey.invoke(name)) != null;
    }

    /** The context with a span of another process, or one that is known by its name alone, in its place. */
    Object remote(Object context, TraceParent parent) throws Throwable {
        Object remote = remoteContext.invoke(
                parent.traceId(), parent.spanId(), parent.sampled() ? flagsSampled : flagsUnsampled, emptyState);
        return with.invoke(context, wrap.invoke(remote));
    }

    void set(Object span, String name, @Nullable Object value) throws Throwable {
        if (value instanceof Long number) {
            setNumber.invoke(span, name, (long) number);
        } else if (value != null) {
            setText.invoke(span, name, value.toString());
        }
    }

    void event(Object span, String name, Map<String, String> attributes) throws Throwable {
        Object builder = newAttributes.invoke();
        for (Map.Entry<String, String> attribute : attributes.entrySet()) {
            putAttribute.invoke(builder, attribute.getKey(), attribute.getValue());
        }
        addEvent.invoke(span, name, buildAttributes.invoke(builder));
    }

    void markError(Object span) throws Throwable {
        setStatus.invoke(span, error);
    }

    void end(Object span) throws Throwable {
        endSpan.invoke(span);
    }

    /** @param tracers the {@code TracerProvider} that the span is made by */
    Object start(Object tracers, String name, Object parent, boolean asClient, java.time.Instant start)
            throws Throwable {
        Object builder = spanBuilder.invoke(tracer.invoke(tracers, SCOPE), name);
        setParent.invoke(builder, parent);
        setKind.invoke(builder, asClient ? client : internal);
        setStart.invoke(builder, start);
        return startSpan.invoke(builder);
    }

    private Class<?> type(String name) throws ClassNotFoundException {
        return Class.forName(prefix + "io.opentelemetry." + name, false, loader);
    }

    private static MethodHandle handle(Class<?> type, String name, Class<?>... parameters)
            throws ReflectiveOperationException {
        return loose(type.getMethod(name, parameters));
    }

    private static MethodHandle loose(Method method) throws IllegalAccessException {
        MethodHandle handle = LOOKUP.unreflect(method);
        return handle.asType(loose(handle.type()));
    }

    /** Every type that is not Java's own as {@code Object}: the agent cannot name it. */
    private static MethodType loose(MethodType type) {
        MethodType loose = type;
        for (int i = 0; i < type.parameterCount(); i++) {
            if (!ours(type.parameterType(i))) {
                loose = loose.changeParameterType(i, Object.class);
            }
        }
        return ours(type.returnType()) ? loose : loose.changeReturnType(Object.class);
    }

    private static boolean ours(Class<?> type) {
        return type.isPrimitive() || type.getName().startsWith("java.");
    }

    private static Object constant(Class<?> enumeration, String name) throws ReflectiveOperationException {
        Object constant = enumeration.getField(name).get(null);
        if (constant == null) {
            throw new NoSuchFieldException(name);
        }
        return constant;
    }

    private static Object made(Class<?> type, String method) throws ReflectiveOperationException {
        return type.getMethod(method).invoke(null);
    }

    /** The SDK's spans tell of themselves; the API's interface has no question for it. */
    private record Readable(
            @Nullable MethodHandle kind, @Nullable MethodHandle attribute) {

        static final Readable NOT = new Readable(null, null);

        static Readable of(Class<?> type) {
            try {
                Class<?> readable =
                        Class.forName("io.opentelemetry.sdk.trace.ReadableSpan", false, type.getClassLoader());
                if (!readable.isAssignableFrom(type)) {
                    return NOT;
                }
                MethodHandle attribute = null;
                for (Method method : readable.getMethods()) {
                    if (method.getName().equals("getAttribute")) {
                        attribute = loose(method);
                    }
                }
                return new Readable(loose(readable.getMethod("getKind")), attribute);
            } catch (ReflectiveOperationException | LinkageError unknown) {
                return NOT;
            }
        }
    }
}
