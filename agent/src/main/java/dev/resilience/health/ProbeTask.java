package dev.resilience.health;

import dev.resilience.config.ServiceConfig.ProbeConfig;
import dev.resilience.log.AgentLog;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The probe of one service: takes the lease, asks, tells the answer, plans the next round. All its work is done on the one
 * timer thread, so its fields need no lock; views are read from elsewhere.
 *
 * <p>The lease lasts 5/4 of the interval and is renewed before every probe, whose pace varies by a tenth; who does not hold
 * it asks twice an interval. A holder that died is so followed within two intervals. One that has nothing to ask yet has no
 * verdict and gives the lease back, so that whoever has takes it at its next turn.
 */
final class ProbeTask {

    private static final double JITTER = 0.1;

    private final String service;
    private final ProbeConfig config;
    private final Check check;
    private final Leases leases;
    private final ProbeListener listener;
    private final ScheduledExecutorService timer;
    private final LongSupplier nanoTime;
    private final LongSupplier epochMillis;

    private boolean stopped;
    private boolean lent;
    private volatile boolean held;
    private volatile @Nullable ProbeResult last;
    private volatile long runs;
    private volatile long failures;

    ProbeTask(
            String service,
            ProbeConfig config,
            Check check,
            Leases leases,
            ProbeListener listener,
            ScheduledExecutorService timer,
            LongSupplier nanoTime,
            LongSupplier epochMillis) {
        this.service = service;
        this.config = config;
        this.check = check;
        this.leases = leases;
        this.listener = listener;
        this.timer = timer;
        this.nanoTime = nanoTime;
        this.epochMillis = epochMillis;
    }

    /** Begins soon, at a random moment of the first tenth of the interval, so that probes do not march in step. */
    void start() {
        plan((long) (config.interval().toNanos()
                * JITTER
                * ThreadLocalRandom.current().nextDouble()));
    }

    void stop() {
        run(() -> {
            stopped = true;
            held = false;
            check.close();
        });
    }

    ProbeConfig config() {
        return config;
    }

    ProbeView view() {
        return new ProbeView(
                service,
                check.kind(),
                check.target(),
                config.interval().toMillis(),
                config.timeout().toMillis(),
                held,
                last,
                runs,
                failures);
    }

    /**
     * Asks once for another instance, which probes for the fleet. Fails where this one cannot tell, because it probes itself
     * or is asking already: a check has one question open at most.
     */
    CompletionStage<Boolean> opinion() {
        CompletableFuture<Boolean> up = new CompletableFuture<>();
        run(() -> {
            if (stopped || held || lent) {
                up.completeExceptionally(new IllegalStateException("no second opinion"));
                return;
            }
            lent = true;
            asked().thenAccept(answer -> {
                lent = false;
                if (answer.unknown) {
                    up.completeExceptionally(new IllegalStateException("nothing to ask yet"));
                } else {
                    up.complete(answer.failure == null);
                }
            });
        });
        return up;
    }

    private void round() {
        if (stopped) {
            return;
        }
        CompletionStage<Long> lease;
        try {
            lease = leases.hold(duty(), config.interval().multipliedBy(5).dividedBy(4));
        } catch (RuntimeException broken) {
            lease = CompletableFuture.failedFuture(broken);
        }
        lease.whenComplete((fencing, failure) -> run(() -> {
            if (failure != null) {
                AgentLog.warn("probe-lease-" + service, "cannot ask who probes " + service + ", left out", failure);
            }
            held = failure == null && fencing > 0;
            if (stopped) {
                return;
            }
            if (held && !lent) {
                ask(fencing);
            } else {
                if (failure == null && !held) {
                    hear();
                }
                plan(untilNextTurn());
            }
        }));
    }

    /** There is nothing to ask here yet: another instance may know more. */
    private void standBack() {
        held = false;
        plan(untilNextTurn());
        if (!stopped) {
            leases.release(duty());
            hear();
        }
    }

    private String duty() {
        return "probe:" + service;
    }

    /** Another instance probes: what it found holds, not what this one found before. */
    private void hear() {
        listener.latest(service, config.interval().multipliedBy(2).plus(config.timeout()))
                .thenAccept(entry -> run(() -> {
                    if (!held) {
                        last = entry == null ? null : told(entry);
                    }
                }));
    }

    private ProbeResult told(ProbeHistory.Entry entry) {
        return new ProbeResult(
                service,
                check.kind(),
                check.target(),
                entry.atMillis(),
                TimeUnit.MILLISECONDS.toNanos(entry.responseMillis()),
                entry.up() ? null : "down, as another instance found",
                0);
    }

    private void ask(long fencing) {
        asked().thenAccept(answer -> {
            if (answer.unknown) {
                standBack();
                return;
            }
            keep(new ProbeResult(
                    service,
                    check.kind(),
                    check.target(),
                    answer.startMillis,
                    answer.tookNanos,
                    answer.failure,
                    fencing));
            plan(untilNext(answer.tookNanos));
        });
    }

    /** Asks now. Called and completed on the timer thread; completes normally always. */
    private CompletableFuture<Answer> asked() {
        long startMillis = epochMillis.getAsLong();
        long start = nanoTime.getAsLong();
        CompletableFuture<@Nullable Object> answer = new CompletableFuture<>();
        CompletableFuture<Answer> done = new CompletableFuture<>();
        ScheduledFuture<?> limit = timer.schedule(
                () -> answer.completeExceptionally(new TimeoutException()),
                config.timeout().toNanos(),
                TimeUnit.NANOSECONDS);
        question().whenComplete((result, failure) -> {
            if (failure == null) {
                answer.complete(null);
            } else {
                answer.completeExceptionally(failure);
            }
        });
        answer.whenComplete((result, failure) -> {
            long took = nanoTime.getAsLong() - start;
            run(() -> {
                limit.cancel(false);
                if (cause(failure) instanceof TimeoutException) {
                    check.giveUp();
                }
                done.complete(new Answer(
                        startMillis,
                        took,
                        failure == null ? null : reason(failure),
                        cause(failure) instanceof Check.NotYet));
            });
        });
        return done;
    }

    private CompletionStage<?> question() {
        try {
            return check.ask(config.timeout());
        } catch (Exception | LinkageError failure) {
            return CompletableFuture.failedFuture(failure);
        }
    }

    private void keep(ProbeResult result) {
        if (stopped) {
            return;
        }
        last = result;
        runs++;
        if (!result.up()) {
            failures++;
        }
        try {
            listener.onProbe(result);
        } catch (RuntimeException broken) {
            AgentLog.warn("probe-listener", "a probe's result could not be passed on", broken);
        }
    }

    /** From now to the next round: the interval counts from the start of a probe, not from its end. */
    private long untilNext(long tookNanos) {
        double jitter = 1 + JITTER * (2 * ThreadLocalRandom.current().nextDouble() - 1);
        return Math.max(0, (long) (config.interval().toNanos() * jitter) - tookNanos);
    }

    /** Of who does not probe. */
    private long untilNextTurn() {
        return config.interval().toNanos() / 2;
    }

    private void plan(long nanos) {
        try {
            timer.schedule(this::round, nanos, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException closing) {
            held = false;
        }
    }

    private void run(Runnable work) {
        try {
            timer.execute(work);
        } catch (RejectedExecutionException closing) {
            held = false;
        }
    }

    private String reason(Throwable failure) {
        Throwable cause = cause(failure);
        if (cause instanceof Check.Down down) {
            return String.valueOf(down.getMessage());
        }
        if (cause instanceof TimeoutException) {
            return "no answer within " + shown(config.timeout());
        }
        // Drivers and clients put addresses, and some put credentials, into their messages: the type has to do.
        String type = String.valueOf(cause == null ? null : cause.getClass().getSimpleName());
        return cause instanceof SQLException sql && sql.getSQLState() != null
                ? type + " (SQLSTATE " + sql.getSQLState() + ")"
                : type;
    }

    private static @Nullable Throwable cause(@Nullable Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }

    private static String shown(Duration duration) {
        long millis = duration.toMillis();
        return millis % 1000 == 0 ? millis / 1000 + " s" : millis + " ms";
    }

    private record Answer(
            long startMillis, long tookNanos, @Nullable String failure, boolean unknown) {}
}
