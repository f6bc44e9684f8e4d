package dev.resilience.store;

import dev.resilience.breaker.Epoch;
import dev.resilience.breaker.ModeOrder;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Run-time modes on this host's disk, which may be slow or hang: it is read and written on one thread that ends when there is
 * nothing to do, and neither circuits nor calls wait for it. Thread-safe; no method waits.
 */
final class KeptModes {

    private static final long IDLE_SECONDS = 5;

    private final ModeFile file;
    private final ThreadPoolExecutor disk;

    /** The newest order of each service that is kept, or to be. */
    private final Map<String, Long> versions = new ConcurrentHashMap<>();

    /** @param threads makes the daemon that has to do with the disk */
    KeptModes(Path stateDir, ThreadFactory threads) {
        file = new ModeFile(stateDir, System::currentTimeMillis);
        disk = new ThreadPoolExecutor(1, 1, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), threads);
        disk.allowCoreThreadTimeOut(true);
    }

    /** What holds for a service since before this JVM began. */
    CompletionStage<ModeOrder> of(String service) {
        return CompletableFuture.supplyAsync(() -> file.of(service), disk);
    }

    /** The newest wins, whoever comes last. */
    void keep(String service, ModeOrder order) {
        Long known = versions.get(service);
        if (known != null && !Epoch.isNewer(order.version(), known)) {
            return;
        }
        versions.merge(service, order.version(), (one, other) -> Epoch.isNewer(other, one) ? other : one);
        disk.execute(() -> {
            if (versions.getOrDefault(service, 0L) == order.version()) {
                file.keep(service, order);
            }
        });
    }
}
