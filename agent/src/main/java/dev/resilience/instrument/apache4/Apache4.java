package dev.resilience.instrument.apache4;

import dev.resilience.instrument.GateAdvice;
import dev.resilience.instrument.ReplacingGateAdvice;
import dev.resilience.instrument.RuleKind;
import dev.resilience.instrument.WeavePoint;
import java.util.List;
import java.util.Set;

/**
 * Apache HttpClient 4.5 and HttpAsyncClient 4.1: the one method that all ways to make a call lead to, in the clients that make calls themselves. Those
 * of applications that wrap another client are left alone, so a call is met once.
 */
public final class Apache4 {

    private Apache4() {}

    public static void addPoints(List<WeavePoint> points) {
        points.add(new WeavePoint(
                new WeavePoint.Library(Set.of(
                        "org/apache/http/impl/client/InternalHttpClient",
                        "org/apache/http/impl/client/MinimalHttpClient",
                        "org/apache/http/impl/client/AbstractHttpClient")),
                "doExecute",
                "(Lorg/apache/http/HttpHost;Lorg/apache/http/HttpRequest;Lorg/apache/http/protocol/HttpContext;)"
                        + "Lorg/apache/http/client/methods/CloseableHttpResponse;",
                GateAdvice.class,
                RuleKind.HTTP,
                "dev.resilience.instrument.apache4.Apache4Library"));
        points.add(new WeavePoint(
                new WeavePoint.Library(Set.of(
                        "org/apache/http/impl/nio/client/InternalHttpAsyncClient",
                        "org/apache/http/impl/nio/client/MinimalHttpAsyncClient")),
                "execute",
                "(Lorg/apache/http/nio/protocol/HttpAsyncRequestProducer;"
                        + "Lorg/apache/http/nio/protocol/HttpAsyncResponseConsumer;"
                        + "Lorg/apache/http/protocol/HttpContext;"
                        + "Lorg/apache/http/concurrent/FutureCallback;)Ljava/util/concurrent/Future;",
                ReplacingGateAdvice.class,
                RuleKind.HTTP,
                "dev.resilience.instrument.apache4.Apache4AsyncLibrary"));
    }
}
