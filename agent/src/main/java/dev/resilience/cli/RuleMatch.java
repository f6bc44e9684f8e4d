package dev.resilience.cli;

import dev.resilience.config.AgentConfig;
import dev.resilience.config.ConfigProblem;
import dev.resilience.config.EndpointConfig;
import dev.resilience.config.EndpointConfig.Match;
import dev.resilience.config.EndpointPlaces;
import dev.resilience.config.ServiceConfig;
import dev.resilience.rule.RuleTable;
import dev.resilience.rule.SqlFunctions;
import dev.resilience.rule.SqlText;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The rules of a configuration, and why each does or does not match a call. */
final class RuleMatch {

    /** An endpoint of a service. */
    record Place(ServiceConfig service, EndpointConfig endpoint) {

        @Override
        public String toString() {
            return service.name() + " / " + endpoint.name();
        }
    }

    /** @param why empty when the rule matches: else what of it does not */
    record Verdict(Place place, List<String> why) {}

    private RuleMatch() {}

    /** The rules that can never match, told for people. */
    static List<ConfigProblem> unreachable(AgentConfig config) {
        RuleTable.Builder<Place> builder = RuleTable.builder();
        for (Place place : places(config)) {
            add(builder, place, place.endpoint().match());
        }
        List<RuleTable.Shadowed<Place>> found = builder.build().shadowed();
        if (found.isEmpty()) {
            return List.of();
        }
        EndpointPlaces places = EndpointPlaces.of(config.file());
        List<ConfigProblem> told = new ArrayList<>();
        for (RuleTable.Shadowed<Place> shadowed : found) {
            told.add(places.at(
                    shadowed.rule().service().name(),
                    shadowed.rule().endpoint().name(),
                    "`" + shadowed.rule() + "` can never match: `" + shadowed.by()
                            + "` stands before it and takes all its calls"));
        }
        return told;
    }

    /** @throws Unreachable when {@code url} cannot be a call's */
    static List<Verdict> http(AgentConfig config, String method, String url) {
        URI uri = uri(url);
        List<Verdict> verdicts = new ArrayList<>();
        for (Place place : places(config)) {
            if (place.endpoint().match() instanceof Match.Http rule) {
                List<String> why = new ArrayList<>();
                check(
                        why,
                        new Match.Http(rule.methods(), null, null, null, null),
                        method,
                        uri,
                        "method",
                        rule.methods());
                check(
                        why,
                        new Match.Http(Set.of(), rule.scheme(), null, null, null),
                        method,
                        uri,
                        "scheme",
                        rule.scheme());
                check(why, new Match.Http(Set.of(), null, rule.host(), null, null), method, uri, "host", rule.host());
                check(why, new Match.Http(Set.of(), null, null, rule.port(), null), method, uri, "port", rule.port());
                check(why, new Match.Http(Set.of(), null, null, null, rule.path()), method, uri, "path", rule.path());
                verdicts.add(new Verdict(place, why));
            } else {
                verdicts.add(new Verdict(place, List.of("it is a jdbc rule")));
            }
        }
        return verdicts;
    }

    static List<Verdict> jdbc(AgentConfig config, String url, String sql) {
        List<Verdict> verdicts = new ArrayList<>();
        for (Place place : places(config)) {
            if (place.endpoint().match() instanceof Match.Jdbc rule) {
                List<String> why = new ArrayList<>();
                if (!table(new Match.Jdbc(rule.url(), null)).coversJdbc(url)) {
                    why.add("url is " + rule.url());
                }
                String wanted = rule.sql();
                if (wanted != null && table(new Match.Jdbc("*", wanted)).jdbc(url, sql) == null) {
                    why.add("sql is " + wanted);
                }
                verdicts.add(new Verdict(place, why));
            } else {
                verdicts.add(new Verdict(place, List.of("it is an http rule")));
            }
        }
        return verdicts;
    }

    /** Why {@code stale_cache} keeps no rows of a statement, told for people; null where it does, or there is none. */
    static @Nullable String notKept(EndpointConfig endpoint, String sql) {
        if (!(endpoint.match() instanceof Match.Jdbc rule)
                || endpoint.fallback().stream().noneMatch(EndpointConfig.Fallback.StaleCache.class::isInstance)) {
            return null;
        }
        if (!SqlText.onlyReads(sql)) {
            return "it does more than read";
        }
        Set<String> unknown = new TreeSet<>(SqlFunctions.notPure(sql));
        if (rule.sql() != null) {
            unknown.removeAll(SqlFunctions.named(rule.sql()));
        }
        return unknown.isEmpty()
                ? null
                : "`" + String.join("`, `", unknown)
                        + "` may do more than read; a rule that names it in `sql`, with its bracket, says that it does not";
    }

    private static void check(
            List<String> why, Match.Http part, String method, URI uri, String name, @Nullable Object wanted) {
        boolean matches =
                table(part).http(method, uri.getScheme(), uri.getHost(), uri.getPort(), uri.getRawPath()) != null;
        if (!matches) {
            why.add(name + " is " + (wanted instanceof Set<?> set ? String.join(", ", texts(set)) : wanted));
        }
    }

    private static List<String> texts(Set<?> set) {
        return set.stream().map(String::valueOf).sorted().toList();
    }

    private static RuleTable<String> table(Match match) {
        RuleTable.Builder<String> builder = RuleTable.builder();
        add(builder, "it", match);
        return builder.build();
    }

    private static <E> void add(RuleTable.Builder<E> builder, E endpoint, Match match) {
        if (match instanceof Match.Http http) {
            builder.http(endpoint, http.methods(), http.scheme(), http.host(), http.port(), http.path());
        } else if (match instanceof Match.Jdbc jdbc) {
            builder.jdbc(endpoint, jdbc.url(), jdbc.sql());
        }
    }

    private static List<Place> places(AgentConfig config) {
        List<Place> places = new ArrayList<>();
        for (ServiceConfig service : config.services().values()) {
            for (EndpointConfig endpoint : service.endpoints()) {
                places.add(new Place(service, endpoint));
            }
        }
        return places;
    }

    private static URI uri(String url) {
        try {
            URI uri = URI.create(url);
            if (uri.getHost() != null && uri.getScheme() != null) {
                return uri;
            }
        } catch (IllegalArgumentException unparsable) {
            // Said below.
        }
        throw new Unreachable("URL has to be a whole address, such as https://api.cal.com/v1/bookings");
    }
}
