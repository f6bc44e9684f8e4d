package dev.resilience.instrument.apache5;

import dev.resilience.instrument.GateAdvice;
import dev.resilience.instrument.ReplacingGateAdvice;
import dev.resilience.instrument.RuleKind;
import dev.resilience.instrument.WeavePoint;
import java.util.List;
import java.util.Set;

/**
 * Apache HttpClient 5: the one method that all ways to make a call lead to, in the clients that make calls themselves, classic
 * and asynchronous. Those of applications that wrap another client are left alone, so a call is met once.
 */
public final class Apache5 {

    private Apache5() {}

    public static void addPoints(List<WeavePoint> points) {
        points.add(new WeavePoint(
                new WeavePoint.Library(Set.of(
                        "org/apache/hc/client5/http/impl/classic/InternalHttpClient",
                        "org/apache/hc/client5/http/impl/classic/MinimalHttpClient")),
                "doExecute",
                "(Lorg/apache/hc/core5/http/HttpHost;Lorg/apache/hc/core5/http/ClassicHttpRequest;"
                        + "Lorg/apache/hc/core5/http/protocol/HttpContext;)"
                        + "Lorg/apache/hc/client5/http/impl/classic/CloseableHttpResponse;",
                GateAdvice.class,
                RuleKind.HTTP,
                "dev.resilience.instrument.apache5.Apache5Library"));
        points.add(new WeavePoint(
                new WeavePoint.Library(Set.of(
                        "org/apache/hc/client5/http/impl/async/InternalAbstractHttpAsyncClient",
                        "org/apache/hc/client5/http/impl/async/AbstractMinimalHttpAsyncClientBase")),
                "doExecute",
                "(Lorg/apache/hc/core5/http/HttpHost;Lorg/apache/hc/core5/http/nio/AsyncRequestProducer;"
                        + "Lorg/apache/hc/core5/http/nio/AsyncResponseConsumer;"
                        + "Lorg/apache/hc/core5/http/nio/HandlerFactory;"
                        + "Lorg/apache/hc/core5/http/protocol/HttpContext;"
                        + "Lorg/apache/hc/core5/concurrent/FutureCallback;)Ljava/util/concurrent/Future;",
                ReplacingGateAdvice.class,
                RuleKind.HTTP,
                "dev.resilience.instrument.apache5.Apache5AsyncLibrary"));
    }
}
