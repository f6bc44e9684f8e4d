package dev.resilience.fallback;

import dev.resilience.config.EndpointConfig;
import dev.resilience.config.EndpointConfig.Fallback;
import dev.resilience.config.ServiceConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/** Makes an endpoint's chain of what its rule declares. Thread-safe. */
public final class FallbackChains {

    private final AnswerStore answers;
    private final AnswerKeys keys;
    private final CallStore calls;
    private final LongSupplier epochMillis;

    /** @param epochMillis Unix milliseconds */
    public FallbackChains(AnswerStore answers, AnswerKeys keys, CallStore calls, LongSupplier epochMillis) {
        this.answers = answers;
        this.keys = keys;
        this.calls = calls;
        this.epochMillis = epochMillis;
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
        Template.Setting setting = new Template.Setting(service.name(), endpoint.name(), endpoint.degradationMessage());
        if (declared instanceof Fallback.Respond respond) {
            return new Respond(respond, setting);
        }
        if (declared instanceof Fallback.Queue queue) {
            return new Queue(calls, queue, setting, epochMillis);
        }
        if (declared instanceof Fallback.ManualReview review) {
            return new ManualReview(calls, review.keepCredentials(), setting, epochMillis);
        }
        // The configuration refuses what has no strategy yet.
        throw new IllegalArgumentException("no strategy for " + declared);
    }
}
