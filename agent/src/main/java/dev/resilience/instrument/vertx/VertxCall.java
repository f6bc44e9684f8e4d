package dev.resilience.instrument.vertx;

import dev.resilience.bootstrap.Bridge;
import dev.resilience.fallback.Answer;
import dev.resilience.guard.Endpoint;
import dev.resilience.guard.Guard;
import dev.resilience.guard.HttpCall;
import dev.resilience.guard.Ruling;
import dev.resilience.guard.ThreadMarks;
import dev.resilience.instrument.http.Body;
import dev.resilience.instrument.http.Deadline;
import dev.resilience.instrument.http.Repetition;
import dev.resilience.instrument.http.ResponseHead;
import io.vertx.core.Future;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One call: one request, or where {@code WebClient} follows redirects, one after the other. Everything happens on the
 * context of whoever began it, which is never made to wait. A last response that
 * fails is settled at its head, any other with its {@link Body}.
 */
final class VertxCall {

    private static final int REDIRECTS = 300;
    private static final int AFTER_REDIRECTS = 400;

    private final Guard guard;
    private final @Nullable Endpoint endpoint;
    private final HttpClient client;
    private final Loop loop;
    private final Redirects redirects;
    private final @Nullable Object owner;
    private final long beganNanos = System.nanoTime();

    private @Nullable HttpCall call;
    private @Nullable PendingRequest pending;
    private @Nullable Attempt attempt;
    private volatile boolean cancelled;

    VertxCall(
            Guard guard,
            @Nullable Endpoint endpoint,
            HttpClient client,
            Loop loop,
            Redirects redirects,
            @Nullable Object owner) {
        this.guard = guard;
        this.endpoint = endpoint;
        this.client = client;
        this.loop = loop;
        this.redirects = redirects;
        this.owner = owner;
    }

    /** Whether something can take the call's place. */
    boolean answerable() {
        return endpoint != null && endpoint.hasFallback();
    }

    /** Goes on with the request that a redirect led to. */
    VertxCall redirected() {
        return this;
    }

    /**
     * The request begins to be sent.
     *
     * @param whole whether all of it is known, so that it can be sent again
     * @param passes whether it is none of the guard's business after all
     */
    void begin(PendingRequest request, OutgoingRequest view, boolean whole, boolean passes) {
        pending = request;
        HttpCall begun = call;
        if (begun == null && !passes && endpoint != null) {
            try {
                begun = guard.begin(endpoint, view);
                call = begun;
                if (whole) {
                    begun.canRepeat();
                }
                when(begun.admitAsync(), this::admitted);
                return;
            } catch (Throwable failure) {
                Bridge.failed(failure);
            }
        }
        loop.run(() -> new Attempt(request).start());
    }

    private void admitted(Ruling ruling) {
        PendingRequest request = pending();
        if (ruling instanceof Ruling.Substitute substitute) {
            loop.run(() -> answer(request, (Answer.Http) substitute.answer()));
        } else if (ruling instanceof Ruling.Reject reject) {
            loop.run(() -> request.fail(reject.exception()));
        } else {
            loop.run(() -> new Attempt(request).start());
        }
    }

    private PendingRequest pending() {
        return java.util.Objects.requireNonNull(pending);
    }

    /** Goes on at once where the ruling is there; else on the call's context: the thread that rules is the store's. */
    private void when(CompletionStage<Ruling> stage, Consumer<Ruling> next) {
        Ruling known = stage.toCompletableFuture().getNow(null);
        if (known != null) {
            next.accept(known);
        } else {
            stage.whenComplete((ruling, failure) -> loop.soon(() -> next.accept(ruling)));
        }
    }

    private void answer(PendingRequest request, Answer.Http answer) {
        request.respond(new AnswerResponse(answer, request, loop).proxy());
    }

    /** The application gives the call up. */
    void cancel(Throwable why) {
        cancelled = true;
        loop.run(() -> {
            Attempt running = attempt;
            if (running != null) {
                running.giveUp(why);
            }
        });
    }

    /** One attempt to make the call. */
    private final class Attempt {

        private final PendingRequest request;
        private @Nullable HttpClientRequest made;
        private @Nullable Deadline deadline;
        private boolean over;

        Attempt(PendingRequest request) {
            this.request = request;
        }

        void start() {
            HttpCall guarded = call;
            if (cancelled && guarded != null) {
                guarded.cancelled();
                return;
            }
            attempt = this;
            long millis = guarded == null ? 0 : guarded.endpoint().deadlineMillis();
            if (millis > 0) {
                long left = millis - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beganNanos);
                deadline = Deadline.in(Math.max(left, 1), () -> loop.soon(() -> late(millis)));
            }
            Future<HttpClientRequest> connecting;
            ThreadMarks.enter();
            try {
                connecting = client.request(request.options(guarded == null ? List.of() : guarded.sentAlong()));
            } catch (Throwable atOnce) {
                connecting = Future.failedFuture(atOnce);
            } finally {
                ThreadMarks.exit();
            }
            connecting.onComplete(outcome -> {
                if (outcome.succeeded()) {
                    connected(outcome.result());
                } else {
                    failed(outcome.cause());
                }
            });
        }

        private void connected(HttpClientRequest given) {
            made = given;
            if (over || cancelled) {
                // Nobody is to hear of it: without a handler, it would be logged as an error of the application's.
                given.exceptionHandler(nobodys -> {});
                Object connection = given.connection();
                Methods.reset(given, new TimeoutException("given up while it was connected"));
                Turns.next(connection);
                if (!over) {
                    failed(new java.util.concurrent.CancellationException());
                }
                return;
            }
            given.response().onComplete(outcome -> {
                if (outcome.succeeded()) {
                    responded(outcome.result());
                } else {
                    failed(outcome.cause());
                }
            });
            request.becomes(given);
        }

        private void late(long millis) {
            if (!ends()) {
                return;
            }
            TimeoutException timeout = new TimeoutException(Deadline.message(millis));
            HttpClientRequest running = made;
            if (running != null) {
                // First: what the application calls when it is told must not lie behind this on a connection that goes.
                Methods.reset(running, timeout);
            }
            rule(timeout);
        }

        void giveUp(Throwable why) {
            if (!ends()) {
                return;
            }
            HttpClientRequest running = made;
            if (running != null) {
                Methods.reset(running, why);
            }
            HttpCall guarded = call;
            if (guarded != null) {
                guarded.cancelled();
            }
        }

        private boolean ends() {
            if (over) {
                return false;
            }
            over = true;
            Deadline due = deadline;
            if (due != null) {
                due.end();
            }
            return true;
        }

        private void failed(Throwable failure) {
            if (ends()) {
                rule(failure);
            }
        }

        private void rule(Throwable failure) {
            HttpCall guarded = call;
            if (guarded == null || cancelled) {
                if (guarded != null) {
                    guarded.cancelled();
                }
                request.fail(failure);
                return;
            }
            when(Repetition.ruled(guarded, () -> guarded.failedAsync(VertxFailures.told(failure))), ruling -> {
                if (ruling instanceof Ruling.Again) {
                    new Attempt(request).start();
                } else if (ruling instanceof Ruling.Substitute substitute) {
                    answer(request, (Answer.Http) substitute.answer());
                } else {
                    request.fail(failure);
                }
            });
        }

        private void responded(HttpClientResponse response) {
            if (!ends()) {
                return;
            }
            HttpCall guarded = call;
            if (guarded == null) {
                handOn(response);
                return;
            }
            ResponseHead head = new ResponseHead(response.statusCode(), () -> OutgoingRequest.all(response.headers()));
            if (guarded.fails(head)) {
                CompletionStage<Ruling> stage = Repetition.ruled(guarded, () -> guarded.answeredAsync(head));
                if (stage.toCompletableFuture().getNow(null) instanceof Ruling.Proceed) {
                    handOn(response);
                } else {
                    HandedResponse held = new HandedResponse(response, null);
                    held.hold();
                    when(stage, ruling -> ruled(ruling, response, held));
                }
                return;
            }
            if (owner != null && head.status() >= REDIRECTS && head.status() < AFTER_REDIRECTS) {
                redirects.await(owner, VertxCall.this);
                handOn(response);
                if (redirects.taken(owner) != null) {
                    // It is not followed.
                    guarded.answeredAsync(head);
                }
                return;
            }
            Body body = Body.of(guarded, head, failure -> cancelled)
                    .ledTo(() -> ledTo(response))
                    .open();
            // It flows unless it is told not to.
            body.awaited();
            if (body.keeps()) {
                handOn(new HandedResponse(response, body).proxy());
            } else {
                response.end().onComplete(outcome -> {
                    if (outcome.succeeded()) {
                        body.complete();
                    } else {
                        body.broken(VertxFailures.told(outcome.cause()));
                    }
                });
                handOn(response);
            }
        }

        private @Nullable URI ledTo(HttpClientResponse response) {
            HttpClientRequest last = response.request();
            return last == made ? null : URI.create(last.absoluteURI());
        }

        private void ruled(Ruling ruling, HttpClientResponse response, HandedResponse held) {
            if (ruling instanceof Ruling.Proceed) {
                handOn(held.proxy());
                held.letGo();
                return;
            }
            response.handler(piece -> {});
            response.resume();
            if (ruling instanceof Ruling.Again) {
                new Attempt(request).start();
            } else if (ruling instanceof Ruling.Substitute substitute) {
                answer(request, (Answer.Http) substitute.answer());
            }
        }

        private void handOn(HttpClientResponse response) {
            request.settles(made);
            request.respond(response);
        }
    }
}
