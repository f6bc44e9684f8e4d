package dev.resilience.guard;

import dev.resilience.breaker.BreakerSettings;
import dev.resilience.breaker.CircuitRegistry;
import dev.resilience.breaker.FakeTime;
import dev.resilience.breaker.State;
import dev.resilience.config.AgentConfig;
import dev.resilience.config.ConfigLoad;
import dev.resilience.config.ConfigReader;
import dev.resilience.config.EndpointConfig;
import dev.resilience.config.Environment;
import dev.resilience.config.Mode;
import dev.resilience.config.ServiceConfig;
import dev.resilience.fallback.Answer;
import dev.resilience.fallback.FallbackChain;
import dev.resilience.fallback.Request;
import dev.resilience.fallback.Strategy;
import dev.resilience.fallback.Trouble;
import dev.resilience.metrics.CallMetrics;
import dev.resilience.metrics.CallRecorder.EndpointRecorder;
import dev.resilience.metrics.EndpointFigures;
import dev.resilience.store.LocalStore;
import dev.resilience.telemetry.CallTracer;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A real guard over real circuits of one instance, under fake time, with a spoken configuration. */
final class GuardUnderTest {

    final FakeTime time = new FakeTime();
    final CallMetrics metrics = new CallMetrics(time);
    final CircuitRegistry circuits =
            new CircuitRegistry(new LocalStore(time, time::unixMillis), "one", time, time, time::unixMillis);
    final Scripted strategy;
    final List<String> spans = new ArrayList<>();
    final CallGuard guard;
    private int marked;

    GuardUnderTest(String yaml) {
        this(config(yaml));
    }

    /** With a {@code retry} for every endpoint. */
    GuardUnderTest(String yaml, EndpointConfig.Retry retry) {
        this(repeating(config(yaml), retry));
    }

    /** With fallbacks of another's making. */
    GuardUnderTest(AgentConfig config, CallGuard.Chains chains) {
        this(config, chains, new Scripted());
    }

    private GuardUnderTest(AgentConfig config) {
        this(config, null, new Scripted());
    }

    private GuardUnderTest(AgentConfig config, CallGuard.Chains chains, Scripted strategy) {
        this.strategy = strategy;
        Map<String, BreakerSettings> settings = new LinkedHashMap<>();
        config.services().values().forEach(service -> settings.put(service.name(), BreakerSettings.of(service)));
        circuits.apply(settings);
        circuits.start();
        guard = new CallGuard(
                circuits,
                metrics,
                new Spans(),
                chains != null
                        ? chains
                        : (service, endpoint) -> endpoint.fallback().isEmpty()
                                ? FallbackChain.EMPTY
                                : new FallbackChain(List.of(strategy)),
                time);
        guard.apply(config);
    }

    static AgentConfig config(String yaml) {
        ConfigLoad load = new ConfigReader(Environment.ofJvm()).read(yaml, Path.of("test.yaml"));
        if (load instanceof ConfigLoad.Loaded loaded) {
            return loaded.config();
        }
        throw new IllegalArgumentException(load.toString());
    }

    private static AgentConfig repeating(AgentConfig config, EndpointConfig.Retry retry) {
        Map<String, ServiceConfig> services = new LinkedHashMap<>();
        config.services()
                .forEach((name, service) -> services.put(
                        name,
                        new ServiceConfig(
                                name,
                                service.breaker(),
                                service.mode(),
                                service.maxConcurrent(),
                                service.fallbackOn(),
                                service.cacheTtl(),
                                service.slo(),
                                service.probe(),
                                service.dependsOn(),
                                service.fallbackOnDependencyOpen(),
                                service.perHost(),
                                service.endpoints().stream()
                                        .map(endpoint -> new EndpointConfig(
                                                endpoint.name(),
                                                endpoint.match(),
                                                endpoint.critical(),
                                                endpoint.advanced(),
                                                endpoint.failures(),
                                                endpoint.deadline(),
                                                retry,
                                                endpoint.degradationMessage(),
                                                endpoint.fallback()))
                                        .toList())));
        return new AgentConfig(
                config.application(),
                config.instance(),
                config.stateDir(),
                config.redis(),
                services,
                config.alerts(),
                config.admin(),
                config.telemetry(),
                config.file());
    }

    /** Ordered at run time. */
    void mode(String service, Mode mode) {
        circuits.mode(service, mode, null, "", "test").toCompletableFuture().join();
    }

    State state(String service) {
        return Optional.ofNullable(circuits.find(service)).orElseThrow().state();
    }

    EndpointFigures figures(String service) {
        return metrics.figures(service).total();
    }

    HttpCall http(String method, String uri) {
        return http(method, uri, List.of());
    }

    HttpCall http(String method, String uri, List<Answer.Header> headers) {
        Endpoint endpoint = guard.matchHttp(method, URI.create(uri));
        if (endpoint == null) {
            throw new IllegalArgumentException("no rule matches " + uri);
        }
        return guard.begin(endpoint, new Get(method, URI.create(uri), headers));
    }

    JdbcCall jdbc(String sql) {
        String url = "jdbc:postgresql://db/booking";
        Endpoint endpoint = guard.matchJdbc(url, sql);
        if (endpoint == null) {
            throw new IllegalArgumentException("no rule matches " + sql);
        }
        return guard.begin(endpoint, new Select(url, sql));
    }

    JdbcCall connect(String url) {
        Endpoint endpoint = guard.matchConnect(url);
        if (endpoint == null) {
            throw new IllegalArgumentException("no rule matches " + url);
        }
        return guard.beginConnect(endpoint, new Select(url, CallTracer.CONNECT));
    }

    static HttpResponseView response(int status, String... headers) {
        return new Response(status, headers);
    }

    record Get(String method, URI uri, List<Answer.Header> headers) implements HttpRequestView {

        Get(String method, URI uri) {
            this(method, uri, List.of());
        }

        @Override
        public List<String> header(String name) {
            return headers.stream()
                    .filter(header -> header.name().equalsIgnoreCase(name))
                    .map(Answer.Header::value)
                    .toList();
        }

        @Override
        public byte[] body() {
            return new byte[0];
        }
    }

    record Select(String url, String sql) implements JdbcRequestView {

        @Override
        public String user() {
            return "app";
        }

        @Override
        public String schema() {
            return null;
        }

        @Override
        public List<Object> parameters() {
            return List.of();
        }

        @Override
        public boolean query() {
            return true;
        }
    }

    private record Response(int status, String... pairs) implements HttpResponseView {

        @Override
        public List<String> header(String name) {
            return headers().stream()
                    .filter(header -> header.name().equalsIgnoreCase(name))
                    .map(Answer.Header::value)
                    .toList();
        }

        @Override
        public List<Answer.Header> headers() {
            List<Answer.Header> headers = new ArrayList<>();
            for (int i = 0; i < pairs.length; i += 2) {
                headers.add(new Answer.Header(pairs[i], pairs[i + 1]));
            }
            return headers;
        }
    }

    /** Answers what it is told to, and remembers what it was asked. */
    static final class Scripted implements Strategy {

        final List<Trouble> asked = new ArrayList<>();
        Request last;
        CompletionStage<Answer> next =
                CompletableFuture.completedFuture(new Answer.Http("respond", 200, List.of(), new byte[0]));

        @Override
        public String name() {
            return "respond";
        }

        @Override
        public CompletionStage<Answer> answer(Request request, Trouble trouble) {
            asked.add(trouble);
            last = request;
            return next;
        }
    }

    private final class Spans implements CallTracer {

        @Override
        public CallSpan http(String service, String endpoint, String method, URI uri, String parent) {
            return new Span(service + "/" + endpoint);
        }

        @Override
        public CallSpan jdbc(String service, String endpoint, String url, String sql) {
            return new Span(service + "/" + endpoint);
        }
    }

    private final class Span implements CallTracer.CallSpan {

        private final String name;

        Span(String name) {
            this.name = name;
        }

        @Override
        public String identity() {
            return "span of " + name;
        }

        @Override
        public void mark(EndpointRecorder figures, long durationNanos) {
            figures.traced(1, 2, ++marked, durationNanos);
        }

        @Override
        public void end(String state, String outcome, String fallback, int status, Throwable failure) {
            spans.add(name + " " + state + " " + outcome + (fallback == null ? "" : " " + fallback));
        }
    }
}
