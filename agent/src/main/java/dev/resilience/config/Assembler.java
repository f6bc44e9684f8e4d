package dev.resilience.config;

import dev.resilience.config.AgentConfig.Admin;
import dev.resilience.config.AgentConfig.Alerts;
import dev.resilience.config.AgentConfig.RedisConfig;
import dev.resilience.config.AgentConfig.Telemetry;
import dev.resilience.config.AgentConfig.Webhook;
import dev.resilience.config.Block.Found;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** From checked values to the records of one configuration: defaults, inheritance, and what several keys must agree on. */
final class Assembler {

    private final Environment environment;
    private final @Nullable String instance;
    private final Problems problems;

    /** @param instance what this JVM is called where the file does not say; null: a name is drawn */
    Assembler(Environment environment, @Nullable String instance, Problems problems) {
        this.environment = environment;
        this.instance = instance;
        this.problems = problems;
    }

    /** The configuration; null when some part of it could not be made, which is then among the problems. */
    @Nullable
    AgentConfig assemble(Block root, Path file) {
        Layers top = Layers.of(Schema.ROOT, root);
        Identity identity = new Identity(environment);
        String application = named(top.textOrNull("application"), identity::application);
        String named = named(top.textOrNull("instance"), () -> instance == null ? identity.instance() : instance);
        Path stateDir = stateDir(top.found("state_dir"), identity, application);
        RedisConfig redis = redis(root);
        Map<String, ServiceConfig> services = services(root, redis != null, directoryOf(file));
        Admin admin = admin(top.under("admin"));
        if (stateDir == null) {
            return null;
        }
        return new AgentConfig(
                application,
                named,
                stateDir,
                redis,
                services,
                alerts(top.under("alerts")),
                admin,
                telemetry(top.under("telemetry")),
                file);
    }

    private Path directoryOf(Path file) {
        Path beside = environment.directory().resolve(file).getParent();
        return beside == null ? environment.directory() : beside;
    }

    private static String named(@Nullable String given, java.util.function.Supplier<String> otherwise) {
        return given == null ? otherwise.get() : given.trim();
    }

    private @Nullable Path stateDir(@Nullable Found given, Identity identity, String application) {
        if (given == null) {
            return identity.stateDir(application);
        }
        try {
            return environment.directory().resolve((String) given.value());
        } catch (InvalidPathException impossible) {
            problems.at(given.at(), "`state_dir` is not a possible path");
            return null;
        }
    }

    private @Nullable RedisConfig redis(Block root) {
        Block block = root.block("redis");
        if (block == null || block.isBlank("url") && !block.isGiven("nodes")) {
            return null;
        }
        Layers redis = Layers.of(Schema.REDIS, block);
        Found found = redis.found("url");
        String url = found == null || block.isBlank("url") ? null : (String) found.value();
        List<String> nodes = redis.list("nodes", String.class);
        if (url == null && nodes.isEmpty()) {
            if (!block.isGiven("url") && !block.isGiven("nodes")) {
                problems.at(block.at, "`redis` needs `url`: " + Type.Form.REDIS_URL.expected);
            }
            return null;
        }
        if (found != null && url != null && url.contains("-sentinel://") && !url.contains("#")) {
            problems.at(
                    found.at(),
                    "`url` of Sentinels must end with the master's name, as in redis-sentinel://h1,h2/0#master");
        }
        return new RedisConfig(url, nodes, redis.text("key_prefix"), redis.whole("wait_replicas"));
    }

    private Map<String, ServiceConfig> services(Block root, boolean shared, Path directory) {
        Map<String, ServiceConfig> services = new LinkedHashMap<>();
        Block declared = root.block("services");
        if (declared == null || declared.entries().isEmpty()) {
            problems.warn(declared == null ? root.at : declared.at, "no services are named: nothing is protected");
            return services;
        }
        ServiceAssembler assembler = new ServiceAssembler(problems, root.block("defaults"), shared, directory);
        for (Map.Entry<String, Found> entry : declared.entries().entrySet()) {
            if (entry.getValue().value() instanceof Block block) {
                services.put(
                        entry.getKey(),
                        assembler.service(
                                entry.getKey(), block, entry.getValue().at()));
            }
        }
        new Dependencies(declared, problems).check();
        return Collections.unmodifiableMap(services);
    }

    private static Alerts alerts(Layers alerts) {
        List<Webhook> webhooks = new ArrayList<>();
        for (Block block : alerts.list("webhook", Block.class)) {
            Layers webhook = Layers.of(Schema.WEBHOOK, block);
            if (webhook.found("url") == null) {
                continue;
            }
            Map<String, String> headers = new LinkedHashMap<>();
            Block given = block.block("headers");
            if (given != null) {
                given.entries().forEach((name, found) -> headers.put(name, (String) found.value()));
            }
            Set<Webhook.Event> events = EnumSet.noneOf(Webhook.Event.class);
            for (String event : webhook.list("events", String.class)) {
                events.add(Webhook.Event.valueOf(event.toUpperCase(Locale.ROOT)));
            }
            webhooks.add(new Webhook(
                    webhook.text("url"),
                    Webhook.Format.valueOf(webhook.text("format").toUpperCase(Locale.ROOT)),
                    webhook.textOrNull("secret"),
                    Collections.unmodifiableMap(headers),
                    events));
        }
        return new Alerts(
                List.copyOf(webhooks),
                alerts.length("service_down_after"),
                alerts.length("high_latency"),
                alerts.length("repeat"));
    }

    private Admin admin(Layers admin) {
        String bind = admin.text("bind");
        String token = admin.textOrNull("token");
        Found given = admin.found("bind");
        if (given != null && token == null && admin.flag("enabled") && !isLoopback(bind)) {
            problems.at(
                    given.at(),
                    "`bind` opens the admin port to the network without a `token`: set one, or bind 127.0.0.1");
        }
        Found readToken = admin.found("read_token");
        if (readToken != null && token == null) {
            problems.at(readToken.at(), "`read_token` needs a `token` beside it: else nothing could be changed");
        }
        return new Admin(admin.flag("enabled"), bind, admin.whole("port"), token, admin.textOrNull("read_token"));
    }

    private static boolean isLoopback(String address) {
        return address.equalsIgnoreCase("localhost")
                || (address.startsWith("127.") && address.chars().allMatch(c -> c == '.' || Character.isDigit(c)))
                || address.equals("::1")
                || address.equals("[::1]");
    }

    private static Telemetry telemetry(Layers telemetry) {
        return new Telemetry(
                telemetry.under("traces").textOrNull("otlp"),
                telemetry.under("traces").textOrNull("protocol"),
                telemetry.under("traces").number("sample"),
                telemetry.under("metrics").flag("prometheus"),
                telemetry.under("metrics").textOrNull("otlp"),
                telemetry.under("metrics").textOrNull("protocol"),
                telemetry.under("metrics").length("interval"));
    }
}
