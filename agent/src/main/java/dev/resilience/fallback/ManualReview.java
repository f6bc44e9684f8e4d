package dev.resilience.fallback;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Flags the call for a person, who decides whether it is made. Thread-safe.
 *
 * <p>An HTTP call is answered by that. A statement is flagged, where it could be run by itself later, and fails all the same:
 * an update count would tell the application that the row is there.
 */
final class ManualReview implements Strategy {

    static final String NAME = "manual_review";

    /** More than people can look at: then callers had better know. */
    static final int MOST = 100_000;

    /** When a person requeues it, it is made as a queued one would be. */
    static final QueuedCall.Terms TERMS = new QueuedCall.Terms(8, 1_000, 300_000);

    static final long EXPIRES_MILLIS = 24L * 60 * 60 * 1_000;

    private final CallStore calls;
    private final TakeInCharge taking;

    ManualReview(
            CallStore calls,
            boolean keepCredentials,
            boolean critical,
            Template.Setting setting,
            LongSupplier epochMillis) {
        this.calls = calls;
        this.taking = new TakeInCharge(
                setting.service(), setting.endpoint(), "flagged for review", keepCredentials, critical, epochMillis);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public boolean readsBody(Request.Http request) {
        return true;
    }

    @Override
    public CompletionStage<@Nullable Answer> answer(Request request, Trouble trouble) {
        QueuedCall call = taking.take(request, trouble, TERMS, null, EXPIRES_MILLIS, reason(trouble));
        if (call == null) {
            return CompletableFuture.completedFuture(null);
        }
        return calls.add(call, MOST).thenApply(added -> answer(added, call, request, trouble));
    }

    /** What a call that was flagged is answered with. */
    static @Nullable Answer answer(CallStore.Added added, QueuedCall call, Request request, Trouble trouble) {
        return added == CallStore.Added.KEPT && request instanceof Request.Http http
                ? Accepted.http(NAME, "review", call, http, trouble)
                : null;
    }

    private static String reason(Trouble trouble) {
        if (trouble.rejected()) {
            return "not made: the circuit rejected it";
        }
        if (trouble.status() > 0) {
            return "made, and answered with status " + trouble.status();
        }
        Throwable failure = trouble.failure();
        return "made, and failed"
                + (failure == null ? "" : " with " + failure.getClass().getName())
                + ": whether it took effect is not known";
    }
}
