package dev.resilience.instrument.reactor;

import dev.resilience.CircuitBreakerOpenException;
import dev.resilience.bootstrap.Bridge;
import dev.resilience.fallback.Answer;
import dev.resilience.guard.HttpCall;
import dev.resilience.guard.HttpResponseView;
import dev.resilience.guard.Ruling;
import dev.resilience.guard.ThreadMarks;
import dev.resilience.instrument.http.Body;
import dev.resilience.instrument.http.Deadline;
import dev.resilience.instrument.http.Repetition;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * One subscription's call. Nothing here waits: what is not known at once is subscribed to, and goes on on a thread of
 * Reactor's. A failed response is settled at its head, any other with its {@link Body}; a subscriber that cancels before the head
 * gives the call up.
 *
 * @param <R> the client's response
 */
abstract class ReactiveCall<R> {

    private final HttpCall call;
    private final long beganNanos = System.nanoTime();
    private volatile boolean settled;
    private volatile @Nullable CompletionStage<Ruling> admission;

    ReactiveCall(HttpCall call) {
        this.call = call;
    }

    /** The client's own call, made when subscribed to. @param traceparent null when there is none to send */
    abstract Mono<R> make(@Nullable String traceparent);

    /** Whether the very same call can be made again. */
    abstract boolean repeatable();

    abstract HttpResponseView head(R response);

    /** Tells {@code body} what the application reads. */
    abstract R watched(R response, Body body);

    abstract R respond(Answer.Http answer);

    /** Lets go of a response that is replaced. */
    abstract void discard(R response);

    /** The failure that the rules are asked about. */
    abstract Throwable told(Throwable failure);

    /** Wraps the rejection as the client wraps I/O errors. */
    abstract Throwable rejection(CircuitBreakerOpenException rejection);

    /** The client's exception for a call whose time is up. */
    abstract Throwable timedOut(TimeoutException timeout);

    final Mono<R> run() {
        if (repeatable()) {
            call.canRepeat();
        }
        CompletionStage<Ruling> stage = call.admitAsync();
        admission = stage;
        return ruled(stage).flatMap(this::admitted).doOnCancel(this::cancelled);
    }

    private Mono<R> admitted(Ruling ruling) {
        if (ruling instanceof Ruling.Substitute substitute) {
            settled = true;
            return Mono.just(respond((Answer.Http) substitute.answer()));
        }
        if (ruling instanceof Ruling.Reject reject) {
            settled = true;
            return Mono.error(rejection(reject.exception()));
        }
        return attempt();
    }

    private Mono<R> attempt() {
        Mono<R> made = timed(marked(make(call.traceparent())));
        return made.map(response -> new Outcome<>(response, null))
                .onErrorResume(failure -> Mono.just(new Outcome<R>(null, failure)))
                .switchIfEmpty(Mono.fromRunnable(this::cancelled))
                .flatMap(this::settle);
    }

    /** What lies beneath makes its call when it is subscribed to, and has been guarded here. */
    private Mono<R> marked(Mono<R> made) {
        return Mono.fromDirect(subscriber -> {
            ThreadMarks.enter();
            try {
                made.subscribe(subscriber);
            } finally {
                ThreadMarks.exit();
            }
        });
    }

    private Mono<R> timed(Mono<R> made) {
        long deadline = call.endpoint().deadlineMillis();
        if (deadline <= 0) {
            return made;
        }
        long left = deadline - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beganNanos);
        Mono<R> late = Mono.error(() -> timedOut(new TimeoutException(Deadline.message(deadline))));
        return made.timeout(Duration.ofMillis(Math.max(left, 1)), late);
    }

    private Mono<R> settle(Outcome<R> outcome) {
        R response = outcome.response();
        if (response != null) {
            HttpResponseView head = head(response);
            if (!call.fails(head)) {
                return give(Ruling.Proceed.INSTANCE, outcome, head);
            }
            return ruled(Repetition.ruled(call, () -> call.answeredAsync(head)))
                    .flatMap(ruling -> give(ruling, outcome, head))
                    .doOnCancel(() -> letGo(response));
        }
        Throwable failure = outcome.failure();
        Throwable told = failure == null ? new IOException("neither response nor failure") : told(failure);
        return ruled(Repetition.ruled(call, () -> call.failedAsync(told)))
                .flatMap(ruling -> give(ruling, outcome, null));
    }

    private Mono<R> give(Ruling ruling, Outcome<R> outcome, @Nullable HttpResponseView head) {
        R response = outcome.response();
        if (ruling instanceof Ruling.Again) {
            release(response);
            return Mono.defer(this::attempt);
        }
        settled = true;
        if (ruling instanceof Ruling.Substitute substitute) {
            R answer = respond((Answer.Http) substitute.answer());
            release(response);
            return Mono.just(answer);
        }
        if (response == null || head == null) {
            return Mono.error(outcome.failure());
        }
        return Mono.just(
                call.fails(head)
                        ? response
                        : watched(
                                response, Body.of(call, head, failure -> false).open()));
    }

    private void release(@Nullable R response) {
        if (response != null) {
            try {
                discard(response);
            } catch (Throwable failure) {
                Bridge.failed(failure);
            }
        }
    }

    /** The subscriber is gone, and nobody else knows of the response that it was not yet given. */
    private void letGo(R response) {
        if (!settled) {
            release(response);
        }
    }

    /** Before the ruling is there, nobody knows whether there is a permit to give back. */
    private void cancelled() {
        CompletionStage<Ruling> stage = admission;
        if (!settled && stage != null) {
            settled = true;
            stage.whenComplete((ruling, failure) -> call.cancelled());
        }
    }

    /** Completes on a thread of Reactor's where the ruling comes late: the one it comes on is the store's. */
    private static Mono<Ruling> ruled(CompletionStage<Ruling> stage) {
        Ruling known = stage.toCompletableFuture().getNow(null);
        if (known != null) {
            return Mono.just(known);
        }
        return Mono.<Ruling>create(sink -> stage.whenComplete((ruling, failure) -> sink.success(ruling)))
                .publishOn(Schedulers.parallel());
    }

    /** How a call went: one of the two. */
    private record Outcome<R>(
            @Nullable R response, @Nullable Throwable failure) {}
}
