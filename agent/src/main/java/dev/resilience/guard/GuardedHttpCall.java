package dev.resilience.guard;

import dev.resilience.bootstrap.Bridge;
import dev.resilience.breaker.Outcome;
import dev.resilience.fallback.Answer;
import dev.resilience.fallback.BodyRecorder;
import dev.resilience.fallback.IdempotencyKey;
import dev.resilience.fallback.StaleCache;
import dev.resilience.metrics.CallOutcome;
import dev.resilience.telemetry.CallTracer;
import dev.resilience.telemetry.CallTracer.CallSpan;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** One HTTP call. */
final class GuardedHttpCall extends CallInProgress<HttpRequestView> implements HttpCall {

    private static final int TOO_MANY_REQUESTS = 429;
    private static final int SERVICE_UNAVAILABLE = 503;

    /** By these an origin says that it did what it was asked. */
    private static final int FIRST_GOOD = 200;

    private static final int LAST_GOOD = 399;

    GuardedHttpCall(ServiceEndpoint endpoint, HttpRequestView request) {
        super(endpoint, endpoint.repeatsAnything() ? KeyedRequest.of(request, endpoint.service()) : request);
    }

    @Override
    CallSpan newSpan() {
        CallTracer tracer = endpoint.tracer();
        if (!tracer.active()) {
            return CallSpan.NONE;
        }
        List<String> parent = request.header("traceparent");
        return tracer.http(
                endpoint.service(),
                endpoint.name(),
                request.method(),
                request.uri(),
                parent.isEmpty() ? null : parent.get(0));
    }

    @Override
    Outcome outcomeOf(Throwable failure) {
        return endpoint.failures().ofHttp(failure);
    }

    @Override
    boolean isSafeToRepeat(RetryPolicy retry) {
        return retry.mayRepeat(request.method());
    }

    @Override
    public List<Answer.Header> sentAlong() {
        try {
            String traceparent = span().traceparent();
            String key = request instanceof KeyedRequest keyed && endpoint.interferes() ? keyed.ownKey() : null;
            if (traceparent == null && key == null) {
                return List.of();
            }
            List<Answer.Header> along = new ArrayList<>(2);
            if (traceparent != null) {
                along.add(new Answer.Header("traceparent", traceparent));
            }
            if (key != null) {
                along.add(new Answer.Header(IdempotencyKey.HEADER, key));
            }
            return along;
        } catch (Throwable failure) {
            Bridge.failed(failure);
            return List.of();
        }
    }

    @Override
    public boolean fails(HttpResponseView response) {
        try {
            return endpoint.failures().ofStatus(response.status()) == Outcome.FAILURE;
        } catch (Throwable failure) {
            Bridge.failed(failure);
            return false;
        }
    }

    @Override
    public boolean tellsAttempts() {
        return span().tellsAttempts();
    }

    @Override
    public void attempted(@Nullable HttpResponseView response, @Nullable Throwable failure) {
        try {
            Outcome outcome = response != null
                    ? endpoint.failures().ofStatus(response.status())
                    : outcomeOf(Objects.requireNonNull(failure));
            span().attempted(
                            stateAdmittedIn().name(),
                            outcome == Outcome.IGNORED ? null : outcome.name().toLowerCase(Locale.ROOT));
        } catch (Throwable own) {
            Bridge.failed(own);
        }
    }

    @Override
    public Ruling answered(HttpResponseView response) {
        try {
            return await(afterAnswer(response));
        } catch (Throwable own) {
            return passed(own);
        }
    }

    @Override
    public CompletionStage<Ruling> answeredAsync(HttpResponseView response) {
        try {
            return guarded(afterAnswer(response));
        } catch (Throwable own) {
            return CompletableFuture.completedFuture(passed(own));
        }
    }

    @Override
    public @Nullable BodyRecorder recorder(HttpResponseView response) {
        try {
            int status = response.status();
            ChangedAddresses addresses = endpoint.addresses();
            if (addresses != null && status >= FIRST_GOOD && status <= LAST_GOOD && !request.safe()) {
                addresses.changed(request.uri(), response);
            }
            boolean counts = endpoint.keepsAnswers() && endpoint.failures().ofStatus(status) == Outcome.SUCCESS;
            StaleCache cache = counts ? endpoint.chain().staleCache() : null;
            return cache == null ? null : cache.keep(request, beganNanos(), status, response.headers());
        } catch (Throwable failure) {
            Bridge.failed(failure);
            return null;
        }
    }

    @Override
    public void headed(HttpResponseView response) {
        try {
            answered();
            boolean good = endpoint.failures().ofStatus(response.status()) == Outcome.SUCCESS;
            span().headed(stateAdmittedIn().name(), good ? CallOutcome.SUCCESS.label() : null);
        } catch (Throwable failure) {
            Bridge.failed(failure);
        }
    }

    @Override
    public void broken(Throwable failure) {
        try {
            Outcome outcome = outcomeOf(failure);
            if (settle(outcome, 0, failure, -1) && outcome == Outcome.FAILURE) {
                unanswerable(failure);
            }
        } catch (Throwable own) {
            Bridge.failed(own);
        }
    }

    private CompletionStage<Ruling> afterAnswer(HttpResponseView response) {
        int status = response.status();
        Outcome outcome = endpoint.failures().ofStatus(status);
        long retryAfter = outcome == Outcome.FAILURE ? retryAfterMillis(status, response) : -1;
        Ruling again = outcome == Outcome.FAILURE ? again(retryAfter) : null;
        if (again != null) {
            return CompletableFuture.completedFuture(again);
        }
        if (!settle(outcome, status, null, retryAfter) || outcome != Outcome.FAILURE) {
            return PROCEED;
        }
        return instead(status, null);
    }

    private static long retryAfterMillis(int status, HttpResponseView response) {
        if (status != TOO_MANY_REQUESTS && status != SERVICE_UNAVAILABLE) {
            return -1;
        }
        List<String> asked = response.header("Retry-After");
        return asked.isEmpty() ? -1 : RetryAfter.millis(asked, response.header("Date"), System.currentTimeMillis());
    }
}
