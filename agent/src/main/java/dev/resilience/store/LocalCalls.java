package dev.resilience.store;

import dev.resilience.fallback.CallStore;
import dev.resilience.fallback.QueuedCall;
import dev.resilience.log.AgentLog;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Calls kept in a journal of this JVM's below a directory. Several JVMs may share the directory: each has a journal of its
 * own, and takes over what others left behind. Thread-safe; all work is done by one thread, which ends when idle, and what
 * comes meanwhile is made durable together.
 */
final class LocalCalls implements CallStore, AutoCloseable {

    private static final long IDLE_SECONDS = 10;
    private static final long ADOPT_NANOS = TimeUnit.SECONDS.toNanos(20);

    private final Path directory;
    private final LongSupplier nanoTime;
    private final ThreadPoolExecutor thread;
    private final ConcurrentLinkedQueue<Work<?>> waiting = new ConcurrentLinkedQueue<>();
    private final Map<String, CallTable> services = new HashMap<>();
    private final Map<String, String> compared = new HashMap<>();
    private volatile @Nullable Journal journal;
    private volatile long tendedNanos = Long.MIN_VALUE / 2;

    /** A step on the journal, and who waits for it to be durable. */
    private record Work<T extends @Nullable Object>(Step<T> step, CompletableFuture<T> done) {}

    @FunctionalInterface
    private interface Step<T extends @Nullable Object> {
        T run(Journal journal) throws IOException;
    }

    /** @param nanoTime monotonic, nanoseconds */
    LocalCalls(Path directory, ThreadFactory threads, LongSupplier nanoTime) {
        this.directory = directory;
        this.nanoTime = nanoTime;
        this.thread =
                new ThreadPoolExecutor(1, 1, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), threads);
        thread.allowCoreThreadTimeOut(true);
    }

    /** Takes over what JVMs that ended left behind. Completes with the number of calls that are here then. */
    CompletionStage<Integer> adopt() {
        return submit(own -> {
            adopt(own);
            return own.size();
        });
    }

    @Override
    public CompletionStage<Added> add(QueuedCall call, int most) {
        byte[] bytes = call.toBytes();
        return submit(own -> {
            CallTable table = table(call.service());
            if (table.find(call.id()) != null) {
                return Added.KEPT;
            }
            Place place = call.reason() == null ? Place.QUEUE : Place.REVIEW;
            if (table.size(place) >= most) {
                return Added.FULL;
            }
            own.put(call.id(), bytes);
            table.add(new CallTable.Row(call.id(), call.order(), place, now()));
            return Added.KEPT;
        });
    }

    @Override
    public CompletionStage<List<Held>> hold(String service, int most, Duration lease) {
        if (isUnused()) {
            return CompletableFuture.completedStage(List.of());
        }
        return submit(own -> {
            List<Held> held = new ArrayList<>();
            long now = now();
            for (CallTable.Row row : table(service).hold(most, now, now + lease.toMillis())) {
                QueuedCall call = read(own, row.id);
                if (call != null) {
                    held.add(new Held(call, row.token));
                }
            }
            return held;
        });
    }

    @Override
    public CompletionStage<Boolean> settle(Held held, Verdict verdict) {
        return submit(own -> {
            CallTable table = table(held.call().service());
            CallTable.Row row = table.find(held.call().id());
            if (row == null || row.token != held.token()) {
                return false;
            }
            if (verdict instanceof Again again) {
                own.put(row.id, again.call().toBytes());
                table.due(row, now() + again.after().toMillis());
            } else if (verdict instanceof Review review) {
                own.put(row.id, review.call().toBytes());
                table.move(row, Place.REVIEW, now());
            } else if (verdict instanceof Back back) {
                table.due(row, now() + back.after().toMillis());
            } else {
                own.remove(row.id);
                table.remove(row);
            }
            return true;
        });
    }

    @Override
    public CompletionStage<List<QueuedCall>> list(Place place, String service, int offset, int limit) {
        if (isUnused()) {
            return CompletableFuture.completedStage(List.of());
        }
        return submit(own -> {
            List<QueuedCall> page = new ArrayList<>();
            for (CallTable.Row row : table(service).list(place, offset, limit)) {
                QueuedCall call = read(own, row.id);
                if (call != null) {
                    page.add(call);
                }
            }
            return page;
        });
    }

    @Override
    public CompletionStage<Long> size(Place place, String service) {
        if (isUnused()) {
            return CompletableFuture.completedStage(0L);
        }
        return submit(own -> (long) table(service).size(place));
    }

    @Override
    @SuppressWarnings("NullAway") // which takes the type argument for one that is never null
    public CompletionStage<@Nullable QueuedCall> find(Place place, String id) {
        return submit(own -> {
            CallTable.Row row = table(QueuedCall.serviceOf(id)).find(id);
            return row == null || row.place != place ? null : read(own, id);
        });
    }

    @Override
    public CompletionStage<Boolean> hasten(String id) {
        return submit(own -> {
            CallTable table = table(QueuedCall.serviceOf(id));
            CallTable.Row row = table.find(id);
            if (row == null || row.place != Place.QUEUE) {
                return false;
            }
            if (row.token == 0) {
                table.due(row, now());
            }
            return true;
        });
    }

    @Override
    public CompletionStage<Boolean> requeue(QueuedCall call) {
        return submit(own -> {
            CallTable table = table(call.service());
            CallTable.Row row = table.find(call.id());
            if (row == null || row.place != Place.REVIEW) {
                return false;
            }
            own.put(call.id(), call.toBytes());
            table.move(row, Place.QUEUE, now());
            return true;
        });
    }

    @Override
    public CompletionStage<Boolean> remove(Place place, String id) {
        return submit(own -> {
            CallTable table = table(QueuedCall.serviceOf(id));
            CallTable.Row row = table.find(id);
            if (row == null || row.place != place) {
                return false;
            }
            own.remove(id);
            table.remove(row);
            return true;
        });
    }

    @Override
    public void tend() {
        long now = nanoTime.getAsLong();
        if (now - tendedNanos >= ADOPT_NANOS) {
            tendedNanos = now;
            if (!isUnused()) {
                adopt();
            }
        }
    }

    /** Whether nothing was ever kept here: then nothing is made to look for it. */
    boolean isUnused() {
        return journal == null && !Files.isDirectory(directory);
    }

    /** Forgets a call, wherever it is. */
    void forget(String id) {
        submit(own -> {
            CallTable table = table(QueuedCall.serviceOf(id));
            CallTable.Row row = table.find(id);
            if (row != null) {
                own.remove(id);
                table.remove(row);
            }
            return true;
        });
    }

    /** Leaves a call to the fleet, or takes it back. */
    void handedOver(String id, boolean handedOver) {
        submit(own -> {
            CallTable table = table(QueuedCall.serviceOf(id));
            CallTable.Row row = table.find(id);
            if (row != null) {
                table.handOver(row, handedOver);
            }
            return true;
        });
    }

    /** Some of the calls that the fleet does not have and that nobody makes here. */
    CompletionStage<List<QueuedCall>> notHandedOver(int most) {
        return submit(own -> {
            List<QueuedCall> calls = new ArrayList<>();
            for (CallTable table : services.values()) {
                for (String id : table.handedOver(false, null, most - calls.size())) {
                    QueuedCall call = read(own, id);
                    if (call != null) {
                        calls.add(call);
                    }
                }
            }
            return calls;
        });
    }

    /** Names of some of the calls that the fleet has, by service; others each time. */
    CompletionStage<Map<String, List<String>>> someHandedOver(int most) {
        return submit(own -> {
            Map<String, List<String>> ids = new HashMap<>();
            services.forEach((service, table) -> {
                List<String> some = table.handedOver(true, compared.get(service), most);
                if (some.size() < most) {
                    compared.remove(service);
                } else {
                    compared.put(service, some.get(some.size() - 1));
                }
                if (!some.isEmpty()) {
                    ids.put(service, some);
                }
            });
            return ids;
        });
    }

    /** Completes what was asked before; what is kept stays on disk. */
    @Override
    public void close() {
        submit(own -> {
            own.close();
            journal = null;
            return true;
        });
        thread.shutdown();
        try {
            thread.awaitTermination(1, TimeUnit.SECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private <T extends @Nullable Object> CompletableFuture<T> submit(Step<T> step) {
        Work<T> work = new Work<>(step, new CompletableFuture<>());
        waiting.add(work);
        try {
            thread.execute(this::workAll);
        } catch (RuntimeException stopped) {
            work.done().completeExceptionally(stopped);
        }
        return work.done();
    }

    /** Does all that waits and makes it durable by one write to the disk; whoever comes first does it for the rest. */
    private void workAll() {
        List<Stepped<?>> stepped = new ArrayList<>();
        Work<?> work = waiting.poll();
        if (work == null) {
            return;
        }
        try {
            Journal own = journal();
            while (work != null) {
                stepped.add(step(own, work));
                work = waiting.poll();
            }
            if (journal != null) {
                own.force();
            }
        } catch (IOException | RuntimeException | LinkageError failure) {
            AgentLog.warn("queue-files", "calls cannot be kept in " + directory, failure);
            if (work != null) {
                work.done().completeExceptionally(failure);
            }
            // None of it is known to be durable.
            stepped.forEach(one -> one.work().done().completeExceptionally(failure));
            startAnew();
            return;
        }
        stepped.forEach(Stepped::tell);
    }

    private record Stepped<T extends @Nullable Object>(Work<T> work, T result) {

        void tell() {
            work.done().complete(result);
        }
    }

    private static <T extends @Nullable Object> Stepped<T> step(Journal own, Work<T> work) throws IOException {
        return new Stepped<>(work, work.step().run(own));
    }

    /** What is in memory may not be what is on the disk: the next to come reads that. */
    private void startAnew() {
        Journal damaged = journal;
        journal = null;
        services.clear();
        if (damaged != null) {
            try {
                damaged.close();
            } catch (IOException gone) {
                AgentLog.warn("queue-files", "a journal could not be closed", gone);
            }
        }
    }

    private CallTable table(String service) {
        return services.computeIfAbsent(service, name -> new CallTable());
    }

    private long now() {
        return TimeUnit.NANOSECONDS.toMillis(nanoTime.getAsLong());
    }

    private static @Nullable QueuedCall read(Journal own, String id) throws IOException {
        byte[] bytes = own.read(id);
        QueuedCall call = bytes == null ? null : QueuedCall.read(bytes);
        if (call == null) {
            AgentLog.warn("queue-entry", "a kept call cannot be read: it is left for a later version of this agent");
        }
        return call;
    }

    private Journal journal() throws IOException {
        Journal own = journal;
        if (own == null) {
            OwnerOnly.directory(directory);
            own = Journal.open(directory.resolve(UUID.randomUUID() + Journal.SUFFIX));
            if (own == null) {
                throw new IOException("a new journal is locked");
            }
            journal = own;
            adopt(own);
        }
        return own;
    }

    private void adopt(Journal own) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + Journal.SUFFIX)) {
            for (Path file : files) {
                Journal left = Journal.open(file);
                if (left != null) {
                    adopt(own, left);
                }
            }
        }
    }

    private void adopt(Journal own, Journal left) throws IOException {
        for (String id : left.names()) {
            byte[] bytes = left.read(id);
            QueuedCall call = bytes == null ? null : QueuedCall.read(bytes);
            if (bytes == null) {
                continue;
            }
            own.put(id, bytes);
            if (call != null) {
                Place place = call.reason() == null ? Place.QUEUE : Place.REVIEW;
                table(call.service()).add(new CallTable.Row(id, call.order(), place, now()));
            }
        }
        own.force();
        left.delete();
    }
}
