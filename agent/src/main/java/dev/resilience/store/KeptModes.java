package dev.resilience.store;

import dev.resilience.breaker.Epoch;
import dev.resilience.breaker.ModeOrder;
import dev.resilience.guard.AgentThreads;
import dev.resilience.log.AgentLog;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Run-time modes on this host's disk, which may be slow or hang: it is read and written on one thread that ends when there is
 * nothing to do, and neither circuits nor calls wait for it. Thread-safe; no method waits.
 */
final class KeptModes {

    private static final long IDLE_SECONDS = 5;

    /** A circuit that nobody speaks of is kept for a day, or as long as its mode lasts. */
    private static final long FORGOTTEN_NANOS = TimeUnit.DAYS.toNanos(1);

    private final ModeFile file;
    private final Executor disk;
    private final LongSupplier nanoTime;

    /** The newest order of each service that is kept, or to be. */
    private final Map<String, Said> newest = new ConcurrentHashMap<>();

    /** @param nanos when it was said last */
    private record Said(long version, long nanos) {

        boolean outlives(Said before) {
            return Epoch.isNewer(version, before.version) || nanos - before.nanos >= FORGOTTEN_NANOS;
        }

        Said again(Said same) {
            return same.version == version ? new Said(version, same.nanos) : this;
        }
    }

    /** @param threads makes the daemon that has to do with the disk */
    KeptModes(Path stateDir, ThreadFactory threads) {
        this(
                new ModeFile(stateDir, System::currentTimeMillis),
                AgentThreads.one(threads, IDLE_SECONDS, Integer.MAX_VALUE));
    }

    KeptModes(ModeFile file, Executor disk) {
        this(file, disk, System::nanoTime);
    }

    /** @param disk does one after the other */
    KeptModes(ModeFile file, Executor disk, LongSupplier nanoTime) {
        this.file = file;
        this.disk = disk;
        this.nanoTime = nanoTime;
    }

    /** What holds for a service since before this JVM began. */
    CompletionStage<ModeOrder> of(String service) {
        try {
            return CompletableFuture.supplyAsync(() -> file.of(service), disk);
        } catch (RuntimeException | OutOfMemoryError noThread) {
            AgentLog.warn(
                    "modes", "the mode of '" + service + "' that this disk may keep is not in force: " + noThread);
            return CompletableFuture.completedFuture(ModeOrder.NONE);
        }
    }

    /** The newest wins, whoever comes last, until its circuit was forgotten: from then on versions are counted anew. */
    void keep(String service, ModeOrder order) {
        Said said = new Said(order.version(), nanoTime.getAsLong());
        if (newest.merge(service, said, (before, now) -> now.outlives(before) ? now : before.again(now)) != said) {
            return;
        }
        try {
            disk.execute(() -> {
                Said known = newest.get(service);
                if (known != null && known.version == order.version()) {
                    file.keep(service, order);
                }
            });
        } catch (RuntimeException | OutOfMemoryError noThread) {
            AgentLog.warn("modes", "the mode of '" + service + "' is not kept on this disk: " + noThread);
        }
    }
}
