package dev.resilience.config;

import dev.resilience.config.AgentConfig.Slo;
import dev.resilience.config.Block.Found;
import dev.resilience.config.Block.Link;
import dev.resilience.config.EndpointConfig.Failures;
import dev.resilience.config.EndpointConfig.Fallback;
import dev.resilience.config.EndpointConfig.Match;
import dev.resilience.config.EndpointConfig.Retry;
import dev.resilience.config.EndpointConfig.StatusRange;
import dev.resilience.config.ServiceConfig.Breaker;
import dev.resilience.config.ServiceConfig.FallbackOn;
import dev.resilience.config.ServiceConfig.OpenWhen;
import dev.resilience.config.ServiceConfig.ProbeConfig;
import dev.resilience.config.ServiceConfig.Reaction;
import dev.resilience.config.ServiceConfig.SlowCalls;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.Node;

/** The records of one service and its endpoints, with what they inherit. */
final class ServiceAssembler {

    private static final List<String> PROBES = List.of("http", "sql", "redis");

    private final Problems problems;
    private final @Nullable Block defaults;
    private final boolean shared;
    private final Path directory;

    /**
     * @param shared whether the agent has a Redis of its own
     * @param directory where the file is
     */
    ServiceAssembler(Problems problems, @Nullable Block defaults, boolean shared, Path directory) {
        this.problems = problems;
        this.directory = directory;
        this.defaults = defaults;
        this.shared = shared;
    }

    ServiceConfig service(String name, Block block, Node at) {
        Layers service = Layers.of(Schema.SERVICE, block, defaults);
        return new ServiceConfig(
                name,
                breaker(service.under("breaker")),
                Mode.valueOf(service.text("mode").toUpperCase(Locale.ROOT)),
                service.wholeOrNull("max_concurrent"),
                fallbackOn(service),
                service.length("cache_ttl"),
                slo(service.under("slo")),
                probe(block.block("probe")),
                service.list("depends_on", String.class),
                service.text("on_dependency_open").equals("fallback"),
                "host".equals(service.textOrNull("per")),
                endpoints(block, service));
    }

    private Breaker breaker(Layers breaker) {
        Integer minimumCalls = breaker.wholeOrNull("minimum_calls");
        Layers slow = breaker.under("slow_calls");
        Duration timeout = breaker.length("timeout");
        Found given = breaker.found("max_timeout");
        Duration maxTimeout = given == null ? null : breaker.length("max_timeout");
        if (given != null && maxTimeout != null && maxTimeout.compareTo(timeout) < 0) {
            problems.warn(given.at(), "`max_timeout` is shorter than `timeout`: `timeout` holds");
            maxTimeout = timeout;
        }
        return new Breaker(
                breaker.whole("failure_threshold"),
                breaker.number("failure_rate"),
                OpenWhen.valueOf(breaker.text("open_when").toUpperCase(Locale.ROOT)),
                breaker.length("window"),
                timeout,
                breaker.whole("half_open_quota"),
                breaker.whole("success_threshold"),
                breaker.length("half_open_timeout"),
                minimumCalls == null ? breaker.whole("failure_threshold") : minimumCalls,
                slow.isEmpty() ? null : new SlowCalls(slow.length("longer_than"), slow.number("rate")),
                breaker.whole("min_instances"),
                breaker.number("timeout_growth"),
                maxTimeout,
                breaker.lengthOrNull("ramp_up"));
    }

    private static Set<FallbackOn> fallbackOn(Layers service) {
        Set<FallbackOn> outcomes = EnumSet.noneOf(FallbackOn.class);
        for (String outcome : service.list("fallback_on", String.class)) {
            outcomes.add(FallbackOn.valueOf(outcome.toUpperCase(Locale.ROOT)));
        }
        return Collections.unmodifiableSet(outcomes);
    }

    private static Slo slo(Layers slo) {
        return new Slo(slo.number("availability"), slo.length("latency_p99"), slo.length("recovery_time"));
    }

    private @Nullable ProbeConfig probe(@Nullable Block block) {
        if (block == null) {
            return null;
        }
        Layers probe = Layers.of(Schema.PROBE, block);
        List<String> kinds = new ArrayList<>();
        for (String kind : PROBES) {
            if (block.get(kind) != null) {
                kinds.add(kind);
            }
        }
        if (kinds.size() != 1) {
            if (kinds.size() > 1 || !block.isGiven("http") && !block.isGiven("sql") && !block.isGiven("redis")) {
                problems.at(
                        block.at,
                        "`probe` has " + (kinds.isEmpty() ? "no kind" : String.join(" and ", kinds)),
                        "one of http, sql, redis",
                        null);
            }
            return null;
        }
        String kind = kinds.get(0);
        for (String key : List.of("url", "user", "password")) {
            Found found = block.get(key);
            if (found != null && !kind.equals("sql")) {
                problems.at(found.at(), "`" + key + "` belongs to a `sql` probe; this one is `" + kind + "`");
            }
        }
        for (String key : List.of("method", "headers", "status", "body")) {
            Found found = block.get(key);
            if (found != null && !kind.equals("http")) {
                problems.at(found.at(), "`" + key + "` belongs to an `http` probe; this one is `" + kind + "`");
            }
        }
        Reaction reaction =
                new Reaction(probe.flag("trial"), probe.text("on_failure").equals("open"));
        Duration interval = probe.length("interval");
        Duration timeout = probe.length("timeout");
        if (timeout.compareTo(interval) > 0) {
            problems.warn(block.at, "`probe` has a `timeout` longer than its `interval`");
        }
        String target = probe.text(kind);
        if (kind.equals("http")) {
            return new ProbeConfig.Http(
                    target,
                    probe.text("method").toUpperCase(Locale.ROOT),
                    headers(block),
                    probe.list("status", StatusRange.class),
                    pattern(block.get("body")),
                    interval,
                    timeout,
                    reaction);
        }
        if (kind.equals("sql")) {
            return new ProbeConfig.Sql(
                    target,
                    probe.textOrNull("url"),
                    probe.textOrNull("user"),
                    probe.textOrNull("password"),
                    interval,
                    timeout,
                    reaction);
        }
        Found redis = block.get("redis");
        if (target.equals("default") && !shared && redis != null) {
            problems.at(
                    redis.at(),
                    "`redis: default` probes the agent's own Redis, and none is configured: add `redis` with its `url`");
        }
        return new ProbeConfig.Redis(target, interval, timeout, reaction);
    }

    private static Map<String, String> headers(Block block) {
        Map<String, String> headers = new LinkedHashMap<>();
        Block given = block.block("headers");
        if (given != null) {
            given.entries().forEach((name, found) -> headers.put(name, (String) found.value()));
        }
        return Collections.unmodifiableMap(headers);
    }

    private @Nullable String pattern(@Nullable Found given) {
        if (given == null) {
            return null;
        }
        String pattern = (String) given.value();
        try {
            Pattern.compile(pattern);
            return pattern;
        } catch (PatternSyntaxException wrong) {
            problems.at(given.at(), "`body` is no regular expression: " + wrong.getDescription());
            return null;
        }
    }

    private List<EndpointConfig> endpoints(Block block, Layers service) {
        List<EndpointConfig> endpoints = new ArrayList<>();
        Map<String, Node> names = new HashMap<>();
        Found declared = block.get("endpoints");
        if (declared == null || !(declared.value() instanceof List<?> items)) {
            return endpoints;
        }
        for (Object item : items) {
            if (item instanceof Found found && found.value() instanceof Block endpoint) {
                EndpointConfig made = endpoint(endpoint, service);
                if (made != null) {
                    endpoints.add(made);
                }
                unique(endpoint, names);
            }
        }
        return List.copyOf(endpoints);
    }

    private void unique(Block endpoint, Map<String, Node> names) {
        Found name = endpoint.get("name");
        if (name == null) {
            return;
        }
        Node before = names.putIfAbsent((String) name.value(), name.at());
        if (before != null) {
            problems.at(
                    name.at(),
                    "duplicate endpoint `" + name.value() + "`, first named at line "
                            + (before.getStartMark().getLine() + 1));
        }
    }

    private @Nullable EndpointConfig endpoint(Block block, Layers service) {
        Layers own = Layers.of(Schema.ENDPOINT, block);
        Match match = match(block);
        if (match == null) {
            return null;
        }
        if (match instanceof Match.Jdbc && block.isGiven("retry")) {
            problems.at(
                    block.at,
                    "`retry` is for HTTP rules: a statement may belong to a transaction that is lost by then");
        }
        Layers inherited = service.below(Schema.ENDPOINT, block);
        return new EndpointConfig(
                own.text("name"),
                match,
                own.flag("critical"),
                own.text("feature").equals("advanced"),
                failures(inherited.under("failures")),
                inherited.lengthOrNull("deadline"),
                match instanceof Match.Jdbc ? null : retry(inherited.under("retry")),
                inherited.textOrNull("degradation_message") == null
                        ? service.text("degradation_message")
                        : inherited.text("degradation_message"),
                fallbacks(block, match, service.length("cache_ttl")));
    }

    private static @Nullable Retry retry(Layers retry) {
        return retry.isEmpty()
                ? null
                : new Retry(retry.whole("attempts"), retry.length("backoff"), retry.length("max_backoff"));
    }

    private @Nullable Match match(Block block) {
        Block http = block.block("http");
        Block jdbc = block.block("jdbc");
        if (http != null && jdbc != null) {
            problems.at(block.at, "an endpoint with both `http` and `jdbc`", "one of http, jdbc", null);
            return null;
        }
        if (jdbc != null) {
            Layers rule = Layers.of(Schema.JDBC, jdbc);
            return rule.found("url") == null ? null : new Match.Jdbc(rule.text("url"), rule.textOrNull("sql"));
        }
        if (http == null) {
            if (!block.isGiven("http") && !block.isGiven("jdbc")) {
                problems.at(block.at, "an endpoint with no rule", "one of http, jdbc", null);
            }
            return null;
        }
        if (http.givesNothing()) {
            problems.at(http.at, "`http` names nothing to match; for every call write `host: \"*\"`");
        }
        Layers rule = Layers.of(Schema.HTTP, http);
        Set<String> methods = new LinkedHashSet<>();
        for (String method : rule.list("method", String.class)) {
            methods.add(method.toUpperCase(Locale.ROOT));
        }
        return new Match.Http(
                Collections.unmodifiableSet(methods),
                rule.textOrNull("scheme"),
                rule.textOrNull("host"),
                rule.wholeOrNull("port"),
                rule.textOrNull("path"));
    }

    private static Failures failures(Layers failures) {
        Layers ignored = failures.under("ignore");
        return new Failures(
                failures.list("status", StatusRange.class),
                failures.list("exceptions", String.class),
                ignored.list("status", StatusRange.class),
                ignored.list("exceptions", String.class),
                failures.found("exceptions") == null);
    }

    private List<Fallback> fallbacks(Block block, Match match, Duration cacheTtl) {
        List<Fallback> chain = new ArrayList<>();
        Found declared = block.get("fallback");
        if (declared == null || !(declared.value() instanceof List<?> links)) {
            return chain;
        }
        Set<String> names = new LinkedHashSet<>();
        for (Object item : links) {
            if (!(item instanceof Found found) || !(found.value() instanceof Link link)) {
                continue;
            }
            if (!names.add(link.name())) {
                problems.at(found.at(), "`" + link.name() + "` stands twice in one chain");
            } else if (link.name().equals("stale_cache")) {
                Duration ttl = Layers.of(Schema.STALE_CACHE, link.options()).lengthOrNull("ttl");
                chain.add(new Fallback.StaleCache(ttl == null ? cacheTtl : ttl));
            } else if (link.name().equals("respond")) {
                chain.add(new RespondAssembler(directory, problems).respond(link.options(), match, found.at()));
            } else if (link.name().equals("queue")) {
                chain.add(queue(Layers.of(Schema.QUEUE, link.options())));
            } else if (link.name().equals("manual_review")) {
                Layers options = Layers.of(Schema.MANUAL_REVIEW, link.options());
                chain.add(new Fallback.ManualReview(options.flag("keep_credentials")));
            } else if (link.name().equals("failover")) {
                Layers options = Layers.of(Schema.FAILOVER, link.options());
                if (match instanceof Match.Jdbc) {
                    problems.at(found.at(), "`failover` is for HTTP calls; this endpoint is `jdbc`");
                }
                chain.add(new Fallback.Failover(options.list("url", String.class)));
            }
        }
        return List.copyOf(chain);
    }

    private static Fallback.Queue queue(Layers options) {
        return new Fallback.Queue(
                options.whole("max_attempts"),
                options.flag("repeatable"),
                options.textOrNull("ordered_by"),
                options.length("backoff"),
                options.length("max_backoff"),
                options.length("expires"),
                options.whole("max_entries"),
                options.flag("keep_credentials"),
                options.whole("update_count"));
    }
}
