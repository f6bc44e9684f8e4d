package dev.resilience.store;

import dev.resilience.config.AgentConfig.RedisConfig;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Whether a Redis is fit to be shared: for the command line. Waits for answers; not for the JVM of an application. */
public final class RedisDiagnosis {

    private static final long PATIENCE_SECONDS = 5;
    private static final long PAUSE_MILLIS = 50;
    private static final int PINGS = 20;
    private static final int ATTEMPTS = 5;
    private static final String UNREACHED = "check address, network and TLS (rediss://)";
    private static final String MEANWHILE = "; until then each instance decides alone";
    private static final double SLOW_MILLIS = 20;
    private static final double NANOS_PER_MILLI = 1e6;

    private final RedisConnections connections;
    private final List<Finding> findings = new ArrayList<>();

    /** @param advice what to do; empty when all is well */
    public record Finding(String what, String advice) {

        public boolean good() {
            return advice.isEmpty();
        }
    }

    private RedisDiagnosis(RedisConnections connections) {
        this.connections = connections;
    }

    public static List<Finding> of(RedisConfig config, ThreadFactory threads) throws InterruptedException {
        try (RedisConnections connections = new RedisConnections(config, threads)) {
            RedisDiagnosis diagnosis = new RedisDiagnosis(connections);
            connections.start();
            diagnosis.examine(config);
            return diagnosis.findings;
        }
    }

    /** Whether there was a Redis to look at. */
    public static boolean reached(List<Finding> findings) {
        return findings.size() > 1 || findings.get(0).good();
    }

    /** What to do about a Redis that is not there for an agent, by its words. @param prefix of the agent's keys */
    public static String advice(String why, String prefix) {
        boolean writes = why.contains("READONLY") || why.contains("OOM") || why.contains("NOPERM");
        return (writes ? toWrite(why, prefix) : toReach(why)) + MEANWHILE;
    }

    private void examine(RedisConfig config) throws InterruptedException {
        String why = unreachable();
        if (!why.isEmpty()) {
            findings.add(new Finding(config.display() + " does not answer: " + why, toReach(why) + MEANWHILE));
            return;
        }
        if (!answers()) {
            findings.add(away(config));
            return;
        }
        latency(config);
        version();
        eviction();
        rights(config);
    }

    /**
     * Why it cannot be reached, empty when it can. What may be otherwise in a moment is waited for: a server that starts, or the
     * client's own word where the connection was ended before it was made up. A server that says why it lets nobody in is not.
     */
    private String unreachable() throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        String why = refusal(link -> link.commands().ping());
        while (toReach(why).equals(UNREACHED) && !why.isEmpty() && System.nanoTime() - end < 0) {
            Thread.sleep(PAUSE_MILLIS);
            why = refusal(link -> link.commands().ping());
        }
        return why;
    }

    /** Whether the agent's own connection comes to be used. */
    private boolean answers() throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (System.nanoTime() - end < 0) {
            if (ask(RedisClusterAsyncCommands::ping) != null) {
                return true;
            }
            Thread.sleep(PAUSE_MILLIS);
        }
        return false;
    }

    private void latency(RedisConfig config) throws InterruptedException {
        double[] millis = new double[PINGS];
        for (int i = 0; i < PINGS; i++) {
            long start = System.nanoTime();
            ask(RedisClusterAsyncCommands::ping);
            millis[i] = (System.nanoTime() - start) / NANOS_PER_MILLI;
        }
        Arrays.sort(millis);
        double median = millis[PINGS / 2];
        findings.add(new Finding(
                config.display() + " answers in " + Math.round(median * 100) / 100.0 + " ms at the median, "
                        + Math.round(millis[PINGS - 1] * 100) / 100.0 + " ms at most",
                median <= SLOW_MILLIS
                        ? ""
                        : "it is far away: calls never wait for it, but others learn of an OPEN that much later"));
    }

    private void version() throws InterruptedException {
        String info = told(commands -> commands.info("server"));
        String version = line(info, "redis_version:");
        boolean old = version != null && version.matches("[0-5]\\..*");
        findings.add(new Finding(
                version == null ? "its version is not told" : "Redis " + version,
                old ? "Redis 6.0 is the oldest that is supported" : ""));
    }

    private void eviction() throws InterruptedException {
        Map<String, String> policy = told(commands -> commands.configGet("maxmemory-policy"));
        String name = policy == null ? null : policy.get("maxmemory-policy");
        if (name == null) {
            findings.add(new Finding("maxmemory-policy is not told (CONFIG is not allowed, as with many hosts)", ""));
            return;
        }
        findings.add(new Finding(
                "maxmemory-policy " + name,
                name.equals("noeviction")
                        ? ""
                        : "queued calls could be evicted: use noeviction, or a Redis of its own for the fleet"));
    }

    /** Exactly what the agent does: write, read, script, delete, all below its prefix. */
    private void rights(RedisConfig config) throws InterruptedException {
        String key = config.keyPrefix() + ":{doctor}:" + Long.toHexString(System.nanoTime());
        byte[] value = "1".getBytes(StandardCharsets.UTF_8);
        boolean writes = told(commands -> commands.setex(key, 10, value)) != null;
        boolean scripts = told(commands -> commands.<byte[]>eval(
                        "redis.call('TIME') redis.call('GET', KEYS[1]) return 'well'",
                        ScriptOutputType.VALUE,
                        new String[] {key}))
                != null;
        boolean hears = refusal(link -> link.subscribe(List.of(config.keyPrefix() + ":doctor"), (channel, said) -> {}))
                .isEmpty();
        boolean tells = told(commands -> commands.publish(config.keyPrefix() + ":doctor", value)) != null;
        boolean deletes = told(commands -> commands.del(key)) != null;
        List<String> missing = new ArrayList<>();
        add(missing, writes, "SETEX");
        add(missing, scripts, "EVAL with TIME");
        add(missing, hears, "SUBSCRIBE");
        add(missing, tells, "PUBLISH");
        add(missing, deletes, "DEL");
        findings.add(new Finding(
                missing.isEmpty()
                        ? "keys below " + config.keyPrefix() + ": can be written, scripts run, messages sent"
                        : "not allowed: " + String.join(", ", missing),
                missing.isEmpty() ? "" : rightsWanted(config.keyPrefix())));
    }

    private static void add(List<String> missing, boolean works, String command) {
        if (!works) {
            missing.add(command);
        }
    }

    /** Why a connection of its own cannot be used so, in the server's words; empty when it can. */
    private String refusal(Function<RedisLink, CompletionStage<?>> use) throws InterruptedException {
        try {
            connections
                    .attempt(link -> use.apply(link).thenAccept(answer -> {}))
                    .toCompletableFuture()
                    .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            return "";
        } catch (TimeoutException silent) {
            return "nothing comes back in " + PATIENCE_SECONDS + " s";
        } catch (ExecutionException | RuntimeException refused) {
            return RedisLine.words(refused);
        }
    }

    /** Why the agent does not count one as there that answers. */
    private Finding away(RedisConfig config) throws InterruptedException {
        String key = config.keyPrefix() + ":{doctor}:" + Long.toHexString(System.nanoTime());
        String why = refusal(link -> link.commands().setex(key, 1, new byte[] {'1'}));
        if (!why.isEmpty()) {
            return new Finding(
                    config.display() + " answers, but takes nothing: " + why,
                    toWrite(why, config.keyPrefix()) + MEANWHILE);
        }
        why = refusal(connections::agree);
        return why.isEmpty()
                ? new Finding(config.display() + " answers, but did not a moment ago", "ask again" + MEANWHILE)
                : new Finding(config.display() + " is not shared: " + why, "update this instance" + MEANWHILE);
    }

    private static String toReach(String why) {
        if (why.contains("WRONGPASS") || why.contains("invalid password")) {
            return "it refuses user or password: correct them in `redis.url`";
        }
        if (why.contains("NOAUTH")) {
            return "it wants a password: redis://user:password@host:port, by ${ENV} rather than in the file";
        }
        if (why.contains("HELLO") || why.contains("unknown command")) {
            return "Redis 6.0 is the oldest that is supported";
        }
        return why.contains("NOPERM") ? "the user may not even connect: give it +@connection" : UNREACHED;
    }

    private static String toWrite(String why, String prefix) {
        if (why.contains("READONLY")) {
            return "it is a replica: name the primary, or use redis-sentinel://";
        }
        return why.contains("OOM")
                ? "it is full: raise maxmemory, or give the fleet a Redis of its own"
                : rightsWanted(prefix);
    }

    private static String rightsWanted(String prefix) {
        return "give the user +@all ~" + prefix + ":* &" + prefix + ":* (ACL SETUSER)";
    }

    /**
     * Null when it is refused; on a connection of its own, for what is refused ends the agent's. What was merely lost on its way is
     * asked for again.
     */
    private <T> @Nullable T told(Function<RedisClusterAsyncCommands<String, byte[]>, CompletionStage<T>> command)
            throws InterruptedException {
        @Nullable T answer = null;
        String why = "";
        for (int attempt = 0; attempt < ATTEMPTS && answer == null && !why.contains("NOPERM"); attempt++) {
            try {
                answer = answer(connections.attempt(link -> command.apply(link.commands())));
            } catch (ExecutionException | TimeoutException | RuntimeException unanswered) {
                why = RedisLine.words(unanswered);
            }
        }
        return answer;
    }

    /** Null when it did not answer, or refused; on the agent's own connection, when that is there. */
    private <T> @Nullable T ask(Function<RedisClusterAsyncCommands<String, byte[]>, CompletionStage<T>> command)
            throws InterruptedException {
        try {
            return answer(connections.bulk().ask(command));
        } catch (ExecutionException | TimeoutException | RuntimeException unanswered) {
            return null;
        }
    }

    private static <T> T answer(CompletionStage<T> stage)
            throws InterruptedException, ExecutionException, TimeoutException {
        return stage.toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private static @Nullable String line(@Nullable String info, String beginning) {
        if (info == null) {
            return null;
        }
        for (String line : info.split("\\R")) {
            if (line.startsWith(beginning)) {
                return line.substring(beginning.length()).trim();
            }
        }
        return null;
    }
}
