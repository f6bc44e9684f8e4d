package dev.resilience.store;

import dev.resilience.breaker.BreakerStore;
import dev.resilience.config.AgentConfig.RedisConfig;
import dev.resilience.fallback.AnswerStore;
import dev.resilience.fallback.CallStore;
import dev.resilience.health.Leases;
import dev.resilience.health.LocalLeases;
import dev.resilience.health.Opinions;
import dev.resilience.health.ProbeArchive;
import dev.resilience.health.RedisPing;
import dev.resilience.health.alert.AlertStore;
import dev.resilience.health.deed.DeedStore;
import dev.resilience.health.roster.RosterStore;
import dev.resilience.health.snapshot.SnapshotStore;
import dev.resilience.metrics.FigureStore;
import dev.resilience.metrics.TransitionJournal;
import java.nio.file.Path;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Everything that is kept, for one configuration: in Redis where there is one, else in this JVM. Making it is cheap: until
 * {@code breakers().start()} no connection is made and nothing of Lettuce is loaded, and the others have nothing to give.
 */
public final class Stores implements AutoCloseable {

    private final RedisConnections redis;
    private final BreakerStore breakers;
    private final AnswerStore answers;
    private final Leases leases;
    private final ThreadFactory threads;
    private final int waitReplicas;
    /** Names this JVM where one of the fleet holds a duty: two that were given one name by mistake must not both hold it. */
    private final String holder;

    private @Nullable LocalCalls ownCalls;
    private @Nullable CallStore calls;
    private final @Nullable FigureStore figures;
    private final @Nullable TransitionJournal transitions;
    private final @Nullable AlertStore alerts;
    private final Opinions opinions;
    private final @Nullable ProbeArchive probes;
    private final @Nullable SnapshotStore snapshots;
    private @Nullable DeedStore deeds;

    private Stores(
            RedisConnections redis,
            BreakerStore breakers,
            AnswerStore answers,
            Leases leases,
            String holder,
            ThreadFactory threads,
            int waitReplicas) {
        this.redis = redis;
        this.breakers = breakers;
        this.answers = answers;
        this.leases = leases;
        this.holder = holder;
        this.threads = threads;
        this.waitReplicas = waitReplicas;
        boolean shared = breakers instanceof RedisStore;
        figures = shared ? new RedisFigures(redis) : null;
        transitions = shared ? new RedisTransitions(redis) : null;
        alerts = shared ? new RedisAlerts(redis) : null;
        opinions = shared ? new RedisOpinions(redis) : Opinions.ALONE;
        probes = shared ? new RedisProbes(redis) : null;
        snapshots = shared ? new RedisSnapshots(redis) : null;
    }

    /**
     * @param redis null for state that stays inside this JVM
     * @param instance name of this JVM, which should be unique in the fleet
     * @param threads makes daemons whose calls are never guarded
     * @param stateDir where run-time modes outlive a JVM while Redis is absent or away; made when the first one is ordered
     */
    public static Stores of(@Nullable RedisConfig redis, String instance, ThreadFactory threads, Path stateDir) {
        if (redis == null) {
            KeptModes modes = new KeptModes(stateDir, threads);
            return local(new LocalStore(System::nanoTime, System::currentTimeMillis, modes), instance, threads);
        }
        RedisConnections connections = new RedisConnections(redis, threads);
        // No secret: what makes those would be a part of every start.
        String holder =
                instance + "/" + Long.toHexString(ThreadLocalRandom.current().nextLong());
        return new Stores(
                connections,
                new RedisStore(connections, stateDir, threads),
                new RedisAnswerStore(connections, NearAnswers.defaultBytes(), System::nanoTime),
                new RedisLeases(connections, holder),
                holder,
                threads,
                redis.waitReplicas());
    }

    private static Stores local(LocalStore breakers, String instance, ThreadFactory threads) {
        RedisConnections none = new RedisConnections(null, threads);
        return new Stores(none, breakers, new LocalAnswerStore(), new LocalLeases(), instance, threads, 0);
    }

    public BreakerStore breakers() {
        return breakers;
    }

    public AnswerStore answers() {
        return answers;
    }

    public Leases leases() {
        return leases;
    }

    /** Whether calls that were taken in charge wait in a state directory that no JVM uses now. */
    public static boolean holdsCalls(Path stateDir) {
        return LocalCalls.waitIn(stateDir.resolve("queue"));
    }

    /**
     * Calls that were taken in charge.
     *
     * @param stateDir where they are kept while there is no Redis to share them; made when the first one comes
     */
    public synchronized CallStore calls(Path stateDir) {
        CallStore known = calls;
        if (known == null) {
            boolean shared = breakers instanceof RedisStore;
            LocalCalls own = new LocalCalls(stateDir.resolve("queue"), shared, threads, System::nanoTime);
            Replicas replicas = waitReplicas == 0 ? null : new Replicas(redis, waitReplicas);
            known = shared
                    ? new SharedCalls(
                            own, new RedisCalls(redis, holder), replicas, System::nanoTime, System::currentTimeMillis)
                    : own;
            ownCalls = own;
            calls = known;
        }
        return known;
    }

    /** The fleet's figures; null where this instance is the fleet. */
    public @Nullable FigureStore figures() {
        return figures;
    }

    /** The fleet's changes of state; null where this instance is the fleet. */
    public @Nullable TransitionJournal transitions() {
        return transitions;
    }

    /** The fleet's alerts; null where this instance is the fleet. */
    public @Nullable AlertStore alerts() {
        return alerts;
    }

    /** The fleet's snapshots; null where this instance is the fleet. */
    public @Nullable SnapshotStore snapshots() {
        return snapshots;
    }

    /**
     * What people did in the fleet; null where this instance is the fleet. To be asked for first before {@code breakers().start()}:
     * it is made then, which is behind the application's start.
     */
    public synchronized @Nullable DeedStore deeds() {
        if (deeds == null && breakers instanceof RedisStore) {
            deeds = new RedisDeeds(redis);
        }
        return deeds;
    }

    /** The fleet's instances; null where this instance is the fleet. */
    public @Nullable RosterStore roster() {
        return breakers instanceof RedisStore ? new RedisRoster(redis) : null;
    }

    /** The fleet's probe archive; null where this instance is the fleet. */
    public @Nullable ProbeArchive probes() {
        return probes;
    }

    /** What other instances think of a service. */
    public Opinions opinions() {
        return opinions;
    }

    /** Whether a configuration leads to the Redis, or to none, that these are in. */
    public boolean isAt(@Nullable RedisConfig config) {
        return redis.isAt(config);
    }

    /** Takes the credentials of a changed configuration for the next connection. Another Redis is not gone to. */
    public void take(@Nullable RedisConfig changed) {
        redis.take(changed);
    }

    public RedisPing ping() {
        return target -> target.equals("default") ? redis.ping() : redis.ping(target);
    }

    @Override
    public synchronized void close() {
        if (ownCalls != null) {
            ownCalls.close();
        }
        breakers.close();
        redis.close();
    }
}
