package dev.resilience.admin;

import dev.resilience.breaker.Circuit;
import dev.resilience.breaker.CircuitView;
import dev.resilience.breaker.ModeOrder;
import dev.resilience.config.Mode;
import dev.resilience.fallback.Backlog;
import dev.resilience.health.HealthReport.ServiceHealth;
import dev.resilience.health.ProbeResult;
import dev.resilience.health.ProbeView;
import dev.resilience.health.roster.Instance;
import dev.resilience.health.roster.Roster;
import dev.resilience.metrics.EndpointFigures;
import dev.resilience.metrics.Latency;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import javax.management.MBeanNotificationInfo;
import javax.management.Notification;
import javax.management.openmbean.SimpleType;
import org.jspecify.annotations.Nullable;

/** What each kind of bean says and does. */
final class Beans {

    /** A JMX caller waits for its operation on a thread of its own; longer than this it need not. */
    private static final long OPERATION_SECONDS = 5;

    private static final String WHO = "JMX";
    private static final double NANOS_PER_MILLI = 1e6;

    private Beans() {}

    static OpenBean agent(Surface surface) {
        ApiOperation api = new ApiOperation(() -> Routes.of(surface));
        return new OpenBean(
                        "resilience.jar in this JVM",
                        new MBeanNotificationInfo(
                                new String[] {JmxBeans.ALERT},
                                Notification.class.getName(),
                                "An alert of the fleet was raised, went on, or is over"))
                .attribute("Version", SimpleType.STRING, "Version of the agent", surface::version)
                .attribute(
                        "Application",
                        SimpleType.STRING,
                        "Name of the application",
                        () -> surface.config().application())
                .attribute(
                        "Instance",
                        SimpleType.STRING,
                        "Name of this JVM, unique in the fleet",
                        () -> surface.config().instance())
                .attribute(
                        "Mode",
                        SimpleType.STRING,
                        "Where state lives: shared, degraded (Redis does not answer), local, or inert",
                        surface::mode)
                .attribute(
                        "ConfigFile",
                        SimpleType.STRING,
                        "The configuration in force",
                        () -> surface.config().file().toString())
                .attribute(
                        "ConfigError",
                        SimpleType.STRING,
                        "Why the file as it is now is not in force; null when it is",
                        surface::configError)
                .attribute(
                        "Instances",
                        OpenBean.STRINGS,
                        "Those of the fleet that were heard of lately, this one first",
                        () -> array(instances(surface).stream()
                                .filter(instance -> !instance.lost())
                                .map(Instance::name)
                                .toList()))
                .attribute(
                        "ConfigDrift",
                        SimpleType.STRING,
                        "How the configurations of the fleet's instances differ; null when they agree",
                        () -> Roster.drift(instances(surface)))
                .attribute(
                        "AdminUrl", SimpleType.STRING, "Base of the admin API; null when it is off", surface::adminUrl)
                .attribute(
                        "SystemHealth",
                        SimpleType.STRING,
                        "healthy, degraded or critical",
                        () -> surface.health().status().label())
                .attribute(
                        "OpenCircuits",
                        OpenBean.STRINGS,
                        "Services whose circuit is OPEN",
                        () -> array(surface.health().openCircuits()))
                .attribute(
                        "HalfOpenCircuits",
                        OpenBean.STRINGS,
                        "Services whose circuit is HALF_OPEN",
                        () -> array(surface.health().halfOpenCircuits()))
                .attribute(
                        "CascadingFailures",
                        OpenBean.STRINGS,
                        "What the alert cascading_failure is about: paths along which a failure has spread, and, while two or more"
                                + " circuits are OPEN, those that are on none",
                        () -> array(surface.health().cascadingFailures()))
                .attribute(
                        "GateFailures",
                        SimpleType.LONG,
                        "Failures of the agent's own since the start; each let its call through",
                        surface::gateFailures)
                .operation("resetAll", "Closes every circuit for the whole fleet", () -> reset(surface, null))
                .operation("reload", "Reads the configuration again", () -> surface.reload(WHO))
                .operation(
                        "api",
                        "Answers a request as the admin API does, without its port and token",
                        ApiOperation.ANSWER,
                        texts -> api.ask(texts.get(0), texts.get(1)),
                        "method",
                        "pathAndQuery");
    }

    static OpenBean circuit(Surface surface, String service) {
        return new OpenBean(
                        "The circuit breaker of " + service,
                        new MBeanNotificationInfo(
                                new String[] {JmxBeans.STATE_CHANGE},
                                Notification.class.getName(),
                                "The circuit changed its state"))
                .attribute(
                        "State",
                        SimpleType.STRING,
                        "CLOSED, OPEN or HALF_OPEN",
                        () -> view(surface, service).state().name())
                .attribute(
                        "Failures",
                        SimpleType.LONG,
                        "Failed calls in the window, or those that opened it",
                        () -> view(surface, service).failures())
                .attribute(
                        "Successes",
                        SimpleType.LONG,
                        "Successful calls in the window, or trials",
                        () -> view(surface, service).successes())
                .attribute(
                        "FailureRate",
                        SimpleType.DOUBLE,
                        "Share of failed calls in the window, 0 to 1",
                        () -> view(surface, service).failureRate())
                .attribute(
                        "HalfOpenQuota",
                        SimpleType.INTEGER,
                        "Trial permits left",
                        () -> view(surface, service).halfOpenQuota())
                .attribute(
                        "LastFailure",
                        SimpleType.LONG,
                        "Unix seconds of the last counted failure, 0 for none",
                        () -> view(surface, service).lastFailure())
                .attribute(
                        "RetryAfterMillis",
                        SimpleType.LONG,
                        "Milliseconds until the next trial, 0 unless OPEN",
                        () -> view(surface, service).retryAfterMillis())
                .attribute(
                        "Mode",
                        SimpleType.STRING,
                        "How it is used: enforce, monitor, disabled, …",
                        () -> circuitOf(surface, service).mode().label())
                .attribute(
                        "ModeReason",
                        SimpleType.STRING,
                        "Who ordered the mode at run time, and why; empty when it is the file's",
                        () -> modeReason(surface, service))
                .attribute(
                        "ModeBy",
                        SimpleType.STRING,
                        "Who ordered the mode at run time; empty when it is the file's",
                        () -> {
                            ModeOrder order = circuitOf(surface, service).order();
                            return order == null || order.mode() == null ? "" : order.who();
                        })
                .attribute(
                        "ModeUntil",
                        SimpleType.STRING,
                        "When the mode ordered at run time ends, ISO 8601; empty when it does not, or is the file's",
                        () -> {
                            ModeOrder order = circuitOf(surface, service).order();
                            return order == null || order.mode() == null || order.remainingMillis() == ModeOrder.ENDLESS
                                    ? ""
                                    : Json.time(surface.now() + order.remainingMillis());
                        })
                .attribute(
                        "Epoch",
                        SimpleType.LONG,
                        "Number of the state; grows with every transition",
                        () -> view(surface, service).epoch())
                .attribute(
                        "Healthy",
                        SimpleType.BOOLEAN,
                        "Neither OPEN nor standing on anything that is",
                        () -> health(surface, service).healthy())
                .attribute(
                        "HealthReasons",
                        OpenBean.STRINGS,
                        "Why it is not healthy",
                        () -> array(health(surface, service).reasons()))
                .operation("reset", "Closes the circuit for the whole fleet", () -> reset(surface, service));
    }

    static OpenBean endpoint(Surface surface, String service, String endpoint) {
        Supplier<EndpointFigures> figures = () -> surface.metrics().figures(service).endpoints().stream()
                .filter(each -> each.endpoint().equals(endpoint))
                .findFirst()
                .orElseGet(() -> EndpointFigures.none(service, endpoint));
        return new OpenBean("The operation " + endpoint + " of " + service + ", since this JVM started")
                .attribute(
                        "Requests",
                        SimpleType.LONG,
                        "All calls",
                        () -> figures.get().requests())
                .attribute(
                        "Successes",
                        SimpleType.LONG,
                        "The dependency answered well",
                        () -> figures.get().successes())
                .attribute(
                        "Failures",
                        SimpleType.LONG,
                        "The dependency failed",
                        () -> figures.get().failures())
                .attribute(
                        "Rejections",
                        SimpleType.LONG,
                        "Calls that were not made",
                        () -> figures.get().rejections())
                .attribute(
                        "Fallbacks",
                        SimpleType.LONG,
                        "Calls that a fallback answered",
                        () -> figures.get().answeredFailures() + figures.get().answeredRejections())
                .attribute(
                        "SuccessRate",
                        SimpleType.DOUBLE,
                        "Percent of the calls made that were answered well",
                        () -> figures.get().successRate())
                .attribute("LatencyP50Millis", SimpleType.DOUBLE, "Median", () -> percentile(figures, 50))
                .attribute("LatencyP95Millis", SimpleType.DOUBLE, "95th percentile", () -> percentile(figures, 95))
                .attribute("LatencyP99Millis", SimpleType.DOUBLE, "99th percentile", () -> percentile(figures, 99))
                .attribute(
                        "LatencyMeanMillis",
                        SimpleType.DOUBLE,
                        "Mean",
                        () -> figures.get().latency().averageNanos() / NANOS_PER_MILLI);
    }

    static OpenBean retryQueue(Surface surface) {
        return new OpenBean("Calls taken in charge, of the whole fleet where it shares a store")
                .attribute(
                        "Entries",
                        SimpleType.LONG,
                        "Calls that wait to be made",
                        () -> waiting(surface, Backlog.Sizes::queue))
                .attribute(
                        "ReviewEntries",
                        SimpleType.LONG,
                        "Calls flagged for a person",
                        () -> waiting(surface, Backlog.Sizes::review))
                .attribute(
                        "Redeliveries",
                        SimpleType.LONG,
                        "Queued calls that this instance made though they may have been made before",
                        () -> redeliveries(surface));
    }

    static OpenBean probe(Surface surface, String service) {
        return new OpenBean("The probe of " + service)
                .attribute(
                        "Kind",
                        SimpleType.STRING,
                        "http, sql or redis",
                        () -> probeOf(surface, service).kind())
                .attribute(
                        "Target",
                        SimpleType.STRING,
                        "What is asked",
                        () -> probeOf(surface, service).target())
                .attribute(
                        "IntervalMillis",
                        SimpleType.LONG,
                        "Time between probes",
                        () -> probeOf(surface, service).intervalMillis())
                .attribute(
                        "Held",
                        SimpleType.BOOLEAN,
                        "Whether this instance probes for the fleet",
                        () -> probeOf(surface, service).held())
                .attribute("Up", SimpleType.BOOLEAN, "The last answer; null when this instance has not asked", () -> {
                    ProbeResult last = probeOf(surface, service).last();
                    return last == null ? null : last.up();
                })
                .attribute("ResponseMillis", SimpleType.LONG, "How long it took; null when not asked", () -> {
                    ProbeResult last = probeOf(surface, service).last();
                    return last == null ? null : last.responseMillis();
                })
                .attribute(
                        "LastFailure", SimpleType.STRING, "Why the last answer was bad; null when it was good", () -> {
                            ProbeResult last = probeOf(surface, service).last();
                            return last == null ? null : last.failure();
                        })
                .attribute(
                        "Runs",
                        SimpleType.LONG,
                        "Probes made by this instance",
                        () -> probeOf(surface, service).runs())
                .attribute(
                        "Failures",
                        SimpleType.LONG,
                        "Of them, those that found it down",
                        () -> probeOf(surface, service).failures());
    }

    private static boolean isHeldOpen(@Nullable Circuit circuit) {
        return circuit != null && circuit.mode() == Mode.FORCED_OPEN;
    }

    private static String reset(Surface surface, @Nullable String service) {
        try {
            Map<String, CircuitView> after = CompletableFuture.completedFuture(null)
                    .thenCompose(start -> surface.reset(service, WHO))
                    .get(OPERATION_SECONDS, TimeUnit.SECONDS);
            List<String> held = after.keySet().stream()
                    .filter(name -> isHeldOpen(surface.circuits().find(name)))
                    .toList();
            return "reset " + String.join(", ", after.keySet())
                    + (held.isEmpty() ? "" : "; OPEN by its mode: " + String.join(", ", held));
        } catch (ExecutionException | TimeoutException failure) {
            throw new IllegalStateException("the reset was not confirmed: " + failure, failure);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted before the reset was confirmed", stopped);
        }
    }

    private static CircuitView view(Surface surface, String service) {
        return circuitOf(surface, service).view();
    }

    private static Circuit circuitOf(Surface surface, String service) {
        Circuit circuit = surface.circuits().find(service);
        if (circuit == null) {
            throw new IllegalStateException("no circuit " + service + " any longer");
        }
        return circuit;
    }

    private static String modeReason(Surface surface, String service) {
        ModeOrder order = circuitOf(surface, service).order();
        return order == null || order.mode() == null
                ? ""
                : order.who() + (order.reason().isEmpty() ? "" : ": " + order.reason());
    }

    private static long redeliveries(Surface surface) {
        Backlog backlog = surface.backlog();
        return backlog == null
                ? 0
                : surface.config().services().keySet().stream()
                        .mapToLong(backlog::repeats)
                        .sum();
    }

    private static long waiting(Surface surface, ToLongFunction<Backlog.Sizes> size) {
        return told("the queue", surface.backlogSizes()).values().stream()
                .mapToLong(size)
                .sum();
    }

    private static List<Instance> instances(Surface surface) {
        Roster roster = surface.roster();
        return roster == null ? List.of() : told("the fleet", roster.all());
    }

    private static <T> T told(String who, CompletionStage<T> answer) {
        try {
            return answer.toCompletableFuture().get(OPERATION_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException failure) {
            throw new IllegalStateException(who + " does not tell: " + failure, failure);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", stopped);
        }
    }

    private static ServiceHealth health(Surface surface, String service) {
        ServiceHealth health = surface.health().services().get(service);
        if (health == null) {
            throw new IllegalStateException("no service " + service + " any longer");
        }
        return health;
    }

    private static ProbeView probeOf(Surface surface, String service) {
        for (ProbeView probe : surface.probes().views()) {
            if (probe.service().equals(service)) {
                return probe;
            }
        }
        throw new IllegalStateException("no probe of " + service + " any longer");
    }

    private static double percentile(Supplier<EndpointFigures> figures, double percent) {
        Latency latency = figures.get().latency();
        return latency.percentileNanos(percent) / NANOS_PER_MILLI;
    }

    private static String[] array(Collection<String> texts) {
        return List.copyOf(texts).toArray(new String[0]);
    }
}
