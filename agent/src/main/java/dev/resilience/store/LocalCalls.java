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
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Calls kept in a journal of this JVM's below a directory. Several JVMs may share the directory: each has a journal of its
 * own, and takes over what others left behind. Thread-safe; all work is done by one thread, which ends when idle, and what
 * comes meanwhile is made durable together.
 *
 * <p>A journal also tells of which calls for review people have yet to hear ({@code tell/id}), and where a fleet shares calls,
 * which of its calls the fleet has (a mark), and which calls this JVM made lately ({@code done/id}).
 */
final class LocalCalls implements CallStore, AutoCloseable {

    private static final long IDLE_SECONDS = 10;
    private static final long ADOPT_NANOS = TimeUnit.SECONDS.toNanos(20);
    private static final String DONE = "done/";
    private static final String TELL = "tell/";
    private static final long FIRST_NOTICE_MILLIS = TimeUnit.MINUTES.toMillis(2);
    private static final byte[] EMPTY = {};

    /** Some two megabytes of memory at worst. */
    private static final int MOST_DONE = 20_000;

    /** Whoever accepted a call crosses it off within seconds, or when its JVM is there again. */
    private static final long DONE_KEPT_MILLIS = TimeUnit.MINUTES.toMillis(10);

    private final Path directory;
    private final LongSupplier nanoTime;
    private final boolean shared;
    private final ThreadPoolExecutor thread;
    private final Map<String, LongAdder> repeats = new ConcurrentHashMap<>();
    private volatile @Nullable DoneCalls made;
    private final ConcurrentLinkedQueue<Work<?>> waiting = new ConcurrentLinkedQueue<>();
    private final Map<String, CallTable> services = new HashMap<>();
    private final Map<String, String> compared = new HashMap<>();

    /** Calls for review of which people have yet to hear, and from when on anybody may tell them. */
    private final Map<String, Long> notices = new ConcurrentHashMap<>();

    private volatile @Nullable Journal journal;
    private volatile long tendedNanos = Long.MIN_VALUE / 2;

    /** What became of an attempt to keep a call. @param offered what is to be handed to the fleet now, or null */
    record Kept(Added added, @Nullable Offered offered) {}

    /** A call on its way to the fleet. @param before the one before it in its line here, which the fleet must have first */
    record Offered(QueuedCall call, @Nullable String before) {}

    /** A step on the journal, and who waits for it. @param durably whether it must outlive the machine, not only this JVM */
    private record Work<T extends @Nullable Object>(Step<T> step, CompletableFuture<T> done, boolean durably) {}

    @FunctionalInterface
    private interface Step<T extends @Nullable Object> {
        T run(Journal journal) throws IOException;
    }

    /**
     * @param shared whether a fleet makes the calls that are handed to it; else all are made here
     * @param nanoTime monotonic, nanoseconds
     */
    LocalCalls(Path directory, boolean shared, ThreadFactory threads, LongSupplier nanoTime) {
        this.directory = directory;
        this.shared = shared;
        this.nanoTime = nanoTime;
        this.thread =
                new ThreadPoolExecutor(1, 1, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), threads);
        thread.allowCoreThreadTimeOut(true);
    }

    /** Takes over what JVMs that ended left behind. Completes with the number of calls that are here then. */
    CompletionStage<Integer> adopt() {
        return submit(own -> {
            adopt(own);
            int calls = 0;
            for (String name : own.names()) {
                calls += isCall(name) ? 1 : 0;
            }
            return calls;
        });
    }

    @Override
    public CompletionStage<Added> add(QueuedCall call, int most) {
        return keep(call, most, false).thenApply(Kept::added);
    }

    /** @param offer whether it may be handed to the fleet at once, when nothing of its order is in its way */
    CompletionStage<Kept> keep(QueuedCall call, int most, boolean offer) {
        byte[] bytes = call.toBytes();
        return submit(own -> {
            CallTable table = table(call.service());
            if (table.find(call.id()) != null) {
                return new Kept(Added.KEPT, null);
            }
            Place place = call.reason() == null ? Place.QUEUE : Place.REVIEW;
            if (table.size(place) >= most) {
                return new Kept(Added.FULL, null);
            }
            own.put(call.id(), bytes);
            CallTable.Row row = row(call, place);
            table.add(row);
            if (place == Place.REVIEW) {
                notice(own, row.id, now() + FIRST_NOTICE_MILLIS);
            }
            return new Kept(Added.KEPT, offer && table.offer(row) ? new Offered(call, table.before(row)) : null);
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
                    held.add(new Held(call, row.token, row.again));
                    if (row.again) {
                        repeated(service);
                    }
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
                row.critical = review.call().critical();
                table.move(row, Place.REVIEW, now());
                notice(own, row.id, now() + FIRST_NOTICE_MILLIS);
            } else if (verdict instanceof Back back) {
                table.due(row, now() + back.after().toMillis());
            } else {
                own.remove(row.id);
                table.remove(row);
                if (shared && row.everOffered) {
                    remember(own, row.id);
                }
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
            told(own, row.id);
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
            told(own, id);
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
                submitSoon(own -> {
                    DoneCalls known = made;
                    List<String> old = known == null ? List.of() : known.forget(now() - DONE_KEPT_MILLIS);
                    for (String id : old) {
                        own.remove(DONE + id);
                    }
                    return true;
                });
            }
        }
    }

    @Override
    public CompletionStage<List<QueuedCall>> unannounced(String service, int most, Duration lease) {
        if (isUnused()) {
            return CompletableFuture.completedStage(List.of());
        }
        return submitSoon(own -> {
            List<QueuedCall> calls = new ArrayList<>();
            long now = now();
            for (Map.Entry<String, Long> notice : notices.entrySet()) {
                String id = notice.getKey();
                if (calls.size() < most
                        && notice.getValue() <= now
                        && QueuedCall.serviceOf(id).equals(service)) {
                    QueuedCall call = read(own, id);
                    if (call != null) {
                        notice.setValue(now + lease.toMillis());
                        calls.add(call);
                    }
                }
            }
            return calls;
        });
    }

    @Override
    public CompletionStage<?> announced(String service, List<String> ids) {
        return submitSoon(own -> {
            for (String id : ids) {
                told(own, id);
            }
            return true;
        });
    }

    boolean isAnnounced(String id) {
        return !notices.containsKey(id);
    }

    @Override
    public long repeats(String service) {
        LongAdder count = repeats.get(service);
        return count == null ? 0 : count.sum();
    }

    /** A call of the service was made, or is being made, that may have been made before. */
    void repeated(String service) {
        repeats.computeIfAbsent(service, name -> new LongAdder()).increment();
    }

    /** Whether a call was made by this JVM lately, or by one whose journal it took over. */
    boolean wasMade(String id) {
        DoneCalls known = made;
        return known != null && known.contains(id);
    }

    /**
     * Takes note that a call was made, whoever accepted it, and forgets it.
     *
     * @param known whether the fleet knows
     */
    void made(String id, boolean known) {
        made().add(id).forEach(gone -> submitSoon(own -> removed(own, DONE + gone)));
        if (known) {
            made().known(id, now());
        }
        submitSoon(own -> {
            own.put(DONE + id, EMPTY);
            return true;
        });
        forget(id);
    }

    /** Calls that were made, of which the fleet is to be told. */
    List<String> untold(int most) {
        DoneCalls known = made;
        return known == null ? List.of() : known.unknown(most);
    }

    void told(List<String> ids) {
        ids.forEach(id -> made().known(id, now()));
    }

    /** The fleet may have forgotten what it was told. */
    void tellAgain() {
        DoneCalls known = made;
        if (known != null) {
            known.doubt();
        }
    }

    /** Whether nothing was ever kept here: then nothing is made to look for it. */
    boolean isUnused() {
        return journal == null && !Files.isDirectory(directory);
    }

    /** Forgets a call, wherever it is. */
    void forget(String id) {
        submitSoon(own -> forget(own, id));
    }

    private boolean forget(Journal own, String id) throws IOException {
        CallTable table = table(QueuedCall.serviceOf(id));
        CallTable.Row row = table.find(id);
        if (row != null) {
            own.remove(id);
            table.remove(row);
            told(own, id);
        }
        return true;
    }

    /** Leaves a call to the fleet, or takes it back. */
    void handedOver(String id, boolean handedOver) {
        submitSoon(own -> {
            CallTable table = table(QueuedCall.serviceOf(id));
            CallTable.Row row = table.find(id);
            if (row != null) {
                table.handOver(row, handedOver);
                if (handedOver) {
                    own.mark(id);
                }
            }
            return true;
        });
    }

    /** The fleet did not take a call that was offered. */
    void refused(String id) {
        submitSoon(own -> {
            CallTable table = table(QueuedCall.serviceOf(id));
            CallTable.Row row = table.find(id);
            if (row != null) {
                table.refused(row);
            }
            return true;
        });
    }

    /** Some of the calls that the fleet does not have and that nobody makes here: they are offered to it now. */
    CompletionStage<List<Offered>> offer(int most) {
        return submitSoon(own -> {
            List<Offered> offered = new ArrayList<>();
            for (CallTable table : services.values()) {
                for (CallTable.Row row : table.offer(most - offered.size())) {
                    QueuedCall call = read(own, row.id);
                    if (call != null) {
                        offered.add(new Offered(call, table.before(row)));
                    }
                }
            }
            return offered;
        });
    }

    void compareFromTheFirst() {
        submitSoon(own -> {
            compared.clear();
            return true;
        });
    }

    /** Names of some of the calls that the fleet has, by service; others each time. */
    CompletionStage<Map<String, List<String>>> someHandedOver(int most) {
        return submitSoon(own -> {
            Map<String, List<String>> ids = new HashMap<>();
            services.forEach((service, table) -> {
                List<String> some = table.handedOver(compared.get(service), most);
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
        return submit(new Work<>(step, new CompletableFuture<>(), true));
    }

    /** What is lost with the machine, but not with this JVM: the fleet, or another look, tells it again. */
    private <T extends @Nullable Object> CompletableFuture<T> submitSoon(Step<T> step) {
        return submit(new Work<>(step, new CompletableFuture<>(), false));
    }

    private <T extends @Nullable Object> CompletableFuture<T> submit(Work<T> work) {
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
        boolean durably = false;
        try {
            Journal own = journal();
            while (work != null) {
                durably |= work.durably();
                stepped.add(step(own, work));
                work = waiting.poll();
            }
            if (journal != null && durably) {
                own.force();
            } else if (journal != null) {
                own.tidy();
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

    private CallTable.Row row(QueuedCall call, Place place) {
        CallTable.Row row = new CallTable.Row(call.id(), call.order(), place, now());
        row.critical = call.critical();
        return row;
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
        for (String name : left.names()) {
            if (name.startsWith(DONE)) {
                String id = name.substring(DONE.length());
                remember(own, id);
                forget(own, id);
            }
        }
        for (String id : left.names()) {
            byte[] bytes = !isCall(id) || wasMade(id) ? null : left.read(id);
            if (bytes == null) {
                continue;
            }
            own.put(id, bytes);
            QueuedCall call = QueuedCall.read(bytes);
            if (call != null) {
                adopt(own, left, call);
            }
            if (left.read(TELL + id) != null) {
                notice(own, id, now());
            }
        }
        own.force();
        left.delete();
    }

    private void adopt(Journal own, Journal left, QueuedCall call) throws IOException {
        Place place = call.reason() == null ? Place.QUEUE : Place.REVIEW;
        CallTable table = table(call.service());
        CallTable.Row row = row(call, place);
        row.everOffered = true;
        if (shared && left.marked(call.id())) {
            // It waits until the fleet is heard: another instance may have made it meanwhile.
            own.mark(call.id());
            row.handedOver = true;
        }
        table.add(row);
    }

    /** Made when first needed: an application that starts has no queue yet. */
    private DoneCalls made() {
        DoneCalls known = made;
        if (known == null) {
            synchronized (this) {
                known = made;
                if (known == null) {
                    known = new DoneCalls(MOST_DONE);
                    made = known;
                }
            }
        }
        return known;
    }

    private static boolean isCall(String name) {
        return !name.startsWith(DONE) && !name.startsWith(TELL);
    }

    private void notice(Journal own, String id, long fromMillis) throws IOException {
        own.put(TELL + id, EMPTY);
        notices.put(id, fromMillis);
    }

    private void told(Journal own, String id) throws IOException {
        if (notices.remove(id) != null) {
            own.remove(TELL + id);
        }
    }

    private void remember(Journal own, String id) throws IOException {
        own.put(DONE + id, EMPTY);
        for (String gone : made().add(id)) {
            own.remove(DONE + gone);
        }
    }

    private static boolean removed(Journal own, String name) throws IOException {
        own.remove(name);
        return true;
    }
}
