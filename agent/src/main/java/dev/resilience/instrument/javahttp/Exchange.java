package dev.resilience.instrument.javahttp;

import dev.resilience.bootstrap.Bridge;
import dev.resilience.fallback.Answer;
import dev.resilience.guard.HttpCall;
import dev.resilience.guard.HttpResponseView;
import dev.resilience.guard.Ruling;
import dev.resilience.instrument.http.BlockingPassage;
import dev.resilience.instrument.http.Body;
import dev.resilience.instrument.http.Elsewhere;
import dev.resilience.instrument.http.Repetition;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.ResponseInfo;
import java.net.http.HttpTimeoutException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One guarded call of the client, and the body handler that it is made with.
 *
 * <p>Who reads the body must be chosen when the head is there. A response that counts as failed is therefore settled at its
 * head, before the application's own handler is asked, so that an answer in its place is the only one that the handler ever
 * sees. Any other is settled when the call ends, or where the body is
 * read after that, when the body does: one that breaks off makes it a failed one. Redirects and repeated
 * authentication stay inside the client, which asks the handler for the last response only.
 */
final class Exchange<T> implements BodyHandler<T> {

    private static final String SPRINGS_TIME_LIMIT =
            "org.springframework.http.client.JdkClientHttpRequest$TimeoutHandler";

    private final HttpCall call;
    private final HttpClient client;
    private final HttpRequest request;
    private final BodyHandler<T> handler;
    private final @Nullable OneTimePublisher body;
    private final boolean answerable;
    private final Elsewhere elsewhere;
    private final long beganNanos = System.nanoTime();

    /** What was ruled at the head of a failed response; null when there was none. */
    private volatile @Nullable CompletionStage<Ruling> atHead;

    private volatile @Nullable Tee<T> tee;
    private volatile boolean handedOn;
    private volatile @Nullable CompletableFuture<?> given;

    /**
     * @param body to be sent in the request's own's place; null for that
     * @param answerable whether an answer can take the call's place; when not, a good response's body is left alone
     *     where the call ends with it
     */
    Exchange(
            HttpCall call,
            HttpClient client,
            HttpRequest request,
            BodyHandler<T> handler,
            @Nullable OneTimePublisher body,
            boolean answerable,
            Elsewhere elsewhere) {
        this.call = call;
        this.client = client;
        this.request = request;
        this.handler = handler;
        this.answerable = answerable;
        this.body = body;
        this.elsewhere = elsewhere;
    }

    HttpCall call() {
        return call;
    }

    HttpClient client() {
        return client;
    }

    /** The request to make the call with, now: with what is to be sent along, and what is left of its deadline. */
    HttpRequest sent() {
        long deadline = call.endpoint().deadlineMillis();
        long spent = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beganNanos);
        return SentRequest.of(request, body, call.sentAlong(), deadline <= 0 ? 0 : Math.max(deadline - spent, 1));
    }

    /** Tells the guard what may be done with the call, before it is admitted. */
    void open() {
        if (RequestBody.repeatable(request.bodyPublisher().orElse(null))) {
            call.canRepeat();
        }
    }

    /**
     * What the application gets of the call: one that it ends itself is not made again. Ended by a failure, as {@code orTimeout}
     * does, it has failed of that: a server that hangs would else count as nothing for as long as it hangs.
     */
    void given(CompletableFuture<?> future) {
        given = future;
        future.whenComplete((response, failure) -> {
            if (failure != null && !cancelled(failure)) {
                call.broken(told(failure));
            }
        });
    }

    /** The application's future is being cancelled, on this thread. To be told before the client is. */
    void cancelling() {
        if (overSpringsTimeLimit()) {
            call.broken(new HttpTimeoutException("Request cancelled"));
        }
    }

    /** Spring limits the time of its calls over this client by cancelling them: only who cancels tells that from an application. */
    private static boolean overSpringsTimeLimit() {
        return StackWalker.getInstance()
                .walk(frames -> frames.anyMatch(frame -> frame.getClassName().equals(SPRINGS_TIME_LIMIT)));
    }

    /** Whether the application gave the call up. */
    boolean givenUp() {
        CompletableFuture<?> future = given;
        return future != null && future.isDone();
    }

    /** The call is made once more. */
    void again() {
        atHead = null;
        tee = null;
        handedOn = false;
    }

    @Override
    public BodySubscriber<T> apply(ResponseInfo head) {
        Body body = null;
        try {
            HttpResponseView view = new HeadView(head.statusCode(), head.headers());
            if (call.fails(view)) {
                CompletionStage<Ruling> stage = Repetition.ruled(call, () -> call.answeredAsync(view));
                atHead = stage;
                Ruling ruling = ifKnown(stage);
                if (ruling == null) {
                    return new DeferredSubscriber<>(stage, handler, head, elsewhere);
                }
                if (!(ruling instanceof Ruling.Proceed)) {
                    return new DiscardingSubscriber<>();
                }
            } else {
                body = Body.of(call, view, Exchange::cancelled);
            }
        } catch (Throwable failure) {
            Bridge.failed(failure);
        }
        BodySubscriber<T> reader = handler.apply(head);
        if (body == null || (!answerable && Tee.reads(reader))) {
            handedOn = true;
            return reader;
        }
        Tee<T> reading = new Tee<>(reader, body);
        tee = reading;
        return reading;
    }

    /**
     * Settles a call that ended, or leaves that to the body of its response. Either there is a response, or a failure. May wait for a stored answer, or for the next
     * attempt: {@link Ruling.Again} means to make it now.
     */
    Ruling settle(@Nullable HttpResponse<T> response, @Nullable Throwable failure) {
        CompletionStage<Ruling> ruled = atHead;
        if (ruled != null) {
            return cancelled(failure) ? givenUp(ruled) : await(ruled);
        }
        if (response != null) {
            Tee<T> reading = tee;
            if (reading != null) {
                reading.handedOver(response.uri());
                return Ruling.Proceed.INSTANCE;
            }
            return call.answered(new HeadView(response.statusCode(), response.headers()));
        }
        if (!replaceable(failure)) {
            return Ruling.Proceed.INSTANCE;
        }
        Throwable told = told(failure);
        Ruling ruling = call.failed(told);
        while (ruling instanceof Ruling.Again again) {
            if (!BlockingPassage.pause(again.waitMillis())) {
                call.cancelled();
                return Ruling.Proceed.INSTANCE;
            }
            if (call.repeat()) {
                return again;
            }
            ruling = call.failed(told);
        }
        return ruling;
    }

    /** As {@link #settle}; never waits. */
    CompletionStage<Ruling> settleAsync(@Nullable HttpResponse<T> response, @Nullable Throwable failure) {
        CompletionStage<Ruling> ruled = atHead;
        if (ruled != null) {
            return cancelled(failure) ? CompletableFuture.completedFuture(givenUp(ruled)) : ruled;
        }
        if (response != null) {
            Tee<T> reading = tee;
            if (reading != null) {
                reading.handedOver(response.uri());
                return CompletableFuture.completedFuture(Ruling.Proceed.INSTANCE);
            }
            return call.answeredAsync(new HeadView(response.statusCode(), response.headers()));
        }
        if (!replaceable(failure)) {
            return CompletableFuture.completedFuture(Ruling.Proceed.INSTANCE);
        }
        Throwable told = told(failure);
        return Repetition.ruled(call, () -> call.failedAsync(told));
    }

    /** The application gave the call up while it was ruled on its head: one that was to be made again is settled by that. */
    private Ruling givenUp(CompletionStage<Ruling> ruled) {
        ruled.whenComplete((ruling, failure) -> {
            if (ruling instanceof Ruling.Again) {
                call.cancelled();
            }
        });
        return Ruling.Proceed.INSTANCE;
    }

    /** Gives the answer to the application's handler. Completes with the response, or with what the handler threw. */
    CompletableFuture<HttpResponse<T>> answer(Answer answer) {
        return Replay.answer((Answer.Http) answer, request, request.version().orElseGet(client::version), handler);
    }

    /** The ruling, when it is there already. */
    static @Nullable Ruling ifKnown(CompletionStage<Ruling> stage) {
        return stage.toCompletableFuture().getNow(null);
    }

    /** Where the application's handlers run, as the client has it. */
    Executor elsewhere() {
        return elsewhere;
    }

    private static Ruling await(CompletionStage<Ruling> stage) {
        return stage.toCompletableFuture().join();
    }

    /** Whether an answer may still take the place of a call that failed; settles the call where not. */
    private boolean replaceable(@Nullable Throwable failure) {
        Tee<T> reading = tee;
        if (reading != null) {
            reading.failed();
        }
        if (cancelled(failure)) {
            call.cancelled();
            return false;
        }
        if (handedOn || (reading != null && !reading.repeatable())) {
            call.broken(told(failure));
            return false;
        }
        return true;
    }

    private static boolean cancelled(@Nullable Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        return cause instanceof CancellationException || cause instanceof InterruptedException;
    }

    /**
     * The failure that the rules are asked about: without the wrappers of futures, and without the {@link IOException} that
     * {@code send} puts around whatever the application's own handler threw.
     */
    private static Throwable told(@Nullable Throwable failure) {
        Throwable outer = failure == null ? new IOException("no response and no failure") : failure;
        Throwable inner = outer.getCause();
        if (inner == null) {
            return outer;
        }
        if (outer instanceof CompletionException) {
            return inner;
        }
        return outer.getClass() == IOException.class && !(inner instanceof IOException) ? inner : outer;
    }
}
