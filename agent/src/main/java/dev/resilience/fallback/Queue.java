package dev.resilience.fallback;

import dev.resilience.config.EndpointConfig.Fallback;
import dev.resilience.log.AgentLog;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the call and answers that it will be made. Only calls that are safe to repeat, whole, and for which there is room;
 * for others the next link is asked. One of a critical endpoint that finds no room is flagged for a person instead, unless a
 * later link does that. Thread-safe.
 */
final class Queue implements Strategy {

    static final String NAME = "queue";

    /** RFC 9110 section 9.2.2, without those that nobody waits for. */
    private final CallStore calls;

    private final Fallback.Queue rule;
    private final Template.Setting setting;
    private final TakeInCharge taking;
    private final boolean flagsWhenFull;
    private final QueuedCall.Terms terms;
    private final @Nullable Template order;

    /** @param flagsWhenFull whether a person is to see to what finds no room */
    Queue(
            CallStore calls,
            Fallback.Queue rule,
            boolean critical,
            boolean flagsWhenFull,
            Template.Setting setting,
            LongSupplier epochMillis) {
        this.calls = calls;
        this.rule = rule;
        this.setting = setting;
        this.taking = new TakeInCharge(
                setting.service(), setting.endpoint(), "queued", rule.keepCredentials(), critical, epochMillis);
        this.flagsWhenFull = flagsWhenFull;
        this.terms = new QueuedCall.Terms(
                rule.maxAttempts(), rule.backoff().toMillis(), rule.maxBackoff().toMillis());
        String orderedBy = rule.orderedBy();
        this.order = orderedBy == null ? null : new Template(orderedBy);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public boolean readsBody(Request.Http request) {
        return repeatable(request) && !AwsSignature.signs(request);
    }

    @Override
    public CompletionStage<@Nullable Answer> answer(Request request, Trouble trouble) {
        if (!repeatable(request)) {
            return CompletableFuture.completedFuture(null);
        }
        if (request instanceof Request.Http http && AwsSignature.signs(http)) {
            AgentLog.warn(
                    "queue-signed-" + setting.service(),
                    "a call of " + setting.service() + "/" + setting.endpoint() + " was not queued: its AWS signature"
                            + " is good for some minutes only; let the application send it again, or flag it by"
                            + " manual_review");
            return CompletableFuture.completedFuture(null);
        }
        if (request instanceof Request.Jdbc jdbc && jdbc.returnsKeys()) {
            // Whoever gets none takes the statement for failed, and makes it again.
            taking.refuse(jdbc, "its caller asks for the keys that the database makes");
            return CompletableFuture.completedFuture(null);
        }
        if (request instanceof Request.Jdbc jdbc && !jdbc.canBeRunLater()) {
            taking.refuse(jdbc, "by which credentials its connection was made is not known");
            return CompletableFuture.completedFuture(null);
        }
        QueuedCall.Call told = taking.call(request);
        if (told == null) {
            return CompletableFuture.completedFuture(null);
        }
        String line = order(request);
        return line == null
                ? keep(told, request, trouble, null)
                : calls.queueUp(setting.service(), line).thenCompose(last -> keep(told, request, trouble, line));
    }

    private CompletionStage<@Nullable Answer> keep(
            QueuedCall.Call told, Request request, Trouble trouble, @Nullable String line) {
        QueuedCall call =
                taking.take(request, trouble, told, terms, line, rule.expires().toMillis(), null);
        return calls.add(call, rule.maxEntries())
                .thenCompose(added -> added == CallStore.Added.FULL
                        ? full(request, trouble)
                        : CompletableFuture.completedStage(accepted(call, request, trouble)));
    }

    private CompletionStage<@Nullable Answer> full(Request request, Trouble trouble) {
        QueuedCall call = flagsWhenFull
                ? taking.take(
                        request,
                        trouble,
                        ManualReview.TERMS,
                        null,
                        ManualReview.EXPIRES_MILLIS,
                        "not queued: " + rule.maxEntries() + " calls wait already")
                : null;
        return call == null
                ? CompletableFuture.completedFuture(null)
                : calls.add(call, ManualReview.MOST)
                        .thenApply(added -> ManualReview.answer(added, call, request, trouble));
    }

    private Answer accepted(QueuedCall call, Request request, Trouble trouble) {
        return request instanceof Request.Http http
                ? Accepted.http(NAME, "queued", call, http, trouble)
                : new Answer.UpdateCount(NAME, rule.updateCount());
    }

    /** A statement's rule says by the queue itself that it may be run later. */
    private boolean repeatable(Request request) {
        return !(request instanceof Request.Http http) || rule.repeats(http.method());
    }

    /** Statements of an endpoint keep their order whatever the rule says: one may build on another. */
    private @Nullable String order(Request request) {
        if (order != null) {
            String text = order.fill(request, null, setting, Template.AS_IT_IS);
            return text.isEmpty() ? null : text;
        }
        return request instanceof Request.Jdbc ? setting.endpoint() : null;
    }
}
