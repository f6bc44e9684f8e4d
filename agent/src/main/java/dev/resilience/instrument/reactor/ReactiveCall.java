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
import dev.resilience.instrument.http.Elsewhere;
import dev.resilience.instrument.http.Repetition;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
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

    /** While an attempt is made, the call is still to be settled. */
    private static final CompletionStage<Ruling> UNDER_WAY = CompletableFuture.completedFuture(new Ruling.Again(0));

    private final HttpCall call;
    private final Elsewhere callers = new Elsewhere();
    private final long beganNanos = System.nanoTime();
    private volatile boolean settled;

    /** What is awaited, or was last: of the admission, or of how an attempt went. */
    private volatile @Nullable CompletionStage<Ruling> awaited;

    private volatile boolean admitted;

    /** A failed response that nobody but this knows of. */
    private volatile @Nullable R held;

    ReactiveCall(HttpCall call) {
        this.call = call;
    }

    /** The client's own call, made when subscribed to. @param along what to {@linkplain HttpCall#sentAlong send along} */
    abstract Mono<R> make(List<Answer.Header> along);

    /** Whether the very same call can be made again. */
    abstract boolean repeatable();

    abstract HttpResponseView head(R response);

    /** Tells {@code body} what the application reads. */
    abstract R watched(R response, Body body);

    /** Where the response came from in the end; null where nothing but the address that was asked is known. */
    @Nullable
    URI ledTo(R response) {
        return null;
    }

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
        awaited = stage;
        return admission(stage).flatMap(this::admitted).doOnCancel(this::cancelled);
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
        admitted = true;
        awaited = UNDER_WAY;
        Mono<R> made = timed(marked(make(call.sentAlong())));
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
            held = response;
            CompletionStage<Ruling> stage = Repetition.ruled(call, () -> call.answeredAsync(head));
            awaited = stage;
            return ruled(stage).flatMap(ruling -> give(ruling, outcome, head)).doOnCancel(() -> letGo(response));
        }
        Throwable failure = outcome.failure();
        Throwable told = failure == null ? new IOException("neither response nor failure") : told(failure);
        CompletionStage<Ruling> stage = Repetition.ruled(call, () -> call.failedAsync(told));
        awaited = stage;
        return ruled(stage).flatMap(ruling -> give(ruling, outcome, null));
    }

    private Mono<R> give(Ruling ruling, Outcome<R> outcome, @Nullable HttpResponseView head) {
        R response = outcome.response();
        held = null;
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
                                response,
                                Body.of(call, head, failure -> false)
                                        .ledTo(() -> ledTo(response))
                                        .open()));
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
        if (held == response) {
            held = null;
            release(response);
        }
    }

    /** Before the ruling is there, nobody knows whether the call is still to be settled. */
    private void cancelled() {
        CompletionStage<Ruling> stage = awaited;
        if (settled || stage == null) {
            return;
        }
        settled = true;
        boolean made = admitted;
        stage.whenComplete((ruling, failure) -> {
            boolean open = made ? ruling instanceof Ruling.Again : ruling instanceof Ruling.Proceed;
            if (open) {
                call.cancelled();
            }
        });
    }

    /** What is no call is told as a call would be, and not inside the subscription. */
    private Mono<Ruling> admission(CompletionStage<Ruling> stage) {
        Ruling known = stage.toCompletableFuture().getNow(null);
        return known == null || known instanceof Ruling.Proceed
                ? ruled(stage)
                : Mono.just(known).publishOn(Schedulers.parallel());
    }

    /** Completes on a thread of Reactor's where the ruling comes late: the one it comes on is the store's. */
    private Mono<Ruling> ruled(CompletionStage<Ruling> stage) {
        Ruling known = stage.toCompletableFuture().getNow(null);
        if (known != null) {
            return Mono.just(known);
        }
        // Reactor may make its thread on the one it comes on.
        return Mono.<Ruling>create(
                        sink -> stage.whenComplete((ruling, failure) -> callers.lend(() -> sink.success(ruling))))
                .publishOn(Schedulers.parallel());
    }

    /** How a call went: one of the two. */
    private record Outcome<R>(
            @Nullable R response, @Nullable Throwable failure) {}
}
