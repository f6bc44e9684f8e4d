package dev.resilience.breaker;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * Many instances and one store under one fake clock, joined by wires that delay, reorder and lose. Everything random comes
 * from one seed, so that a history that breaks a promise can be told again.
 */
final class SimulatedFleet {

    static final String SERVICE = "calcom";
    private static final long FAST = 1_000_000;
    private static final long TIMEOUT_MILLIS = 1_000;
    private static final long RETRY_MILLIS = 250;

    /** A report that waits for the one before it, both ways of each, and the message to the others. */
    private static final long HEARSAY_MILLIS = 1_200;

    final FakeTime time = new FakeTime();
    final List<Instance> instances = new ArrayList<>();

    /** What was ordered before instances began, once it is read. */
    final CompletableFuture<ModeOrder> disk = new CompletableFuture<>();

    private final BreakerSettings settings;
    private final Random random;
    private Ledger ledger;
    private boolean serverUp = true;
    private boolean losesMessages;
    private long wireMillis;
    private long serverClockMillis;
    private int born;
    private long lastSettledMillis = Long.MIN_VALUE / 2;

    /** When instances last decided something while they heard of each other. */
    private long decidedMillis = Long.MIN_VALUE;

    /** The newest epoch that the store ever had. Who tells an empty one what was there before decides nothing. */
    private long newestEpoch;

    /** What instances opened and closed against a decision that they had not heard of, because they were away. */
    final List<String> overturned = new ArrayList<>();

    long commands;
    long reports;

    SimulatedFleet(int size, BreakerSettings settings, long seed) {
        this.settings = settings;
        this.random = new Random(seed);
        wipe();
        for (int i = 0; i < size; i++) {
            join();
        }
    }

    Instance join() {
        Instance instance = new Instance("i" + born++);
        instances.add(instance);
        return instance;
    }

    void wipe() {
        decidedMillis = Long.MIN_VALUE;
        ledger = emptyLedger();
    }

    private Ledger emptyLedger() {
        return new Ledger(SERVICE, () -> time.unixMillis() / 1_000);
    }

    /** A second master answers these from now on, and heard of nothing. */
    void part(List<Instance> side) {
        Ledger second = emptyLedger();
        side.forEach(instance -> instance.wire.moveTo(second));
    }

    /** The second master is given up. */
    void reunite() {
        instances.forEach(instance -> instance.wire.moveTo(null));
    }

    /** A server takes over that heard of nothing since the circuit was in an earlier state, which began before all that came since. */
    void failOverToWhatWas(State state, long epoch, long remainingMillis) {
        wipe();
        ledger.report(
                nowMillis() + serverClockMillis,
                settings,
                new Report(
                        "replicated",
                        state,
                        epoch,
                        remainingMillis,
                        60_000,
                        5,
                        0,
                        0,
                        Cause.FAILURES,
                        0,
                        Delta.NONE,
                        List.of(),
                        -1,
                        0,
                        ModeOrder.NONE));
    }

    /** A server takes over whose clock is so far ahead, and that heard of everything. */
    void failOverToAClock(long aheadMillis) {
        serverClockMillis = aheadMillis;
    }

    void serverUp(boolean up) {
        serverUp = up;
    }

    void losesMessages(boolean loses) {
        losesMessages = loses;
    }

    void kill(Instance instance) {
        instance.alive = false;
        instance.running.clear();
        instance.registry.close();
        instances.remove(instance);
    }

    void forward(long millis) {
        time.forward(Duration.ofMillis(millis));
    }

    void heal() {
        serverUp = true;
        losesMessages = false;
        instances.forEach(instance -> instance.cut(false));
        instances.forEach(Instance::thaw);
    }

    /** Lets those hear who have not heard yet of calls that ended just now. */
    void hearOfLastCalls() {
        while (nowMillis() - lastSettledMillis < HEARSAY_MILLIS) {
            forward(HEARSAY_MILLIS);
        }
    }

    /** Time alone decides nothing. */
    private void fleetMoved(Ledger its, long epochBefore) {
        if (isFresh(its) && its.epoch() != epochBefore && its.state() != State.HALF_OPEN) {
            decidedMillis = nowMillis();
        }
        noteNewest(its);
    }

    /** Whether the store that is not given up has an epoch that it never had. */
    private boolean isFresh(Ledger its) {
        return its == ledger && Epoch.isNewer(its.epoch(), newestEpoch);
    }

    private void noteNewest(Ledger its) {
        newestEpoch = isFresh(its) ? its.epoch() : newestEpoch;
    }

    /** How long the circuit has been closed for the master of an instance; 0 when it is not. */
    long closedFor(Instance instance) {
        Ledger its = instance.wire.master();
        return its.state() == State.CLOSED ? its.age(nowMillis()) : 0;
    }

    State storeState() {
        return ledger.state();
    }

    boolean wasReset() {
        return ledger.snapshot(nowMillis(), settings).cause() == Cause.RESET;
    }

    /** Trial calls that run on instances that were connected all the time. */
    int trialsRunning() {
        int running = 0;
        for (Instance instance : instances) {
            for (long since : instance.running) {
                if (!instance.frozen && since > instance.lastBreakMillis) {
                    running++;
                }
            }
        }
        return running;
    }

    private long orderVersion(Ledger its) {
        return its.order(nowMillis()).version();
    }

    long nowMillis() {
        return Math.floorDiv(time.getAsLong(), 1_000_000L);
    }

    /** From now on every message takes so long each way. */
    void wiresTake(long millis) {
        wireMillis = millis;
    }

    private long latency() {
        return wireMillis > 0 ? wireMillis : 1 + random.nextInt(random.nextInt(10) == 0 ? 200 : 10);
    }

    private void later(long millis, Runnable task) {
        time.schedule(task, millis, TimeUnit.MILLISECONDS);
    }

    final class Instance {

        final String name;
        final Wire wire = new Wire();
        final CircuitRegistry registry;
        final ServiceCircuit circuit;
        final List<Long> running = new ArrayList<>();
        boolean alive = true;

        /** Stopped in its tracks: nothing of it runs, and what reaches it waits. */
        private boolean frozen;

        private final List<Runnable> inbox = new ArrayList<>();

        /** Not answered since its store was away, or since it began. */
        private boolean away = true;

        /** When what it heard last of the fleet was told. */
        private long heardMillis = Long.MIN_VALUE;

        /** When it was last not connected; trials granted before may have lost their lease. */
        long lastBreakMillis = Long.MIN_VALUE;

        private Instance(String name) {
            this.name = name;
            registry = new CircuitRegistry(wire, name, new Freezing(), time, time::unixMillis);
            registry.apply(Map.of(SERVICE, settings));
            registry.start();
            circuit = registry.find(SERVICE);
        }

        void cut(boolean cut) {
            wire.cut = cut;
            if (cut) {
                lastBreakMillis = nowMillis();
            }
        }

        /** What others tell reaches it also while its store is away, as in a cluster of which one node is. */
        void hearsWhileAway(boolean hears) {
            wire.hearsWhileAway = hears;
        }

        void freeze() {
            frozen = true;
        }

        void thaw() {
            if (frozen) {
                frozen = false;
                lastBreakMillis = nowMillis();
                List<Runnable> waiting = List.copyOf(inbox);
                inbox.clear();
                waiting.forEach(Runnable::run);
            }
        }

        private void run(Runnable task) {
            if (frozen) {
                inbox.add(task);
            } else {
                task.run();
            }
        }

        /** Makes a call that takes so long. @return completes with whether it was let through */
        CompletionStage<Boolean> call(Outcome outcome, long tookMillis) {
            if (frozen) {
                return CompletableFuture.completedFuture(false);
            }
            long asked = nowMillis();
            return circuit.tryAcquireAsync().thenApply(permit -> {
                if (asked > lastBreakMillis && nowMillis() - asked > Trials.PATIENCE_MILLIS) {
                    throw new AssertionError("a call waited for " + (nowMillis() - asked) + " ms");
                }
                if (!permit.granted()) {
                    return false;
                }
                Long since = nowMillis();
                boolean fleets = permit.trial() && wire.mode() == StoreMode.SHARED;
                if (fleets) {
                    running.add(since);
                }
                later(
                        tookMillis,
                        () -> run(() -> {
                            if (alive) {
                                running.remove(since);
                                lastSettledMillis = nowMillis();
                                circuit.settle(permit, outcome, FAST);
                            }
                        }));
                return true;
            });
        }

        /** The fleet's clock, as one that may be stopped in its tracks sees it. */
        private final class Freezing extends AbstractExecutorService implements ScheduledExecutorService {

            @Override
            public void execute(Runnable command) {
                time.execute(() -> run(command));
            }

            @Override
            public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
                return time.schedule(() -> run(command), delay, unit);
            }

            @Override
            public <V> ScheduledFuture<V> schedule(Callable<V> callable, long delay, TimeUnit unit) {
                FutureTask<V> task = new FutureTask<>(callable);
                return time.schedule(
                        () -> {
                            run(task);
                            return null;
                        },
                        delay,
                        unit);
            }

            @Override
            public ScheduledFuture<?> scheduleAtFixedRate(Runnable command, long delay, long period, TimeUnit unit) {
                throw new UnsupportedOperationException();
            }

            @Override
            public ScheduledFuture<?> scheduleWithFixedDelay(Runnable command, long delay, long period, TimeUnit unit) {
                throw new UnsupportedOperationException();
            }

            @Override
            public void shutdown() {
                time.shutdown();
            }

            @Override
            public List<Runnable> shutdownNow() {
                return time.shutdownNow();
            }

            @Override
            public boolean isShutdown() {
                return time.isShutdown();
            }

            @Override
            public boolean isTerminated() {
                return time.isTerminated();
            }

            @Override
            public boolean awaitTermination(long timeout, TimeUnit unit) {
                return true;
            }
        }

        private final class Wire implements BreakerStore {

            private boolean cut;
            private boolean lost;
            private boolean hearsWhileAway;
            private Ledger second;
            private Watcher watcher;

            private Ledger master() {
                return second == null ? ledger : second;
            }

            /** @param to null for the one that is not given up */
            private void moveTo(Ledger to) {
                if (second != to) {
                    second = to;
                    lose();
                }
            }

            @Override
            public StoreMode mode() {
                return lost ? StoreMode.DEGRADED : StoreMode.SHARED;
            }

            @Override
            public CompletionStage<Reply> report(String service, BreakerSettings settings, Report report) {
                reports++;
                boolean wasAway = away;
                CompletionStage<Reply> answer = ask(now -> {
                    Ledger its = master();
                    State before = its.state();
                    long epochBefore = its.epoch();
                    Reply reply = its.report(now, settings, report);
                    boolean taken = its.epoch() != epochBefore
                            && its.epoch() == report.epoch()
                            && its.state() == report.state();
                    if (!taken || !wasAway) {
                        fleetMoved(its, epochBefore);
                    } else if (decidedMillis > heardMillis && overturns(before, epochBefore, report)) {
                        overturned.add(name + " made " + before + " in " + epochBefore + " " + report);
                    }
                    noteNewest(its);
                    return reply;
                });
                return answer.whenComplete((reply, failure) -> {
                    boolean met = report.partedIn() >= 0 || circuit.onOwn();
                    away &= reply == null || lost || !met;
                });
            }

            @Override
            public CompletionStage<Reply> acquire(String service, BreakerSettings its, long epoch, String lease) {
                return ask(moving(now -> master().acquire(now, its, epoch, lease)));
            }

            @Override
            public CompletionStage<Reply> settle(
                    String service, BreakerSettings its, long epoch, String lease, Outcome outcome, long retryAfter) {
                return ask(moving(now -> master().settle(now, its, epoch, lease, outcome, retryAfter)));
            }

            @Override
            public CompletionStage<Reply> reset(String service, BreakerSettings its, String who) {
                return ask(moving(now -> master().reset(now, its, who)));
            }

            @Override
            public CompletionStage<Reply> order(String service, BreakerSettings its, ModeOrder wish) {
                return ask(moving(now -> master().order(now, its, wish)));
            }

            @Override
            public CompletionStage<ModeOrder> kept(String service) {
                return disk;
            }

            @Override
            public void watch(Watcher told) {
                watcher = told;
            }

            @Override
            public void start() {
                // Connected from the beginning.
            }

            @Override
            public void close() {
                cut = true;
            }

            /** Where the fleet waits for trials, one that failed counts whoever made it; and what is open ends by itself. */
            private boolean overturns(State before, long epochBefore, Report report) {
                State after = report.state();
                boolean trialFailed = before == State.HALF_OPEN && after == State.OPEN;
                boolean elapsed =
                        before == State.OPEN && after == State.HALF_OPEN && report.epoch() == Epoch.next(epochBefore);
                return before != after && !trialFailed && !elapsed;
            }

            private Operation moving(Operation operation) {
                return now -> {
                    Ledger its = master();
                    long epochBefore = its.epoch();
                    Reply reply = operation.on(now);
                    fleetMoved(its, epochBefore);
                    return reply;
                };
            }

            private CompletionStage<Reply> ask(Operation operation) {
                CompletableFuture<Reply> answer = new CompletableFuture<>();
                if (lost) {
                    return CompletableFuture.failedFuture(new IllegalStateException("away"));
                }
                commands++;
                later(
                        TIMEOUT_MILLIS,
                        () -> run(() -> {
                            if (!answer.isDone()) {
                                lose();
                                answer.completeExceptionally(new IllegalStateException("timed out"));
                            }
                        }));
                later(latency(), () -> {
                    if (cut || !serverUp) {
                        return;
                    }
                    Ledger its = master();
                    State stateBefore = its.state();
                    long epochBefore = its.epoch();
                    long orderBefore = orderVersion(its);
                    Reply reply = operation.on(nowMillis() + serverClockMillis);
                    if (its.epoch() != epochBefore || its.state() != stateBefore || orderVersion(its) != orderBefore) {
                        instances.stream()
                                .filter(other -> other.wire.master() == its)
                                .forEach(other -> other.wire.hear(reply.snapshot()));
                    }
                    long told = nowMillis();
                    later(
                            latency(),
                            () -> run(() -> {
                                if (!cut && serverUp && !answer.isDone()) {
                                    heardMillis = Math.max(heardMillis, told);
                                    answer.complete(reply);
                                }
                            }));
                });
                return answer;
            }

            private void hear(Snapshot snapshot) {
                if (losesMessages && random.nextBoolean()) {
                    return;
                }
                long told = nowMillis();
                later(
                        latency(),
                        () -> run(() -> {
                            if (alive && (hearsWhileAway || !cut && !lost)) {
                                heardMillis = Math.max(heardMillis, told);
                                watcher.changed(snapshot);
                            }
                        }));
            }

            private void lose() {
                if (!lost && alive) {
                    lost = true;
                    away = true;
                    lastBreakMillis = nowMillis();
                    watcher.modeChanged(StoreMode.DEGRADED);
                    later(RETRY_MILLIS, () -> run(this::reach));
                }
            }

            private void reach() {
                if (!alive) {
                    return;
                }
                lastBreakMillis = nowMillis();
                if (cut || !serverUp) {
                    later(RETRY_MILLIS, () -> run(this::reach));
                } else {
                    lost = false;
                    watcher.modeChanged(StoreMode.SHARED);
                }
            }
        }
    }

    private interface Operation {

        Reply on(long now);
    }
}
