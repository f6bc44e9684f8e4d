package dev.resilience.fallback;

import dev.resilience.config.EndpointConfig;
import dev.resilience.config.EndpointConfig.Fallback;
import dev.resilience.config.ServiceConfig;
import java.util.ArrayList;
import java.util.List;

/** Makes an endpoint's chain of what its rule declares. Thread-safe. */
public final class FallbackChains {

    private final AnswerStore answers;
    private final AnswerKeys keys;

    public FallbackChains(AnswerStore answers, AnswerKeys keys) {
        this.answers = answers;
        this.keys = keys;
    }

    public FallbackChain of(ServiceConfig service, EndpointConfig endpoint) {
        if (endpoint.fallback().isEmpty()) {
            return FallbackChain.EMPTY;
        }
        List<Strategy> strategies = new ArrayList<>();
        for (Fallback declared : endpoint.fallback()) {
            strategies.add(strategy(service, endpoint, declared));
        }
        return new FallbackChain(strategies);
    }

    private Strategy strategy(ServiceConfig service, EndpointConfig endpoint, Fallback declared) {
        if (declared instanceof Fallback.StaleCache stale) {
            return new StaleCache(answers, keys, service.name(), endpoint.name(), stale.ttl());
        }
        if (declared instanceof Fallback.Respond respond) {
            return new Respond(service.name(), respond, endpoint.degradationMessage());
        }
        // The configuration refuses what has no strategy yet.
        throw new IllegalArgumentException("no strategy for " + declared);
    }
}
