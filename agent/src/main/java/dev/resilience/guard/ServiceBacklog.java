package dev.resilience.guard;

import dev.resilience.breaker.BreakerStore;
import dev.resilience.breaker.Circuit;
import dev.resilience.breaker.Outcome;
import dev.resilience.breaker.Permit;
import dev.resilience.breaker.State;
import dev.resilience.config.EndpointConfig;
import dev.resilience.config.ServiceConfig;
import dev.resilience.fallback.CallStore;
import dev.resilience.fallback.CallStore.Held;
import dev.resilience.fallback.QueuedCall;
import dev.resilience.fallback.QueuedStatements;
import dev.resilience.fallback.Request;
import dev.resilience.log.AgentLog;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What waits for one service, worked off as fast as the service shows that it can bear it: one call at a time at first and
 * after every failure, twice as many after as many successes. Thread-safe; {@link #work} is called by one thread.
 */
final class ServiceBacklog {

    private static final int MOST_AT_ONCE = 8;
    private static final int LARGEST_SHIFT = 30;
    private static final Duration LEASE_BEYOND_DEADLINE = Duration.ofSeconds(30);
    private static final Duration NOT_NOW = Duration.ofSeconds(1);
    private static final Duration UNTIL_CONNECTED = Duration.ofSeconds(5);

    private static final String LOST_ATTEMPT = "an earlier attempt was never reported: it may have been made";

    /** The store is asked again after this long when it had nothing, nanoseconds. */
    private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** As seldom as a quiet circuit is reported, and before another may take over who asks so seldom. */
    static final long QUIET_NANOS = TimeUnit.MILLISECONDS.toNanos(BreakerStore.QUIET_MILLIS);

    /** Waiting calls are looked at for their end, so many at once, while nothing is made. Their bodies come along. */
    private static final int LOOKED_AT = 8;

    private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(5);

    private static final EndpointConfig.Failures USUAL_FAILURES = new EndpointConfig.Failures(
            List.of(new EndpointConfig.StatusRange(500, 599)),
            List.of("java.io.IOException", "java.util.concurrent.TimeoutException", "java.sql.SQLException"),
            List.of(),
            List.of(),
            true);

    private final CallStore calls;
    private final Attempts attempts;
    private final Consumer<URI> changed;
    private final LongSupplier epochMillis;
    private final String instance;
    private final Consumer<ServiceBacklog> more;
    private final AtomicInteger inFlight = new AtomicInteger();

    private volatile Rules rules = new Rules(null, false, "", Map.of(), Map.of(), Resender.USUAL_DEADLINE);
    private volatile int atOnce = 1;
    private volatile int goodInARow;
    private volatile boolean asking;
    private volatile boolean foundNothing;
    private volatile long idleUntilNanos = Long.MIN_VALUE;

    // Touched by one look at a time.
    private volatile long lookAtNanos = Long.MIN_VALUE;
    private volatile int lookFrom;
    private volatile int lookNext = LOOKED_AT;

    /** @param perHost whether the circuits that calls meet are others, one for each host */
    private record Rules(
            @Nullable Circuit circuit,
            boolean perHost,
            String service,
            Map<String, FailureRules> failures,
            Map<String, Duration> deadlines,
            Duration longestDeadline) {

        /** Whether nobody in the fleet has made a call for a while. */
        boolean isQuiet() {
            return circuit != null && !perHost && circuit.isQuiet();
        }

        Duration deadline(QueuedCall call) {
            return deadlines.getOrDefault(call.endpoint(), Resender.USUAL_DEADLINE);
        }
    }

    /**
     * @param changed told of each address that a call changed
     * @param more told when a call is done and there is room for the next; must not wait
     */
    ServiceBacklog(
            CallStore calls,
            Attempts attempts,
            Consumer<URI> changed,
            LongSupplier epochMillis,
            String instance,
            Consumer<ServiceBacklog> more) {
        this.calls = calls;
        this.attempts = attempts;
        this.changed = changed;
        this.epochMillis = epochMillis;
        this.instance = instance;
        this.more = more;
    }

    void apply(ServiceConfig service, Circuit circuit) {
        Map<String, FailureRules> failures = new HashMap<>();
        Map<String, Duration> deadlines = new HashMap<>();
        Duration longest = Resender.USUAL_DEADLINE;
        for (EndpointConfig endpoint : service.endpoints()) {
            failures.put(endpoint.name(), new FailureRules(endpoint.failures()));
            Duration deadline = endpoint.deadline();
            if (deadline != null) {
                deadlines.put(endpoint.name(), deadline);
                longest = deadline.compareTo(longest) > 0 ? deadline : longest;
            }
        }
        rules = new Rules(circuit, service.perHost(), service.name(), failures, deadlines, longest);
    }

    /** The configuration has the service no more: what waits is made by the usual rules. */
    void orphan(String service) {
        rules = new Rules(
                new UnwatchedCircuit(service, epochMillis),
                false,
                service,
                Map.of(),
                Map.of(),
                Resender.USUAL_DEADLINE);
    }

    /** Starts what may be started now. Never waits. */
    void work(long nowNanos) {
        Rules now = rules;
        Circuit circuit = now.circuit();
        if (circuit == null || asking || nowNanos < idleUntilNanos) {
            return;
        }
        State state = circuit.state();
        int allowed = state == State.CLOSED ? atOnce : state == State.HALF_OPEN ? 1 : 0;
        int free = allowed - inFlight.get();
        if (state == State.OPEN) {
            atOnce = 1;
            lookForExpired(now, nowNanos);
        }
        if (free <= 0) {
            return;
        }
        asking = true;
        Duration lease = now.longestDeadline().plus(LEASE_BEYOND_DEADLINE);
        calls.hold(now.service(), free, lease).whenComplete((held, failure) -> {
            foundNothing = held == null || held.isEmpty();
            if (foundNothing) {
                idleUntilNanos = nowNanos + (now.isQuiet() ? QUIET_NANOS : IDLE_NANOS);
            } else {
                inFlight.addAndGet(held.size());
                for (Held one : held) {
                    attempt(now, circuit, one);
                }
            }
            asking = false;
        });
    }

    /** Nanoseconds until there may be anything to do; 0 where that cannot be told. */
    long restNanos() {
        Rules now = rules;
        Circuit circuit = now.circuit();
        if (circuit == null || foundNothing && now.isQuiet()) {
            return QUIET_NANOS;
        }
        return foundNothing && circuit.state() == State.CLOSED ? IDLE_NANOS : 0;
    }

    /**
     * A call whose time is over while nothing may be made goes to a person then, not when the circuit lets calls out again. What
     * was accepted first ends first, unless rules differ: so the first ones are looked at, and in turn some of the others.
     */
    private void lookForExpired(Rules now, long nowNanos) {
        if (nowNanos < lookAtNanos) {
            return;
        }
        asking = true;
        lookAtNanos = nowNanos + LOOK_NANOS;
        look(now, nowNanos).whenComplete((looked, failure) -> {
            if (failure != null) {
                AgentLog.warn(
                        "resend-expiry", "queued calls whose time is over could not be handed to a person", failure);
            }
            asking = false;
        });
    }

    /** Completes with how many were handed to a person. */
    private CompletionStage<Integer> look(Rules now, long nowNanos) {
        int from = lookFrom;
        return calls.list(CallStore.Place.QUEUE, now.service(), from, LOOKED_AT)
                .thenCompose(waiting -> expire(waiting).thenApply(expired -> {
                    if (from > 0) {
                        lookNext = waiting.size() < LOOKED_AT ? LOOKED_AT : from + LOOKED_AT - expired;
                    }
                    lookFrom = from > 0 || expired > 0 ? 0 : lookNext;
                    lookAtNanos = expired > 0 ? nowNanos : nowNanos + LOOK_NANOS;
                    return expired;
                }));
    }

    /** Completes with how many were handed to a person; others may be held, or be elsewhere by now. */
    private CompletionStage<Integer> expire(List<QueuedCall> waiting) {
        long millis = epochMillis.getAsLong();
        CompletionStage<Integer> all = CompletableFuture.completedStage(0);
        for (QueuedCall call : waiting) {
            if (call.expiresAt() <= millis) {
                all = all.thenCombine(
                        calls.expire(call.flagged(millis, instance, expired(call))),
                        (sum, moved) -> moved ? sum + 1 : sum);
            }
        }
        return all;
    }

    private static String expired(QueuedCall call) {
        return "expired after " + call.attempts() + " attempts";
    }

    private void attempt(Rules now, Circuit circuit, Held held) {
        try {
            if (held.call().expiresAt() <= epochMillis.getAsLong()) {
                settle(
                        held,
                        new CallStore.Review(
                                held.call().flagged(epochMillis.getAsLong(), instance, expired(held.call()))));
                return;
            }
            circuit.tryAcquireAsync().whenComplete((permit, failure) -> {
                if (permit == null || !permit.granted()) {
                    settle(held, new CallStore.Back(NOT_NOW));
                } else {
                    make(now, circuit, permit, held);
                }
            });
        } catch (RuntimeException failure) {
            AgentLog.warn("resend", "a queued call could not be made", failure);
            settle(held, new CallStore.Back(NOT_NOW));
        }
    }

    private void make(Rules now, Circuit circuit, Permit permit, Held held) {
        attempts.make(held.call(), now.deadline(held.call())).whenComplete((result, impossible) -> {
            FailureRules failures =
                    now.failures().getOrDefault(held.call().endpoint(), new FailureRules(USUAL_FAILURES));
            Outcome outcome = outcome(failures, held.call(), result);
            circuit.settle(permit, outcome, result.durationNanos(), result.retryAfterMillis());
            pace(outcome);
            CallStore.Verdict verdict = verdict(held, result, outcome);
            Throwable failure = result.failure();
            result.span()
                    .end(
                            permit.state().name(),
                            verdict instanceof CallStore.Done ? "success" : "failure",
                            null,
                            result.status(),
                            failure);
            settle(held, verdict);
            if (verdict instanceof CallStore.Done && held.call().call() instanceof QueuedCall.Http made) {
                made(made);
            }
        });
    }

    private void made(QueuedCall.Http call) {
        if (!Request.Http.isSafe(call.method())) {
            changed.accept(call.uri());
        }
    }

    private static Outcome outcome(FailureRules failures, QueuedCall call, Attempts.Result result) {
        Throwable failure = result.failure();
        if (failure instanceof QueuedStatements.NotYet) {
            return Outcome.IGNORED;
        }
        if (failure == null) {
            return result.status() == 0 ? Outcome.SUCCESS : failures.ofStatus(result.status());
        }
        return call.call() instanceof QueuedCall.Jdbc ? failures.ofJdbc(failure) : failures.ofHttp(failure);
    }

    private synchronized void pace(Outcome outcome) {
        if (outcome == Outcome.FAILURE) {
            atOnce = 1;
            goodInARow = 0;
        } else if (++goodInARow >= atOnce) {
            atOnce = Math.min(MOST_AT_ONCE, atOnce * 2);
            goodInARow = 0;
        }
    }

    private CallStore.Verdict verdict(Held held, Attempts.Result result, Outcome outcome) {
        boolean answeredWell = result.failure() == null && result.status() < 400 && outcome != Outcome.FAILURE;
        if (answeredWell) {
            return new CallStore.Done();
        }
        if (result.failure() instanceof QueuedStatements.NotYet) {
            return new CallStore.Back(UNTIL_CONNECTED);
        }
        long now = epochMillis.getAsLong();
        QueuedCall call = held.call();
        QueuedCall known = held.again() ? call.noted(now, instance, LOST_ATTEMPT) : call;
        QueuedCall tried = known.attempted(now, instance, words(result));
        if (isFinal(result, outcome)) {
            return new CallStore.Review(tried.flagged(now, instance, "refused: " + words(result)));
        }
        if (tried.attempts() >= call.terms().maxAttempts()) {
            String why = "no success in " + tried.attempts() + " attempts, last: " + words(result);
            return new CallStore.Review(tried.flagged(now, instance, why));
        }
        return new CallStore.Again(tried, wait(tried, result.retryAfterMillis()));
    }

    /** Whether the dependency is there and does not want the call, so that asking again changes nothing. */
    private static boolean isFinal(Attempts.Result result, Outcome outcome) {
        if (outcome == Outcome.FAILURE) {
            return false;
        }
        return result.failure() instanceof java.sql.SQLException
                || result.status() >= 400
                        && result.status() < 500
                        && result.status() != 408
                        && result.status() != 425
                        && result.status() != 429;
    }

    /** Exponential, between half and the whole of it, so that what was accepted together does not come back together. */
    private static Duration wait(QueuedCall call, long retryAfterMillis) {
        long first = Math.max(1, call.terms().backoffMillis());
        long most = Math.max(first, call.terms().maxBackoffMillis());
        int shift = Math.min(call.attempts() - 1, LARGEST_SHIFT);
        long grown = first > most >> shift ? most : first << shift;
        long jittered = grown / 2 + ThreadLocalRandom.current().nextLong(grown / 2 + 1);
        return Duration.ofMillis(Math.max(jittered, Math.min(retryAfterMillis, most)));
    }

    /** Never what an exception says: it may hold what the call holds. */
    private static String words(Attempts.Result result) {
        Throwable failure = result.failure();
        if (failure == null) {
            return "status " + result.status();
        }
        String state = failure instanceof java.sql.SQLException sql && sql.getSQLState() != null
                ? " " + sql.getSQLState()
                : "";
        return failure.getClass().getSimpleName() + state;
    }

    private void settle(Held held, CallStore.Verdict verdict) {
        calls.settle(held, verdict).whenComplete((settled, failure) -> {
            inFlight.decrementAndGet();
            if (failure != null) {
                AgentLog.warn("resend-settle", "the outcome of a queued call could not be kept", failure);
            } else if (verdict instanceof CallStore.Done) {
                more.accept(this);
            }
        });
    }
}
