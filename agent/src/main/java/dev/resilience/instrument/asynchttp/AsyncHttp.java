package dev.resilience.instrument.asynchttp;

import dev.resilience.instrument.GateAdvice;
import dev.resilience.instrument.RuleKind;
import dev.resilience.instrument.WeavePoint;
import java.util.List;
import java.util.Set;

/** AsyncHttpClient: the one method that all ways to make a call lead to. */
public final class AsyncHttp {

    private AsyncHttp() {}

    public static void addPoints(List<WeavePoint> points) {
        points.add(new WeavePoint(
                new WeavePoint.Library(Set.of("org/asynchttpclient/DefaultAsyncHttpClient")),
                "executeRequest",
                "(Lorg/asynchttpclient/Request;Lorg/asynchttpclient/AsyncHandler;)"
                        + "Lorg/asynchttpclient/ListenableFuture;",
                GateAdvice.class,
                RuleKind.HTTP,
                "dev.resilience.instrument.asynchttp.AsyncHttpLibrary"));
    }
}
