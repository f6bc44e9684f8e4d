package dev.resilience.guard;

import dev.resilience.bootstrap.Bridge;
import dev.resilience.breaker.Outcome;
import dev.resilience.fallback.RowsRecorder;
import dev.resilience.fallback.StaleCache;
import dev.resilience.telemetry.CallTracer;
import dev.resilience.telemetry.CallTracer.CallSpan;
import org.jspecify.annotations.Nullable;

/** One execution of a statement. */
final class GuardedJdbcCall extends CallInProgress<JdbcRequestView> implements JdbcCall {

    GuardedJdbcCall(ServiceEndpoint endpoint, JdbcRequestView request) {
        super(endpoint, request);
    }

    @Override
    CallSpan newSpan() {
        CallTracer tracer = endpoint.tracer();
        return tracer.active()
                ? tracer.jdbc(endpoint.service(), endpoint.name(), request.url(), request.sql())
                : CallSpan.NONE;
    }

    @Override
    Outcome outcomeOf(Throwable failure) {
        return endpoint.failures().ofJdbc(failure);
    }

    @Override
    boolean isSafeToRepeat(RetryPolicy retry) {
        return request.query();
    }

    @Override
    public Ruling refused() {
        try {
            return await(rejectedUntried());
        } catch (Throwable own) {
            return passed(own);
        }
    }

    @Override
    public void connected() {
        untold();
        cancelled();
    }

    @Override
    public void succeeded() {
        try {
            settle(Outcome.SUCCESS, 0, null, -1);
        } catch (Throwable failure) {
            Bridge.failed(failure);
        }
    }

    @Override
    public @Nullable RowsRecorder recorder() {
        try {
            StaleCache cache = endpoint.keepsAnswers() ? endpoint.chain().staleCache() : null;
            return cache == null ? null : cache.keep(request);
        } catch (Throwable failure) {
            Bridge.failed(failure);
            return null;
        }
    }
}
