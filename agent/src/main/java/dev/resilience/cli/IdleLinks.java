package dev.resilience.cli;

import dev.resilience.config.AgentConfig;
import dev.resilience.config.ConfigProblem;
import dev.resilience.config.EndpointConfig;
import dev.resilience.config.EndpointConfig.Fallback;
import dev.resilience.config.EndpointConfig.Match;
import dev.resilience.config.EndpointPlaces;
import dev.resilience.config.ServiceConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What a file says and what can never come to bear, told for people: links of chains that answer no call of their rule. */
final class IdleLinks {

    private IdleLinks() {}

    static List<ConfigProblem> of(AgentConfig config) {
        EndpointPlaces places = EndpointPlaces.of(config.file());
        List<ConfigProblem> told = new ArrayList<>();
        for (ServiceConfig service : config.services().values()) {
            for (EndpointConfig endpoint : service.endpoints()) {
                for (String what : idle(endpoint)) {
                    told.add(places.at(
                            service.name(),
                            endpoint.name(),
                            "`" + service.name() + " / " + endpoint.name() + "`: " + what));
                }
            }
        }
        return told;
    }

    private static List<String> idle(EndpointConfig endpoint) {
        if (!(endpoint.match() instanceof Match.Http rule)) {
            return List.of();
        }
        List<String> told = new ArrayList<>();
        boolean answered = false;
        for (Fallback link : endpoint.fallback()) {
            if (answered) {
                told.add("`" + link.strategy() + "` never answers: `respond` stands before it and answers every call");
            } else {
                String why = idle(link, rule.methods());
                if (why != null) {
                    told.add(why);
                }
            }
            answered |= link instanceof Fallback.Respond;
        }
        return told;
    }

    private static @Nullable String idle(Fallback link, Set<String> methods) {
        if (link instanceof Fallback.Queue queue && none(methods, queue::repeats)) {
            return "`queue` takes no " + String.join(" or ", methods)
                    + ": it may take effect twice; say `queue: {repeatable: true}` where the server can tell repetitions by"
                    + " their `Idempotency-Key`";
        }
        if (link instanceof Fallback.StaleCache && none(methods, Fallback.StaleCache::answers)) {
            return "`stale_cache` never answers: only answers to GET and HEAD are kept";
        }
        return null;
    }

    /** @param methods empty for any */
    private static boolean none(Set<String> methods, Predicate<String> taken) {
        return !methods.isEmpty() && methods.stream().noneMatch(taken);
    }
}
