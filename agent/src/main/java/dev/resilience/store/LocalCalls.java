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
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Calls kept in a journal of this JVM's below a directory. Several JVMs may share the directory: each has a journal of its
 * own, and takes over what others left behind. Thread-safe; what concerns the journal is {@link JournalWork} of one thread.
 *
 * <p>A journal also tells of which calls for review people have yet to hear ({@code tell/id}), and where a fleet shares calls,
 * which of its calls the fleet has (a mark), and which calls this JVM made lately ({@code done/id}).
 */
final class LocalCalls implements CallStore, AutoCloseable {

    private static final long ADOPT_NANOS = TimeUnit.SECONDS.toNanos(20);

    private final Path directory;
    private final LongSupplier nanoTime;
    private final boolean shared;
    private final JournalWork work;
    private final Map<String, LongAdder> repeats = new ConcurrentHashMap<>();
    private final MadeCalls made = new MadeCalls(this::now);
    private final ReviewNews news = new ReviewNews();
    private final Map<String, CallTable> services = new HashMap<>();
    private final Map<String, String> compared = new HashMap<>();

    private volatile long tendedNanos = Long.MIN_VALUE / 2;

    /** What became of an attempt to keep a call. @param offered what is to be handed to the fleet now, or null */
    record Kept(Added added, @Nullable Offered offered) {}

    /** A call on its way to the fleet. @param before the one before it in its line here, which the fleet must have first */
    record Offered(QueuedCall call, @Nullable String before) {}

    /**
     * @param shared whether a fleet makes the calls that are handed to it; else all are made here
     * @param nanoTime monotonic, nanoseconds
     */
    LocalCalls(Path directory, boolean shared, ThreadFactory threads, LongSupplier nanoTime) {
        this.directory = directory;
        this.shared = shared;
        this.nanoTime = nanoTime;
        this.work = new JournalWork(directory, threads, this::adopt, services::clear);
    }

    /** Takes over what JVMs that ended left behind. Completes with the number of calls that are here then. */
    CompletionStage<Integer> adopt() {
        return work.durably(own -> {
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
        return work.durably(own -> {
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
                news.arrived(own, row.id, now());
            }
            return new Kept(Added.KEPT, offer && table.offer(row) ? new Offered(call, table.before(row)) : null);
        });
    }

    @Override
    public CompletionStage<List<Held>> hold(String service, int most, Duration lease) {
        if (isUnused()) {
            return CompletableFuture.completedStage(List.of());
        }
        return work.durably(own -> {
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
        return work.durably(own -> {
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
                news.arrived(own, row.id, now());
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
        return work.durably(own -> {
            List<QueuedCall> page = new ArrayList<>();
            for (CallTable.Row row : known(service).list(place, offset, limit)) {
                QueuedCall call = read(own, row.id);
                if (call != null) {
                    page.add(call);
                }
            }
            return page;
        });
    }

    @Override
    public CompletionStage<Set<String>> services() {
        if (isUnused()) {
            return CompletableFuture.completedStage(Set.of());
        }
        return work.soon(own -> {
            Set<String> names = new TreeSet<>();
            services.forEach((service, table) -> {
                if (table.size(Place.QUEUE) + table.size(Place.REVIEW) > 0) {
                    names.add(service);
                }
            });
            return names;
        });
    }

    @Override
    public CompletionStage<Long> size(Place place, String service) {
        if (isUnused()) {
            return CompletableFuture.completedStage(0L);
        }
        return work.durably(own -> (long) known(service).size(place));
    }

    @Override
    public CompletionStage<Long> critical(String service) {
        if (isUnused()) {
            return CompletableFuture.completedStage(0L);
        }
        return work.durably(own -> known(service).critical());
    }

    @Override
    @SuppressWarnings("NullAway") // which takes the type argument for one that is never null
    public CompletionStage<@Nullable QueuedCall> find(Place place, String id) {
        return work.durably(own -> {
            CallTable.Row row = known(QueuedCall.serviceOf(id)).find(id);
            return row == null || row.place != place ? null : read(own, id);
        });
    }

    @Override
    public CompletionStage<Boolean> hasten(String id) {
        return work.durably(own -> {
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
        return work.durably(own -> {
            CallTable table = table(call.service());
            CallTable.Row row = table.find(call.id());
            if (row == null || row.place != Place.REVIEW) {
                return false;
            }
            own.put(call.id(), call.toBytes());
            table.move(row, Place.QUEUE, now());
            news.told(own, row.id);
            return true;
        });
    }

    @Override
    public CompletionStage<Boolean> expire(QueuedCall call) {
        return work.durably(own -> {
            CallTable table = table(call.service());
            CallTable.Row row = table.find(call.id());
            boolean free = row != null && (row.token == 0 || row.dueAt <= now());
            if (row == null || !free || row.place != Place.QUEUE || row.handedOver) {
                return false;
            }
            row.critical = call.critical();
            own.put(row.id, call.toBytes());
            table.move(row, Place.REVIEW, now());
            news.arrived(own, row.id, now());
            return true;
        });
    }

    @Override
    public CompletionStage<Boolean> remove(Place place, String id) {
        return work.durably(own -> {
            CallTable table = table(QueuedCall.serviceOf(id));
            CallTable.Row row = table.find(id);
            if (row == null || row.place != place) {
                return false;
            }
            own.remove(id);
            table.remove(row);
            news.told(own, id);
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
                work.soon(own -> {
                    made.forgetOld(own);
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
        return work.soon(own -> {
            List<QueuedCall> calls = new ArrayList<>();
            for (String id : news.due(service, most, now(), lease)) {
                QueuedCall call = read(own, id);
                if (call != null) {
                    calls.add(call);
                }
            }
            return calls;
        });
    }

    @Override
    public CompletionStage<?> announced(String service, List<String> ids) {
        return work.soon(own -> {
            for (String id : ids) {
                news.told(own, id);
            }
            return true;
        });
    }

    boolean isAnnounced(String id) {
        return news.isTold(id);
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

    /** Which calls were made by this JVM lately, or by those whose journals it took over. */
    MadeCalls made() {
        return made;
    }

    /**
     * Takes note that a call was made, whoever accepted it, and forgets it.
     *
     * @param known whether the fleet knows
     */
    void made(String id, boolean known) {
        List<String> gone = made.add(id);
        if (known) {
            made.told(id);
        }
        work.soon(own -> {
            MadeCalls.forget(own, gone);
            MadeCalls.keep(own, id);
            return true;
        });
        forget(id);
    }

    /** Then nothing is made to look for what was kept. */
    @Override
    public boolean isUnused() {
        return work.isUnused();
    }

    /** Forgets a call, wherever it is. */
    void forget(String id) {
        work.soon(own -> forget(own, id));
    }

    private boolean forget(Journal own, String id) throws IOException {
        CallTable table = table(QueuedCall.serviceOf(id));
        CallTable.Row row = table.find(id);
        if (row != null) {
            own.remove(id);
            table.remove(row);
            news.told(own, id);
        }
        return true;
    }

    /** Leaves a call to the fleet, or takes it back. */
    void handedOver(String id, boolean handedOver) {
        work.soon(own -> {
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
        work.soon(own -> {
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
        return work.soon(own -> {
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
        work.soon(own -> {
            compared.clear();
            return true;
        });
    }

    /** Names of some of the calls that the fleet has, by service; others each time. */
    CompletionStage<Map<String, List<String>>> someHandedOver(int most) {
        return work.soon(own -> {
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
        work.close();
    }

    private CallTable.Row row(QueuedCall call, Place place) {
        CallTable.Row row = new CallTable.Row(call.id(), call.order(), place, now());
        row.critical = call.critical();
        return row;
    }

    /** To be read only: whoever asks for a service that is none leaves nothing behind. */
    private CallTable known(String service) {
        CallTable known = services.get(service);
        return known == null ? new CallTable() : known;
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
            if (MadeCalls.isOne(name)) {
                String id = MadeCalls.id(name);
                remember(own, id);
                forget(own, id);
            }
        }
        for (String id : left.names()) {
            byte[] bytes = !isCall(id) || made.contains(id) ? null : left.read(id);
            if (bytes == null) {
                continue;
            }
            own.put(id, bytes);
            QueuedCall call = QueuedCall.read(bytes);
            if (call != null) {
                adopt(own, left, call);
            }
            news.adopt(own, left, id, now());
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

    /** Whether calls wait in a directory that no JVM uses now. What cannot be read counts: somebody should look. */
    static boolean waitIn(Path directory) {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + Journal.SUFFIX)) {
            for (Path file : files) {
                try (Journal left = Journal.open(file)) {
                    if (left != null && holdsCalls(left)) {
                        return true;
                    }
                }
            }
            return false;
        } catch (IOException unreadable) {
            return true;
        }
    }

    private static boolean holdsCalls(Journal left) {
        Set<String> done = new HashSet<>();
        for (String name : left.names()) {
            if (MadeCalls.isOne(name)) {
                done.add(MadeCalls.id(name));
            }
        }
        for (String name : left.names()) {
            if (isCall(name) && !done.contains(name)) {
                return true;
            }
        }
        return false;
    }

    private void remember(Journal own, String id) throws IOException {
        MadeCalls.keep(own, id);
        MadeCalls.forget(own, made.add(id));
    }

    private static boolean isCall(String name) {
        return !MadeCalls.isOne(name) && !ReviewNews.isOne(name);
    }
}
