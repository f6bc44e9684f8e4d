package dev.resilience.fallback;

import dev.resilience.breaker.Circuits;
import dev.resilience.config.EndpointConfig;
import dev.resilience.config.EndpointConfig.Fallback;
import dev.resilience.config.ServiceConfig;
import dev.resilience.rule.SqlFunctions;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Makes an endpoint's chain of what its rule declares. Thread-safe. */
public final class FallbackChains {

    private final AnswerStore answers;
    private final AnswerKeys keys;
    private final CallStore calls;
    private final LongSupplier epochMillis;
    private final @Nullable Regions regions;

    /** What calls to other regions need. */
    private record Regions(Circuits circuits, RegionClient client, LongSupplier nanoTime) {}

    /** @param epochMillis Unix milliseconds */
    public FallbackChains(AnswerStore answers, AnswerKeys keys, CallStore calls, LongSupplier epochMillis) {
        this(answers, keys, calls, epochMillis, null);
    }

    private FallbackChains(
            AnswerStore answers,
            AnswerKeys keys,
            CallStore calls,
            LongSupplier epochMillis,
            @Nullable Regions regions) {
        this.answers = answers;
        this.keys = keys;
        this.calls = calls;
        this.epochMillis = epochMillis;
        this.regions = regions;
    }

    /**
     * The same, able to call other regions.
     *
     * @param circuits those of regions among them, see {@link #regionCircuits}
     * @param nanoTime monotonic
     */
    public FallbackChains withRegions(Circuits circuits, RegionClient client, LongSupplier nanoTime) {
        return new FallbackChains(answers, keys, calls, epochMillis, new Regions(circuits, client, nanoTime));
    }

    public FallbackChain of(ServiceConfig service, EndpointConfig endpoint) {
        if (endpoint.fallback().isEmpty() && !endpoint.advanced()) {
            return FallbackChain.EMPTY;
        }
        List<Strategy> strategies = new ArrayList<>();
        for (Fallback declared : endpoint.fallback()) {
            strategies.add(strategy(service, endpoint, declared));
        }
        if (endpoint.advanced()) {
            Fallback.Respond unavailable = new Fallback.Respond(503, Map.of(), null, null);
            strategies.add(
                    0,
                    new FeatureOff(
                            new FallbackChain(strategies), new Respond(unavailable, setting(service, endpoint))));
        }
        return new FallbackChain(strategies);
    }

    /** Names of the circuits that a service's other regions have, each its own. */
    public static Set<String> regionCircuits(ServiceConfig service) {
        Set<String> names = new LinkedHashSet<>();
        for (EndpointConfig endpoint : service.endpoints()) {
            for (Fallback link : endpoint.fallback()) {
                if (link instanceof Fallback.Failover failover) {
                    failover.urls().forEach(url -> names.add(Failover.circuitName(service.name(), url)));
                }
            }
        }
        return names;
    }

    private static Template.Setting setting(ServiceConfig service, EndpointConfig endpoint) {
        return new Template.Setting(service.name(), endpoint.name(), endpoint.degradationMessage());
    }

    private static Set<String> namedFunctions(EndpointConfig endpoint) {
        return endpoint.match() instanceof EndpointConfig.Match.Jdbc jdbc
                        && jdbc.sql() != null
                        && jdbc.sql().indexOf('(') >= 0
                ? SqlFunctions.named(jdbc.sql())
                : Set.of();
    }

    private Strategy strategy(ServiceConfig service, EndpointConfig endpoint, Fallback declared) {
        if (declared instanceof Fallback.StaleCache stale) {
            return new StaleCache(
                    answers, keys, service.name(), endpoint.name(), stale.ttl(), namedFunctions(endpoint));
        }
        Template.Setting setting = new Template.Setting(service.name(), endpoint.name(), endpoint.degradationMessage());
        if (declared instanceof Fallback.Respond respond) {
            return new Respond(respond, setting);
        }
        if (declared instanceof Fallback.Queue queue) {
            boolean flagged = endpoint.fallback().stream().anyMatch(Fallback.ManualReview.class::isInstance);
            boolean flagsWhenFull = endpoint.critical() && !flagged;
            return new Queue(calls, queue, endpoint.critical(), flagsWhenFull, setting, epochMillis);
        }
        if (declared instanceof Fallback.ManualReview review) {
            return new ManualReview(calls, review.keepCredentials(), endpoint.critical(), setting, epochMillis);
        }
        Fallback.Failover failover = (Fallback.Failover) declared;
        if (regions == null) {
            throw new IllegalStateException("nothing to call other regions with");
        }
        return new Failover(
                failover.urls(), regions.circuits(), regions.client(), service.name(), endpoint, regions.nanoTime());
    }
}
