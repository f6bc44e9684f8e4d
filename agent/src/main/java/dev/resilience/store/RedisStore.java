package dev.resilience.store;

import dev.resilience.breaker.BreakerSettings;
import dev.resilience.breaker.BreakerStore;
import dev.resilience.breaker.Delta;
import dev.resilience.breaker.ModeOrder;
import dev.resilience.breaker.Outcome;
import dev.resilience.breaker.Reply;
import dev.resilience.breaker.Report;
import dev.resilience.breaker.Snapshot;
import dev.resilience.breaker.StoreAway;
import dev.resilience.breaker.StoreMode;
import dev.resilience.config.Mode;
import dev.resilience.log.AgentLog;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.SetArgs;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Circuits that a fleet shares through Redis: one script per operation, and a channel that tells of every change. */
final class RedisStore implements BreakerStore {

    private static final int LONGEST_NAME = 200;

    /** Between looks whether a service's node is back. */
    private static final long RETURN_MILLIS = 500;

    private static final long PING_EXPIRY_MILLIS = 60_000;

    private static final long QUIET_AFTER_NANOS = TimeUnit.MILLISECONDS.toNanos(QUIET_AFTER_MILLIS);

    private final RedisConnections redis;
    private final RedisLine line;
    private final RedisKeys keys;
    private final Supplier<String> clock;
    private final Set<String> away = ConcurrentHashMap.newKeySet();
    private final List<Watcher> watchers = new CopyOnWriteArrayList<>();
    private final @Nullable Path stateDir;

    /** When somebody in the fleet last had something to tell. */
    private volatile long busyNanos = System.nanoTime();

    /** Null until something is to be kept, or looked for. */
    private @Nullable KeptModes modes;

    private final @Nullable ThreadFactory threads;

    /**
     * @param stateDir where run-time modes are kept for a start while Redis is away
     * @param threads makes daemons to write them on
     */
    RedisStore(RedisConnections redis, Path stateDir, ThreadFactory threads) {
        this(redis, () -> "", stateDir, threads);
    }

    /** @param clock the server's time in Unix milliseconds, or empty to let it look at its own clock */
    RedisStore(RedisConnections redis, Supplier<String> clock) {
        this(redis, clock, null, null);
    }

    private RedisStore(
            RedisConnections redis, Supplier<String> clock, @Nullable Path stateDir, @Nullable ThreadFactory threads) {
        this.stateDir = stateDir;
        this.threads = threads;
        this.redis = redis;
        this.line = redis.circuits();
        this.keys = redis.keys();
        this.clock = clock;
    }

    @Override
    public StoreMode mode() {
        return line.answers() && away.isEmpty() ? StoreMode.SHARED : StoreMode.DEGRADED;
    }

    @Override
    public StoreMode mode(String service) {
        return line.answers() && !away.contains(service) ? StoreMode.SHARED : StoreMode.DEGRADED;
    }

    @Override
    public CompletionStage<Reply> report(String service, BreakerSettings settings, Report report) {
        Delta delta = report.delta();
        List<Object> told = new ArrayList<>(List.of(
                report.instance(),
                report.state(),
                report.epoch(),
                report.remainingMillis(),
                report.sinceMillis(),
                report.failures(),
                report.successes(),
                report.cause(),
                report.countedIn(),
                delta.calls(),
                delta.failures(),
                delta.slow(),
                delta.retryAfterMillis(),
                report.sinceLastMillis(),
                report.order().version()));
        addTo(told, report.order());
        told.add(report.relapses());
        told.add(report.partedIn());
        told.addAll(report.leases());
        return run(Operation.REPORT, service, settings, told);
    }

    @Override
    public CompletionStage<Reply> acquire(String service, BreakerSettings settings, long epoch, String lease) {
        return run(Operation.ACQUIRE, service, settings, List.of(epoch, lease));
    }

    @Override
    public CompletionStage<Reply> settle(
            String service,
            BreakerSettings settings,
            long epoch,
            String lease,
            Outcome outcome,
            long retryAfterMillis) {
        return run(Operation.SETTLE, service, settings, List.of(epoch, lease, outcome, retryAfterMillis));
    }

    @Override
    public CompletionStage<Reply> reset(String service, BreakerSettings settings, String who) {
        return run(Operation.RESET, service, settings, List.of(oneLine(who)));
    }

    @Override
    public CompletionStage<Reply> order(String service, BreakerSettings settings, ModeOrder wish) {
        List<Object> wanted = new ArrayList<>();
        addTo(wanted, wish);
        return run(Operation.ORDER, service, settings, wanted);
    }

    @Override
    public CompletionStage<ModeOrder> kept(String service) {
        KeptModes all = modes();
        return all == null ? CompletableFuture.completedFuture(ModeOrder.NONE) : all.of(service);
    }

    @Override
    public void keep(String service, ModeOrder order) {
        KeptModes all = order.version() == 0 ? null : modes();
        if (all != null) {
            all.keep(service, order);
        }
    }

    private synchronized @Nullable KeptModes modes() {
        if (modes == null && stateDir != null && threads != null) {
            modes = new KeptModes(stateDir, threads);
        }
        return modes;
    }

    @Override
    public void watch(Watcher watcher) {
        watchers.add(watcher);
    }

    @Override
    public void start() {
        line.listen(keys.of("changes"), this::heard);
        line.watch(this::modeChanged);
        redis.start();
        // Trials are asked for on event loops, which must not read the jar.
        Operation.ACQUIRE.script();
        Operation.SETTLE.script();
    }

    @Override
    public void close() {
        watchers.clear();
        redis.close();
    }

    private CompletionStage<Reply> run(
            Operation operation, String service, BreakerSettings settings, List<?> arguments) {
        if (mode(service) != StoreMode.SHARED) {
            return StoreAway.future("Redis does not answer");
        }
        List<Object> all = new ArrayList<>();
        all.add(clock.get());
        all.add(keys.of("changes"));
        all.add(service);
        all.add(LEASE_MILLIS);
        all.add(HOLD_OFF_MILLIS);
        all.add(BreakerStore.keepMillis(service, settings));
        all.add(SILENCE_MILLIS);
        addTo(all, settings);
        all.addAll(arguments);
        CompletionStage<List<byte[]>> answer =
                line.run(operation.script(), ScriptOutputType.MULTI, keysOf(service), bytes(all));
        return answer.thenApply(CircuitFigures::reply).whenComplete((reply, failure) -> {
            if (reply != null) {
                Snapshot fleet = reply.snapshot();
                if (operation != Operation.REPORT || fleet.isBusy()) {
                    busyNanos = System.nanoTime();
                }
                // While no circuit has anything to tell, their reports show whether Redis is there.
                boolean quiet = System.nanoTime() - busyNanos >= QUIET_AFTER_NANOS;
                redis.pace(quiet ? Math.max(QUIET_MILLIS, fleet.paceMillis()) : fleet.paceMillis());
                keep(service, fleet.order());
            } else if (line.answers()) {
                away(service, failure);
            }
        });
    }

    /** Of a cluster, the node that keeps this service does not answer. */
    private void away(String service, Throwable failure) {
        if (!away.add(service)) {
            return;
        }
        AgentLog.warn(
                "redis service " + service,
                "Redis does not answer for '" + service + "' (" + RedisLine.words(failure)
                        + "): this circuit goes on from its last known state, each instance for itself");
        modeChanged();
        line.schedule(() -> lookFor(service), RETURN_MILLIS);
    }

    private void lookFor(String service) {
        String key = keys.of(service, "ping");
        line.ask(commands -> commands.set(key, new byte[] {'1'}, SetArgs.Builder.px(PING_EXPIRY_MILLIS)))
                .whenComplete((done, failure) -> {
                    if (failure == null) {
                        away.remove(service);
                        AgentLog.info("Redis answers for '" + service + "' again");
                        modeChanged();
                    } else {
                        line.schedule(() -> lookFor(service), RETURN_MILLIS);
                    }
                });
    }

    /** In the order in which {@code circuit.lua} reads them. */
    private static void addTo(List<Object> all, BreakerSettings settings) {
        all.add(settings.failureThreshold());
        all.add(settings.failureRate());
        all.add(settings.eitherOpens() ? 1 : 0);
        all.add(settings.windowMillis());
        all.add(settings.timeoutMillis());
        all.add(settings.halfOpenQuota());
        all.add(settings.successThreshold());
        all.add(settings.halfOpenTimeoutMillis());
        all.add(settings.minimumCalls());
        all.add(settings.watchesSlowness() ? 1 : 0);
        all.add(settings.slowRate());
        all.add(settings.timeoutGrowth());
        all.add(settings.longestTimeoutMillis());
        all.add(settings.longestRetryAfterMillis());
        all.add(settings.minInstances());
        all.add(settings.rampUpMillis());
    }

    private static void addTo(List<Object> all, ModeOrder order) {
        Mode mode = order.mode();
        all.add(mode == null ? "" : mode);
        all.add(order.remainingMillis());
        all.add(oneLine(order.reason()));
        all.add(oneLine(order.who()));
    }

    private String[] keysOf(String service) {
        return new String[] {
            keys.of(service, "ledger"),
            keys.of(service, "state"),
            keys.of(service, "failures"),
            keys.of(service, "successes"),
            keys.of(service, "last_failure"),
            keys.of(service, "half_open_quota")
        };
    }

    private static byte[][] bytes(List<?> arguments) {
        byte[][] bytes = new byte[arguments.size()][];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = arguments.get(i).toString().getBytes(StandardCharsets.UTF_8);
        }
        return bytes;
    }

    private void heard(byte[] message) {
        Snapshot snapshot;
        try {
            snapshot = CircuitFigures.told(message);
        } catch (RuntimeException malformed) {
            AgentLog.warn("redis message", "a message on '" + keys.of("changes") + "' was not understood", malformed);
            return;
        }
        keep(snapshot.service(), snapshot.order());
        for (Watcher watcher : watchers) {
            watcher.changed(snapshot);
        }
    }

    private void modeChanged() {
        StoreMode now = mode();
        for (Watcher watcher : watchers) {
            watcher.modeChanged(now);
        }
    }

    private static String oneLine(String who) {
        String line = who.replace('\n', ' ');
        return line.length() <= LONGEST_NAME ? line : line.substring(0, LONGEST_NAME);
    }

    private enum Operation {
        REPORT("report.lua"),
        ACQUIRE("acquire.lua"),
        SETTLE("settle.lua"),
        RESET("reset.lua"),
        ORDER("order.lua");

        private final String part;

        /** Null until first needed: some never are, and each is as long as all that they share. */
        private volatile @Nullable RedisScript script;

        Operation(String part) {
            this.part = part;
        }

        RedisScript script() {
            RedisScript known = script;
            if (known == null) {
                known = RedisScript.load("circuit.lua", part);
                script = known;
            }
            return known;
        }
    }
}
