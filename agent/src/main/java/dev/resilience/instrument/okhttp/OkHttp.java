package dev.resilience.instrument.okhttp;

import dev.resilience.instrument.GateAdvice;
import dev.resilience.instrument.ReplacingGateAdvice;
import dev.resilience.instrument.RuleKind;
import dev.resilience.instrument.WeavePoint;
import java.util.List;
import java.util.Set;

/**
 * OkHttp's own interceptor for retries and redirects: the first of its own, behind all of the application's. What it sees is
 * the request as it will be sent, once for each call that the application's interceptors let through, on the thread that makes
 * the call, whether the call is synchronous or not. Clients made before the agent came are met all the same.
 */
public final class OkHttp {

    static final String FOLLOW_UP = "okhttp3/internal/http/RetryAndFollowUpInterceptor";
    static final String CALL_SERVER = "okhttp3/internal/http/CallServerInterceptor";
    private static final String BRIDGE = "okhttp3/internal/http/BridgeInterceptor";
    private static final String INTERCEPT = "(Lokhttp3/Interceptor$Chain;)Lokhttp3/Response;";
    private static final String CLIENT = "dev.resilience.instrument.okhttp.OkHttpLibrary";

    private OkHttp() {}

    public static void addPoints(List<WeavePoint> points) {
        points.add(intercept(FOLLOW_UP, ReplacingGateAdvice.class));
        // Where the trace context can be added: the request of the interceptor above cannot be replaced.
        points.add(intercept(BRIDGE, ReplacingGateAdvice.class));
        points.add(intercept(CALL_SERVER, GateAdvice.class));
    }

    private static WeavePoint intercept(String type, Class<?> advice) {
        return new WeavePoint(
                new WeavePoint.Library(Set.of(type)), "intercept", INTERCEPT, advice, RuleKind.HTTP, CLIENT);
    }
}
