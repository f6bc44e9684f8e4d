package dev.resilience.guard;

import dev.resilience.bootstrap.Bridge;
import dev.resilience.breaker.Circuit;
import dev.resilience.breaker.Circuits;
import dev.resilience.breaker.InFlightLimit;
import dev.resilience.config.AgentConfig;
import dev.resilience.config.EndpointConfig;
import dev.resilience.config.ServiceConfig;
import dev.resilience.fallback.FallbackChain;
import dev.resilience.health.DependencyGraph;
import dev.resilience.metrics.CallRecorder;
import dev.resilience.rule.RuleTable;
import dev.resilience.telemetry.CallTracer;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The guard of the configuration in force. Until a first one is applied nothing matches. {@link #apply} may come at any
 * time; calls that run go on by the rules they began with.
 */
public final class CallGuard implements Guard {

    private final Circuits circuits;
    private final CallRecorder recorder;
    private final CallTracer tracer;
    private final Chains chains;
    private final LongSupplier nanoTime;
    private final Map<String, InFlightLimit> limits = new HashMap<>();
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final ChangedAddresses addresses;
    private volatile RuleTable<ServiceEndpoint> rules =
            RuleTable.<ServiceEndpoint>builder().build();

    /** Makes an endpoint's fallback chain. */
    @FunctionalInterface
    public interface Chains {

        FallbackChain of(ServiceConfig service, EndpointConfig endpoint);
    }

    /** @param nanoTime the monotonic clock, nanoseconds */
    public CallGuard(
            Circuits circuits, CallRecorder recorder, CallTracer tracer, Chains chains, LongSupplier nanoTime) {
        this.circuits = circuits;
        this.recorder = recorder;
        this.tracer = tracer;
        this.chains = chains;
        this.nanoTime = nanoTime;
        this.addresses = new ChangedAddresses(() -> rules);
    }

    /** Matches by this configuration from now on. Its circuits must be there already. */
    public synchronized void apply(AgentConfig config) {
        RuleTable.Builder<ServiceEndpoint> table = RuleTable.builder();
        DependencyGraph graph = DependencyGraph.of(config);
        ChangedAddresses told = keepsResponses(config) ? addresses : null;
        for (ServiceConfig service : config.services().values()) {
            Circuit circuit = circuits.find(service.name());
            if (circuit == null) {
                continue;
            }
            RetryBudget budget = new RetryBudget(service.breaker().window().toNanos());
            InFlightLimit limit = limit(service);
            List<Circuit> dependencies = dependencies(service, graph);
            for (EndpointConfig endpoint : service.endpoints()) {
                add(table, endpoint, endpoint(service, endpoint, circuit, dependencies, budget, limit, told));
            }
        }
        rules = table.build();
        listeners.forEach(Runnable::run);
    }

    @Override
    public Object rules() {
        return rules;
    }

    @Override
    public void whenRulesChange(Runnable listener) {
        listeners.add(listener);
    }

    @Override
    public @Nullable Endpoint matchHttp(String method, URI uri) {
        String host = uri.getHost();
        if (host != null) {
            return matchHttp(method, uri.getScheme(), host, uri.getPort(), uri.getRawPath());
        }
        Authority authority = Authority.of(uri);
        return matchHttp(method, uri.getScheme(), authority.host(), authority.port(), uri.getRawPath());
    }

    @Override
    public @Nullable Endpoint matchHttp(
            String method, @Nullable String scheme, @Nullable String host, int port, @Nullable String path) {
        RuleTable<ServiceEndpoint> table = rules;
        if (!table.hasHttp() || ThreadMarks.active()) {
            return null;
        }
        try {
            return perHost(table.http(method, scheme, host, port, path), host);
        } catch (Throwable failure) {
            Bridge.failed(failure);
            return null;
        }
    }

    @Override
    public @Nullable Endpoint matchJdbc(String url, String sql) {
        RuleTable<ServiceEndpoint> table = rules;
        if (!table.hasJdbc() || ThreadMarks.active()) {
            return null;
        }
        try {
            return perHost(table.jdbc(url, sql), url);
        } catch (Throwable failure) {
            Bridge.failed(failure);
            return null;
        }
    }

    /** The endpoint with the circuit of this host, where its service has one for each. */
    private @Nullable ServiceEndpoint perHost(@Nullable ServiceEndpoint endpoint, @Nullable String address) {
        if (endpoint == null || !endpoint.perHost() || address == null) {
            return endpoint;
        }
        String host = HostName.of(address);
        Circuit circuit = host == null ? null : circuits.at(endpoint.service(), host);
        return circuit == null ? endpoint : endpoint.with(circuit);
    }

    /** Something else than a call of the application's changed what is at an address. */
    public void changed(URI address) {
        addresses.changed(address);
    }

    @Override
    public boolean coversJdbc(String url) {
        return rules.coversJdbc(url);
    }

    @Override
    public boolean answersWithoutConnection(String url) {
        for (ServiceEndpoint endpoint : rules.jdbcEndpoints(url)) {
            if (endpoint.answersRejections()) {
                return true;
            }
        }
        return false;
    }

    @Override
    public boolean lendsConnections(String url) {
        return rules.jdbcEndpoints(url).stream().anyMatch(ServiceEndpoint::lendsConnections);
    }

    @Override
    public @Nullable Endpoint matchConnect(String url) {
        if (ThreadMarks.active()) {
            return null;
        }
        RuleTable<ServiceEndpoint> table = rules;
        ServiceEndpoint unknown = table.jdbc(url, "");
        if (unknown != null) {
            return perHost(unknown, url);
        }
        List<ServiceEndpoint> able = table.jdbcEndpoints(url);
        return able.isEmpty() ? null : perHost(able.get(0), url);
    }

    @Override
    public boolean open(Endpoint endpoint) {
        return ((ServiceEndpoint) endpoint).open();
    }

    @Override
    public HttpCall begin(Endpoint endpoint, HttpRequestView request) {
        return new GuardedHttpCall((ServiceEndpoint) endpoint, request);
    }

    @Override
    public JdbcCall begin(Endpoint endpoint, JdbcRequestView request) {
        return new GuardedJdbcCall((ServiceEndpoint) endpoint, request);
    }

    @Override
    public JdbcCall beginConnect(Endpoint endpoint, JdbcRequestView request) {
        return new GuardedJdbcCall(((ServiceEndpoint) endpoint).forConnecting(), request);
    }

    /** Of a service that had one it is the same with another bound, so that the calls in flight stay counted. */
    private @Nullable InFlightLimit limit(ServiceConfig service) {
        Integer most = service.maxConcurrent();
        if (most == null) {
            return null;
        }
        InFlightLimit limit = limits.computeIfAbsent(service.name(), name -> new InFlightLimit(most));
        limit.most(most);
        return limit;
    }

    /** Those that keep its calls from being made, where the configuration says so: direct or not, as for its health. */
    private List<Circuit> dependencies(ServiceConfig service, DependencyGraph graph) {
        List<Circuit> dependencies = new ArrayList<>();
        if (service.fallbackOnDependencyOpen()) {
            for (String name : graph.allDependencies(service.name())) {
                Circuit dependency = circuits.find(name);
                if (dependency != null) {
                    dependencies.add(dependency);
                }
            }
        }
        return dependencies;
    }

    private ServiceEndpoint endpoint(
            ServiceConfig service,
            EndpointConfig endpoint,
            Circuit circuit,
            List<Circuit> dependencies,
            RetryBudget budget,
            @Nullable InFlightLimit limit,
            @Nullable ChangedAddresses told) {
        boolean repeatsAnything = markedRepeatable(endpoint);
        return new ServiceEndpoint(
                service.name(),
                endpoint.name(),
                service.perHost(),
                circuit,
                dependencies,
                new FailureRules(endpoint.failures()),
                chains.of(service, endpoint),
                service.fallbackOn(),
                endpoint.retry() == null ? null : RetryPolicy.of(endpoint.retry(), repeatsAnything, budget),
                repeatsAnything,
                limit,
                endpoint.deadline() == null ? 0 : endpoint.deadline().toMillis(),
                told,
                lendsConnections(service),
                recorder.endpoint(service.name(), endpoint.name()),
                tracer,
                nanoTime);
    }

    private static boolean keepsResponses(AgentConfig config) {
        return config.services().values().stream()
                .flatMap(service -> service.endpoints().stream())
                .anyMatch(endpoint -> endpoint.match() instanceof EndpointConfig.Match.Http && endpoint.keepsAnswers());
    }

    private static boolean lendsConnections(ServiceConfig service) {
        if (service.probe() instanceof ServiceConfig.ProbeConfig.Sql probe
                && (probe.url() == null || probe.user() == null)) {
            return true;
        }
        for (EndpointConfig endpoint : service.endpoints()) {
            if (endpoint.match() instanceof EndpointConfig.Match.Jdbc) {
                for (EndpointConfig.Fallback fallback : endpoint.fallback()) {
                    if (fallback instanceof EndpointConfig.Fallback.Queue
                            || fallback instanceof EndpointConfig.Fallback.ManualReview) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    /** Whether the rule says that its calls may be made twice, whatever their method. */
    private static boolean markedRepeatable(EndpointConfig endpoint) {
        for (EndpointConfig.Fallback fallback : endpoint.fallback()) {
            if (fallback instanceof EndpointConfig.Fallback.Queue queue && queue.repeatable()) {
                return true;
            }
        }
        return false;
    }

    private static void add(
            RuleTable.Builder<ServiceEndpoint> table, EndpointConfig endpoint, ServiceEndpoint guarded) {
        if (endpoint.match() instanceof EndpointConfig.Match.Http rule) {
            table.http(guarded, rule.methods(), rule.scheme(), rule.host(), rule.port(), rule.path());
        } else if (endpoint.match() instanceof EndpointConfig.Match.Jdbc rule) {
            table.jdbc(guarded, rule.url(), rule.sql());
        }
    }
}
