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

/**
 * Run-time modes on this host's disk, which may be slow or hang: it is read and written on one thread that ends when there is
 * nothing to do, and neither circuits nor calls wait for it. Thread-safe; no method waits.
 */
final class KeptModes {

    private static final long IDLE_SECONDS = 5;

    private final ModeFile file;
    private final Executor disk;

    /** The newest order of each service that is kept, or to be. */
    private final Map<String, Long> versions = new ConcurrentHashMap<>();

    /** @param threads makes the daemon that has to do with the disk */
    KeptModes(Path stateDir, ThreadFactory threads) {
        this(
                new ModeFile(stateDir, System::currentTimeMillis),
                AgentThreads.one(threads, IDLE_SECONDS, Integer.MAX_VALUE));
    }

    /** @param disk does one after the other */
    KeptModes(ModeFile file, Executor disk) {
        this.file = file;
        this.disk = disk;
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

    /** The newest wins, whoever comes last. */
    void keep(String service, ModeOrder order) {
        Long known = versions.get(service);
        if (known != null && !Epoch.isNewer(order.version(), known)) {
            return;
        }
        versions.merge(service, order.version(), (one, other) -> Epoch.isNewer(other, one) ? other : one);
        try {
            disk.execute(() -> {
                if (versions.getOrDefault(service, 0L) == order.version()) {
                    file.keep(service, order);
                }
            });
        } catch (RuntimeException | OutOfMemoryError noThread) {
            AgentLog.warn("modes", "the mode of '" + service + "' is not kept on this disk: " + noThread);
        }
    }
}
