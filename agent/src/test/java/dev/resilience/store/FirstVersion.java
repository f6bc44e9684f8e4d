package dev.resilience.store;

import dev.resilience.breaker.BreakerSettings;
import dev.resilience.breaker.BreakerStore;
import dev.resilience.breaker.ModeOrder;
import dev.resilience.breaker.Outcome;
import dev.resilience.breaker.Reply;
import dev.resilience.breaker.Report;
import dev.resilience.breaker.StoreMode;
import io.lettuce.core.ScriptOutputType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * An instance of the first version of the protocol, frozen: its scripts (in the resources beside this class), the order of
 * their arguments, its keys. Never to be brought up to date: it is what old instances in a fleet go on doing.
 */
final class FirstVersion implements BreakerStore {

    private static final String PREFIX = "circuit_breaker:";

    private final RedisLine line;
    private final Supplier<String> clock;

    FirstVersion(RedisLine line, Supplier<String> clock) {
        this.line = line;
        this.clock = clock;
    }

    @Override
    public StoreMode mode() {
        return StoreMode.SHARED;
    }

    @Override
    public CompletionStage<Reply> report(String service, BreakerSettings settings, Report report) {
        List<Object> told = new ArrayList<>(List.of(
                report.instance(),
                report.state(),
                report.epoch(),
                report.remainingMillis(),
                report.failures(),
                report.successes(),
                report.cause(),
                report.countedIn(),
                report.delta().calls(),
                report.delta().failures(),
                report.delta().slow(),
                report.delta().retryAfterMillis(),
                report.sinceLastMillis(),
                report.order().version()));
        told.addAll(ordered(report.order()));
        told.addAll(report.leases());
        return run("report", service, settings, told);
    }

    @Override
    public CompletionStage<Reply> acquire(String service, BreakerSettings settings, long epoch, String lease) {
        return run("acquire", service, settings, List.of(epoch, lease));
    }

    @Override
    public CompletionStage<Reply> settle(
            String service, BreakerSettings settings, long epoch, String lease, Outcome outcome, long retryAfter) {
        return run("settle", service, settings, List.of(epoch, lease, outcome, retryAfter));
    }

    @Override
    public CompletionStage<Reply> reset(String service, BreakerSettings settings, String who) {
        return run("reset", service, settings, List.of(who));
    }

    @Override
    public CompletionStage<Reply> order(String service, BreakerSettings settings, ModeOrder wish) {
        return run("order", service, settings, ordered(wish));
    }

    @Override
    public void watch(Watcher watcher) {
        throw new UnsupportedOperationException("the newer one listens");
    }

    @Override
    public void start() {
        throw new UnsupportedOperationException("the newer one connects");
    }

    @Override
    public void close() {}

    private CompletionStage<Reply> run(String script, String service, BreakerSettings settings, List<?> arguments) {
        List<Object> all = new ArrayList<>(List.of(
                clock.get(),
                PREFIX + "changes",
                service,
                5_000,
                2_000,
                Math.max(86_400_000, 2 * longest(settings)),
                5_000,
                settings.failureThreshold(),
                settings.failureRate(),
                settings.eitherOpens() ? 1 : 0,
                settings.windowMillis(),
                settings.timeoutMillis(),
                settings.halfOpenQuota(),
                settings.successThreshold(),
                settings.halfOpenTimeoutMillis(),
                settings.minimumCalls(),
                settings.watchesSlowness() ? 1 : 0,
                settings.slowRate(),
                settings.timeoutGrowth(),
                settings.longestTimeoutMillis(),
                settings.longestRetryAfterMillis(),
                settings.minInstances(),
                settings.rampUpMillis()));
        all.addAll(arguments);
        String[] keys = Arrays.stream(
                        new String[] {"ledger", "state", "failures", "successes", "last_failure", "half_open_quota"})
                .map(key -> PREFIX + service + ":" + key)
                .toArray(String[]::new);
        byte[][] bytes = all.stream()
                .map(argument -> argument.toString().getBytes(StandardCharsets.UTF_8))
                .toArray(byte[][]::new);
        CompletionStage<List<byte[]>> answer = line.run(
                RedisScript.load("protocol1/circuit.lua", "protocol1/" + script + ".lua"),
                ScriptOutputType.MULTI,
                keys,
                bytes);
        return answer.thenApply(CircuitFigures::reply);
    }

    private static List<Object> ordered(ModeOrder order) {
        return List.of(order.mode() == null ? "" : order.mode(), order.remainingMillis(), order.reason(), order.who());
    }

    private static long longest(BreakerSettings settings) {
        return Math.max(
                Math.max(settings.halfOpenTimeoutMillis(), settings.windowMillis()),
                Math.max(settings.longestTimeoutMillis(), settings.longestRetryAfterMillis()));
    }
}
